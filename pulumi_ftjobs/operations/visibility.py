"""When a 404, or another target, may be believed: a wrong key, project or URL, or a proxy, answers 404 as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pulumi_ftjobs.api.errors import ApiError, NotFound
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.state_schema import Record

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.operations.session import Session

UNCHANGED: Final = "so it was neither stopped nor dropped"


class OtherTarget(FtjobsError):
    """The state's object lives at another service or scope than the one in force."""


class NotVisible(FtjobsError):
    """A 404 that does not prove that the object is gone."""


def require_job_gone(session: Session, error: NotFound, job_id: str, record: Record, stack: str) -> None:
    """Refuse to believe a 404 about a job that proves nothing. Raises NotVisible."""
    client, what = session.client, f"job {job_id}"
    if client.target.profile.jobs_are_permanent:
        raise NotVisible(
            f"{what} is not visible with this key at {client.target.identity} (HTTP 404); this service never deletes "
            f"jobs, {UNCHANGED}: use the key and project it was made with, or forget it with `pulumi state delete URN`"
        )

    require_gone(client, error, record, what, lambda: session.index(stack).still_lists(job_id))


def require_gone(
    client: Client, error: NotFound, record: Record, what: str, is_listed: Callable[[], bool | None]
) -> None:
    """Refuse to believe a 404 that proves nothing.

    Args:
        client: the client that was answered with a 404.
        error: that answer.
        record: what the state remembers of the object.
        what: the object, for the message.
        is_listed: whether a fresh listing still shows the object; None where listings prove nothing.

    Raises:
        NotVisible: the object may well exist.
    """
    where = client.target.identity
    if not error.answer.is_api_error:
        raise NotVisible(
            f"{what}: {where} answered HTTP 404 without this API's error object, as a proxy does, {UNCHANGED}. "
            "Check ftjobs:baseUrl and what stands between, and run the command again"
        )
    if record.get("key") and record.get("key") != client.key_mark():
        raise NotVisible(
            f"{what} is not visible with this key at {where} (HTTP 404), but it was last seen with another key, "
            f"{UNCHANGED}: use the key it was made with, or forget it with `pulumi state delete URN`"
        )
    try:
        listed = is_listed()
    except ApiError as failure:
        raise NotVisible(
            f"{what}: {where} answered HTTP 404, and a listing that would confirm it failed, {UNCHANGED}: {failure}"
        ) from None
    if listed:
        raise NotVisible(
            f"{what}: {where} answers HTTP 404 but still lists it, {UNCHANGED}. Run the command again later, or forget "
            "it with `pulumi state delete URN`"
        )


def dropped(what: str) -> str:
    """What a refresh says about an object that is certainly gone."""
    return (
        f"{what} no longer exists at the service (HTTP 404, and not in its listing): removed from the state"
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
