"""The request log: every request with its answer's status, for tests that count. No keys, no file bytes."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from pulumi_ftjobs.server.strict_json import parse_json

_SECRET = re.compile(r"key|token|secret|auth|cookie|password|credential|signature", re.IGNORECASE)
_PAIR = re.compile(r"(?<![^&])([^=&]*)=([^&]*)")
_HIDDEN = "[redacted]"
_BODY_LIMIT = 64 * 1024
_ALL_BODIES = 64 * 1024 * 1024
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
    body: bytes = b""
    fault: str | None = None

    def public(self) -> dict[str, Any]:
        """Return the entry with its body as JSON, null when there was none or it was not JSON."""
        return {**vars(self), "body": _value(self.body)}


@dataclass
class RequestLog:
    """The last requests, oldest first, with the newest bodies that fit into `room` bytes."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=_ENTRIES))
    count: int = 0
    room: int = _ALL_BODIES
    _bodies: deque[Entry] = field(default_factory=deque)
    _held: int = 0

    def open(self, method: str, path: str, query: str, connection: int, headers: dict[str, str]) -> Entry:
        """Add a request as it arrives."""
        self.count += 1
        shown = {k: (_HIDDEN if _SECRET.search(k) else v) for k, v in headers.items()}
        entry = Entry(self.count, method, path, _PAIR.sub(_shown_pair, query), connection, shown)
        self.entries.append(entry)
        return entry

    def close(self, entry: Entry, body: bytes, ms: float) -> None:
        """Add a request's body and duration."""
        entry.body, entry.ms = body, ms
        self._bodies.append(entry)
        self._held += len(body)
        while self._held > self.room:
            oldest = self._bodies.popleft()
            self._held -= len(oldest.body)
            oldest.body = b""

    def clear(self) -> None:
        """Empty the log and count from one again."""
        self.entries.clear()
        self._bodies.clear()
        self.count = self._held = 0

    def public(self) -> dict[str, Any]:
        """Return all requests and the number of their connections."""
        return {
            "requests": [entry.public() for entry in self.entries],
            "connections": len({entry.connection for entry in self.entries}),
        }


def _shown_pair(pair: re.Match[str]) -> str:
    """Mask a secret in a query pair; a filter by metadata is no secret, whatever its key is called."""
    name = pair[1]
    secret = _SECRET.search(name) and not name.startswith("metadata")
    return f"{name}={_HIDDEN}" if secret else pair[0]


def _value(body: bytes) -> Any:
    try:
        return parse_json(body) if body else None
    except ValueError:
        return None


class BodyNote:
    """Collects a JSON body as it streams by, up to a bound."""

    def __init__(self, content_type: str) -> None:
        self._wanted = "json" in content_type
        self._data = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Add the next bytes."""
        if self._wanted and len(self._data) <= _BODY_LIMIT:
            self._data += chunk

    def value(self) -> bytes:
        """Return the body, empty when it is too long or not JSON."""
        return bytes(self._data) if len(self._data) <= _BODY_LIMIT else b""
