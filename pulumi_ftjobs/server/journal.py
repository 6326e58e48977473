"""What was asked: every request with its answer's status, for tests that count. No keys, no file bytes."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

_SECRET_HEADERS = {"authorization", "api-key", "x-api-key", "cookie", "proxy-authorization"}
_BODY_LIMIT = 64 * 1024
_ENTRIES = 50_000


@dataclass
class Entry:
    """One request. `connection` numbers the TCP connections in the order they were opened; `ms` is the time taken."""

    n: int
    method: str
    path: str
    query: str
    connection: int
    headers: dict[str, str]
    status: int | None = None
    ms: float | None = None
    body: Any = None
    fault: str | None = None


@dataclass
class Journal:
    """The last requests, oldest first."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=_ENTRIES))
    count: int = 0

    def open(self, method: str, path: str, query: str, connection: int, headers: dict[str, str]) -> Entry:
        """Note a request as it arrives."""
        self.count += 1
        shown = {k: ("[redacted]" if k in _SECRET_HEADERS else v) for k, v in headers.items()}
        entry = Entry(self.count, method, path, query, connection, shown)
        self.entries.append(entry)
        return entry

    def clear(self) -> None:
        """Forget everything and count from one again."""
        self.entries.clear()
        self.count = 0

    def public(self) -> dict[str, Any]:
        """Everything noted, and on how many connections it came."""
        return {
            "requests": [asdict(entry) for entry in self.entries],
            "connections": len({entry.connection for entry in self.entries}),
        }


class BodyNote:
    """Collects a JSON body as it streams by, up to a bound."""

    def __init__(self, content_type: str) -> None:
        self._wanted = "json" in content_type
        self._data = bytearray()

    def feed(self, chunk: bytes) -> None:
        """See the next bytes."""
        if self._wanted and len(self._data) <= _BODY_LIMIT:
            self._data += chunk

    def value(self) -> Any:
        """The parsed body, or None when it is empty, too long, not JSON or not meant to be."""
        if not self._data or len(self._data) > _BODY_LIMIT:
            return None
        try:
            return json.loads(self._data)
        except ValueError:
            return None
