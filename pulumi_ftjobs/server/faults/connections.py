"""TCP connections, counted and, when a fault asks for it, torn: uvicorn's protocol with a handle on its socket."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


class Connections:
    """The open connections by the client's address."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], tuple[int, asyncio.Transport]] = {}
        self._numbers = itertools.count(1)

    def opened(self, transport: asyncio.Transport) -> None:
        """A client has connected."""
        self._open[_peer(transport)] = (next(self._numbers), transport)

    def closed(self, transport: asyncio.Transport) -> None:
        """A connection is over."""
        self._open.pop(_peer(transport), None)

    def number(self, client: Any) -> int:
        """Which connection this is, counted from one; 0 when it is gone already."""
        found = self._open.get(tuple(client or ()))
        return found[0] if found else 0

    def reset(self, client: Any) -> None:
        """Close without an answer, as a crashed server or a cut cable would."""
        found = self._open.get(tuple(client or ()))
        if found is None:
            return
        sock = found[1].get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        found[1].abort()

    def close(self, client: Any) -> None:
        """Send what was written and close."""
        found = self._open.get(tuple(client or ()))
        if found is not None:
            found[1].close()


def protocol_for(connections: Connections) -> type[asyncio.Protocol]:
    """A protocol class that reports to these connections."""

    class Counted(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            connections.opened(transport)
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            if self.transport is not None:
                connections.closed(self.transport)
            super().connection_lost(exc)

    return Counted


def _peer(transport: asyncio.Transport) -> tuple[str, int]:
    return tuple(transport.get_extra_info("peername")[:2])
