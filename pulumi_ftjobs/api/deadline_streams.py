"""A deadline for a whole answer: servers that drip headers, or send interim answers without end, end there.

The HTTP library bounds each read from the socket, so an answer that keeps trickling in would never end.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import httpx

_deadline = threading.local()


def start_deadline(seconds: float) -> None:
    """Give the request that this thread is about to send a number of seconds for its answer."""
    _deadline.seconds, _deadline.ends = seconds, None


class DeadlineBackend(httpcore.NetworkBackend):
    """The standard sockets, read with the deadline of the thread's request."""

    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect, within `timeout` seconds."""
        return _Stream(self._sockets.connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        ends = getattr(_deadline, "ends", None)
        if ends is None:  # the answer's first read: what was sent before does not count
            ends = _deadline.ends = time.monotonic() + getattr(_deadline, "seconds", 3600.0)
        left = ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer was not complete in time")
        return self._stream.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def use_deadlines(client: httpx.Client) -> None:
    """Let a client's connections, those through a proxy included, obey the deadlines."""
    # The library has no public way to give its own transports a backend and keep its handling of proxies.
    transports = [client._transport, *client._mounts.values()]  # noqa: SLF001
    for transport in transports:
        pool = getattr(transport, "_pool", None)
        if pool is not None:
            pool._network_backend = DeadlineBackend()  # noqa: SLF001
