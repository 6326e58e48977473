"""One provider process's settings, client and memory of what it checked, kept and created."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.diagnostics import Severity
from pulumi_ftjobs.lifecycle.profiles import OPENAI, Profile
from pulumi_ftjobs.lifecycle.settings import Account, Sources
from pulumi_ftjobs.lifecycle.state_schema import Record
from pulumi_ftjobs.lifecycle.values import printable

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.stack_index import StackIndex
    from pulumi_ftjobs.api.submit import Submitter
    from pulumi_ftjobs.api.upload_index import Uploads

CONFIG_KEYS: Final = (
    "adminKey",
    "apiKey",
    "askForPrices",
    "adToken",
    "auth",
    "azureCustomer",
    "baseUrl",
    "createWithoutListing",
    "headers",
    "maxEstimatedCostUsdPerJob",
    "organization",
    "prices",
    "profile",
    "project",
    "shutdownDates",
)
"""Keys of the `ftjobs` namespace that the provider process reads."""

Say = Callable[[str, str, Severity], None]
"""Shows a text on the row of a resource: `say(urn, text, severity)`."""


class Session:
    """Everything the operations of one provider process share. Thread-safe."""

    def __init__(
        self,
        sources: Sources,
        say: Say,
        connections: int | None = None,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            sources: where settings come from.
            say: shows a text on a resource's row.
            connections: how many calls are answered at a time; None for the client's default.
            pause: sleeps while a delete waits for its effect; it may raise to end the wait. None: as in retries.
        """
        self.sources = sources
        self._connections = connections
        self.pause = pause
        self._say = say
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._admin: Client | None = None
        self._uploads: Uploads | None = None
        self._indexes: dict[str, StackIndex] = {}
        self._submitters: dict[str, Submitter] = {}
        self._shown: set[tuple[str, str]] = set()
        self._unlisted: set[str] = set()
        self._checked: dict[str, Mapping[str, Any]] = {}
        self._users: dict[str, set[str]] = {}
        self._kept: dict[str, str] = {}
        self._replaced: dict[str, set[str]] = {}
        self._deleted: set[str] = set()
        self._uploaded: set[str] = set()

    # -- settings --------------------------------------------------------------------------------

    def account(self) -> Account:
        """The account in force. Raises SettingsError for unusable settings."""
        return self.sources.account()

    def profile(self) -> Profile:
        """The profile whose rules apply; unusable settings, reported elsewhere, count as OpenAI's."""
        try:
            return self.account().target.profile
        except FtjobsError:
            return OPENAI

    # -- the service: opened on first need, never by check or diff ---------------------------------

    @property
    def client(self) -> Client:
        """The client of the account. Raises SettingsError for unusable settings."""
        with self._lock:
            if self._client is None:
                self._client = _open(self.account(), self._connections)
            return self._client

    @property
    def admin_client(self) -> Client:
        """A client with the admin key, where there is one."""
        with self._lock:
            if self._admin is None:
                self._admin = _open(self.sources.admin_account(), self._connections)
            return self._admin

    @property
    def uploads(self) -> Uploads:
        """The account's training files."""
        from pulumi_ftjobs.api.upload_index import Uploads  # noqa: PLC0415 - comes with the client

        client = self.client
        with self._lock:
            if self._uploads is None:
                self._uploads = Uploads(client)
            return self._uploads

    def index(self, stack: str) -> StackIndex:
        """The index of one stack's jobs."""
        from pulumi_ftjobs.api.stack_index import StackIndex  # noqa: PLC0415 - comes with the client

        client = self.client
        with self._lock:
            if stack not in self._indexes:
                self._indexes[stack] = StackIndex(client, stack)
            return self._indexes[stack]

    def find_job(self, job_id: str, stack: str | None) -> dict[str, Any]:
        """The job from one listing for all of a command; by its id where the listing lacks it, or is not available."""
        from pulumi_ftjobs.api.errors import ApiError, Unauthorized  # noqa: PLC0415 - comes with the client

        found = None
        if stack and self.is_listed(stack):
            try:
                found = self.index(stack).find(job_id)
            except Unauthorized:
                raise  # another key may help
            except ApiError:
                with self._lock:
                    self._unlisted.add(stack)  # some gateways answer 500 to every listing
        return found or self.client.job(job_id).facts()

    def is_listed(self, stack: str) -> bool:
        """Whether listing the stack's jobs has not failed in this process."""
        with self._lock:
            return stack not in self._unlisted

    def submitter(self, stack: str) -> Submitter:
        """What submits one stack's declarations; it knows which creates are under way."""
        from pulumi_ftjobs.api.submit import Submitter  # noqa: PLC0415 - comes with the client

        client, index = self.client, self.index(stack)
        with self._lock:
            if stack not in self._submitters:
                self._submitters[stack] = Submitter(client, index, stack, self.say)
            return self._submitters[stack]

    def record(self, declared: dict[str, str] | None = None) -> Record:
        """What the state remembers of an object seen at this service with this key."""
        client = self.client
        record = Record(target=client.target.identity)
        mark = client.key_mark()
        if mark:
            record["key"] = mark
        if declared is not None:
            record["declared"] = declared
        return record

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            for client in (self._client, self._admin):
                if client:
                    client.close()

    # -- messages --------------------------------------------------------------------------------

    def say(self, urn: str, text: str, severity: Severity = "info", *, for_all: bool = False) -> None:
        """Show `text` on the row of `urn`.

        A problem is shown once, as what is replaced is checked twice; with `for_all` once for all resources.
        """
        if severity != "info":
            key = ("" if for_all else urn, text)
            with self._lock:
                if key in self._shown:
                    return
                self._shown.add(key)
        self._say(urn, printable(text), severity)

    # -- memory: it decides what a delete may touch ------------------------------------------------

    def note_check(self, urn: str, inputs: Mapping[str, Any]) -> None:
        """Remember what the program declares: the resource's next diff is a program's, not a refresh's."""
        with self._lock:
            self._checked[urn] = inputs

    def declared(self, urn: str) -> Mapping[str, Any] | None:
        """What the program declares for this resource in this process; None where it does not."""
        with self._lock:
            return self._checked.get(urn)

    def note_diff(self, urn: str, object_id: str, *, replaced: bool) -> None:
        """Remember an object that a program's diff keeps: it is in use, whatever older entries are deleted."""
        with self._lock:
            if urn not in self._checked:
                return
            if replaced:
                self._replaced.setdefault(urn, set()).add(object_id)
            else:
                self._users.setdefault(object_id, set()).add(urn)
                self._kept[urn] = object_id

    def kept(self, urn: str) -> str | None:
        """The object that a program's diff kept for this resource."""
        with self._lock:
            return self._kept.get(urn)

    def others(self, urn: str) -> frozenset[str]:
        """Objects that other resources of the program use."""
        with self._lock:
            return frozenset(object_id for object_id, users in self._users.items() if urn not in users)

    def replaced(self, urn: str) -> frozenset[str]:
        """Objects that a program's diff replaces by what this resource declares now."""
        with self._lock:
            return frozenset(self._replaced.get(urn, ()))

    def note_created(self, urn: str, object_id: str) -> None:
        """Remember what create() returned: an older entry with the same id must not take it down."""
        with self._lock:
            self._users.setdefault(object_id, set()).add(urn)

    def uses_another(self, urn: str, object_id: str) -> bool:
        """Whether the program's resource is another object than this one."""
        with self._lock:
            return any(urn in users and used != object_id for used, users in self._users.items())

    def in_use(self, object_id: str) -> bool:
        """Whether the running program declares this object."""
        with self._lock:
            return object_id in self._users

    def note_uploaded(self, file_id: str) -> None:
        """Remember a file that this process uploaded: no earlier command created a job on it."""
        with self._lock:
            self._uploaded.add(file_id)

    def uploaded(self, file_id: object) -> bool:
        """Whether this process uploaded the file."""
        with self._lock:
            return file_id in self._uploaded

    def note_deleted(self, object_id: str) -> None:
        """Remember that delete() took this object down at the service."""
        with self._lock:
            self._deleted.add(object_id)

    def deleted(self, object_id: str) -> bool:
        """Whether this process took the object down."""
        with self._lock:
            return object_id in self._deleted


def _open(account: Account, connections: int | None) -> Client:
    from pulumi_ftjobs.api.client import Client  # noqa: PLC0415 - the HTTP library loads only when it is used

    return Client(account) if connections is None else Client(account, connections=connections)
