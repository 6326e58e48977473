"""When a 404, or another target, may be believed: a wrong key, project or URL answers 404 as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.state_schema import Record

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client


class OtherTarget(FtjobsError):
    """The state's object lives at another service or scope than the one in force."""


class NotVisible(FtjobsError):
    """A 404 that does not prove that the object is gone."""


def require_gone(client: Client, record: Record, what: str, *, permanent: bool = False) -> None:
    """Refuse to believe a 404 that proves nothing.

    Args:
        client: the client that was answered with a 404.
        record: what the state remembers of the object.
        what: the object, for the message.
        permanent: the service has no way to delete such an object.

    Raises:
        NotVisible: the object may well exist.
    """
    where = client.target.identity
    if permanent:
        raise NotVisible(
            f"{what} is not visible with this key at {where} (HTTP 404); this service never deletes jobs, "
            "so it was neither stopped nor dropped: use the key and project it was made with, or forget it with "
            "`pulumi state delete URN`"
        )
    if record.get("key") and record.get("key") != client.key_mark():
        raise NotVisible(
            f"{what} is not visible with this key at {where} (HTTP 404), but it was last seen with another key, "
            "so it was neither stopped nor dropped: use the key it was made with, or forget it with "
            "`pulumi state delete URN`"
        )


def require_target(client: Client, record: Record, what: str) -> None:
    """Refuse to judge an object of another target.

    Raises:
        OtherTarget: naming both targets. Believing the other one's 404 would empty the state.
    """
    recorded = record.get("target")
    if recorded and recorded != client.target.identity:
        raise OtherTarget(
            f"{what} lives at {recorded}, but the settings in force point to {client.target.identity}; "
            "set ftjobs:baseUrl, ftjobs:organization and ftjobs:project back (or give the resource the provider "
            "it was made with), and nothing is changed"
        )
