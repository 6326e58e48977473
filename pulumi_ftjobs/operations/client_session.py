"""The provider process's door to the service: one client, and per stack one index and one submitter."""

from __future__ import annotations

import threading

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.stack_index import StackIndex
from pulumi_ftjobs.api.submit import Submitter
from pulumi_ftjobs.api.upload_index import Uploads
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.settings import Account
from pulumi_ftjobs.lifecycle.state_schema import Record


class OtherTarget(FtjobsError):
    """The state's object lives at another service or scope than the one in force."""


class NotVisible(FtjobsError):
    """A 404 that does not prove that the object is gone."""


class Online:
    """Everything that talks to one account. Thread-safe."""

    def __init__(self, account: Account) -> None:
        self.client = Client(account)
        self.target = account.target
        self._lock = threading.Lock()
        self._indexes: dict[str, StackIndex] = {}
        self.uploads = Uploads(self.client)

    def index(self, stack: str) -> StackIndex:
        """The index of one stack's jobs."""
        with self._lock:
            if stack not in self._indexes:
                self._indexes[stack] = StackIndex(self.client, stack)
            return self._indexes[stack]

    def submitter(self, stack: str) -> Submitter:
        """What submits one stack's declarations."""
        return Submitter(self.client, self.index(stack), stack)

    def record(self, declared: dict[str, str] | None = None) -> Record:
        """What the state remembers of an object seen at this service with this key."""
        record = Record(target=self.target.identity)
        mark = self.client.key_mark()
        if mark:
            record["key"] = mark
        if declared is not None:
            record["declared"] = declared
        return record

    def require_gone(self, record: Record, what: str, *, permanent: bool = False) -> None:
        """Refuse to believe a 404 that proves nothing. Raises NotVisible.

        `permanent`: the service has no way to delete such an object.
        """
        where = self.target.identity
        if permanent:
            raise NotVisible(
                f"{what} is not visible with this key at {where} (HTTP 404); this service never deletes jobs, "
                "so it was neither stopped nor dropped: use the key and project it was made with, or forget it with "
                "`pulumi state delete URN`"
            )
        if record.get("key") and record.get("key") != self.client.key_mark():
            raise NotVisible(
                f"{what} is not visible with this key at {where} (HTTP 404), but it was last seen with another key, "
                "so it was neither stopped nor dropped: use the key it was made with, or forget it with "
                "`pulumi state delete URN`"
            )

    def require_target(self, recorded: str | None, what: str) -> None:
        """Refuse to judge an object of another target.

        Raises OtherTarget, naming both: a wrong key, project or base URL also answers 404, and
        believing it would empty the state.
        """
        if recorded and recorded != self.target.identity:
            raise OtherTarget(
                f"{what} lives at {recorded}, but the settings in force point to {self.target.identity}; "
                "set ftjobs:baseUrl, ftjobs:organization and ftjobs:project back (or give the resource the provider "
                "it was made with), and nothing is changed"
            )
