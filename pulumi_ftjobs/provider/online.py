"""The provider process's door to the service: one client, and per stack one index and one submitter."""

from __future__ import annotations

import threading

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.index import StackIndex
from pulumi_ftjobs.api.submit import Submitter
from pulumi_ftjobs.api.uploads import Uploads
from pulumi_ftjobs.lifecycle.errors import FtjobsError
from pulumi_ftjobs.lifecycle.settings import Account


class OtherTarget(FtjobsError):
    """The state's object lives at another service or scope than the one in force."""


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
