"""TCP connections: counted, reset when a fault asks for it, closed when a request stops arriving."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from pulumi_ftjobs.server.server_settings import Settings


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
        """Return the number of a connection, counted from one; 0 when it is closed already."""
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
        """Send pending data and close."""
        found = self._open.get(tuple(client or ()))
        if found is not None:
            found[1].close()


def protocol_for(connections: Connections, settings: Settings) -> type[asyncio.Protocol]:
    """Build the protocol class of one server, with its connections and time limits."""
    return type("ServerProtocol", (_Protocol,), {"open_connections": connections, "settings": settings})


class _Protocol(H11Protocol):
    """uvicorn's protocol, which counts its connection and closes it when a request stops arriving."""

    open_connections: Connections
    settings: Settings
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.open_connections.opened(transport)
        super().connection_made(transport)
        self._expect_data()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.transport is not None:
            self.open_connections.closed(self.transport)
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        state = self.conn.their_state
        if state is h11.IDLE and self._timer is not None:
            return  # the head has a deadline as a whole
        self._expect_nothing()
        if state in (h11.IDLE, h11.SEND_BODY):
            self._expect_data()

    def _expect_data(self) -> None:
        self._timer = self.loop.call_later(self.settings.request_timeout, self._give_up)

    def _expect_nothing(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        """Close the connection, unless this server itself stopped reading from it."""
        if self.flow.read_paused:
            self._expect_data()
        else:
            self.transport.close()


def _peer(transport: asyncio.Transport) -> tuple[str, int]:
    return tuple(transport.get_extra_info("peername")[:2])
