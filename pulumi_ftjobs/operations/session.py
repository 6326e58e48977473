"""What one provider process knows: its accounts, one client and one index for each, and the jobs it
handed out.

All shells of a process with the same config share it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.profiles import OPENAI, Profile
from pulumi_ftjobs.lifecycle.settings import Account, Sources

if TYPE_CHECKING:
    from pulumi_ftjobs.operations.client_session import Online

CONFIG_KEYS: Final = (
    "adminKey",
    "apiKey",
    "adToken",
    "auth",
    "baseUrl",
    "maxEstimatedCostUsdPerJob",
    "organization",
    "prices",
    "profile",
    "project",
    "shutdownDates",
)
"""Keys of the `ftjobs` namespace that the provider process reads."""


class Process:
    """Settings, and the memory that decides what a delete may touch. Thread-safe."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._lock = threading.Lock()
        self._online: Online | None = None
        self._admin: Online | None = None
        self._checked: set[str] = set()
        self._in_use: set[str] = set()
        self._deleted: set[str] = set()

    def account(self) -> Account:
        """The account in force. Raises SettingsError for unusable settings."""
        return self.sources.account()

    def profile(self) -> Profile:
        """Whose rules apply; unusable settings (told elsewhere) count as the strictest, OpenAI's."""
        try:
            return self.account().target.profile
        except FtjobsError:
            return OPENAI

    def online(self) -> Online:
        """The door to the service, opened on first need: check and diff never come here."""
        from pulumi_ftjobs.operations.client_session import Online  # noqa: PLC0415 - the client is imported only when used

        with self._lock:
            if self._online is None:
                self._online = Online(self.account())
            return self._online

    def admin(self) -> Online:
        """The same door with the admin key, where there is one."""
        from pulumi_ftjobs.operations.client_session import Online  # noqa: PLC0415 - see above

        with self._lock:
            if self._admin is None:
                self._admin = Online(self.sources.admin_account())
            return self._admin

    def note_check(self, urn: str) -> None:
        """A program declares this resource: its next diff is a program's, not a refresh's."""
        with self._lock:
            self._checked.add(urn)

    def declared(self, urn: str) -> bool:
        """Whether a program declares this resource in this process."""
        with self._lock:
            return urn in self._checked

    def note_diff(self, urn: str, object_id: str, *, replaced: bool) -> None:
        """A program's diff that keeps the object: it is in use, whatever older entries are deleted."""
        with self._lock:
            if urn in self._checked and not replaced:
                self._in_use.add(object_id)

    def note_created(self, object_id: str) -> None:
        """create() returned this object: an older entry with the same id must not take it down."""
        with self._lock:
            self._in_use.add(object_id)

    def note_deleted(self, object_id: str) -> None:
        """delete() took this object down at the service."""
        with self._lock:
            self._deleted.add(object_id)

    def deleted(self, object_id: str) -> bool:
        """Whether this process took the object down."""
        with self._lock:
            return object_id in self._deleted

    def in_use(self, object_id: str) -> bool:
        """Whether the running program declares this object."""
        with self._lock:
            return object_id in self._in_use


_PROCESSES: dict[str, Process] = {}
_LOCK = threading.Lock()


def process_for(get: Callable[[str], Any], environment: Mapping[str, str]) -> Process:
    """The process memory for this config. `get` reads one `namespace:key` of the config the engine sent."""
    stack = {key: str(value) for key in CONFIG_KEYS if (value := get(f"ftjobs:{key}")) is not None}
    with _LOCK:
        name = json.dumps(stack, sort_keys=True)
        if name not in _PROCESSES:
            sources = Sources(stack, fresh_config(environment), dict(environment))
            _PROCESSES[name] = Process(sources)
        return _PROCESSES[name]


def fresh_config(environment: Mapping[str, str]) -> dict[str, str]:
    """`pulumi-python:*` as it is now: the engine puts it into the environment on every command."""
    try:
        config = json.loads(environment.get("PULUMI_CONFIG", "{}"))
    except ValueError:
        return {}
    # The engine leaves the namespace out there; in a program it is part of the key.
    return (
        {key.removeprefix("pulumi-python:"): str(value) for key, value in config.items()}
        if isinstance(config, dict)
        else {}
    )
