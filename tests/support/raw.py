"""A server that answers a request with the given bytes, for answers that no HTTP server would give."""

from __future__ import annotations

import socket
import socketserver
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.http_server import serving

Answer = Callable[[socket.socket], None]


class RawServer(socketserver.ThreadingTCPServer):
    """Reads one request a connection, then lets `answer` do what it wants with the socket."""

    daemon_threads = True
    block_on_close = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.requests: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what some tests are about."""


class _Handler(socketserver.BaseRequestHandler):
    server: RawServer

    def handle(self) -> None:
        sock: socket.socket = self.request
        sock.settimeout(5)
        data = b""
        while b"\r\n\r\n" not in data:
            more = sock.recv(65536)
            if not more:
                return
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        wanted = _length(head)
        while len(body) < wanted:
            more = sock.recv(65536)
            if not more:
                return
            body += more
        self.server.requests.append(data)
        self.server.answer(sock)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


@contextmanager
def raw_server(answer: Answer | bytes) -> Iterator[RawServer]:
    """A running raw server."""
    act = (lambda sock: sock.sendall(answer)) if isinstance(answer, bytes) else answer
    with serving(RawServer(act)) as server:
        yield server


def response(status: str, body: bytes, kind: str = "application/json", *headers: str) -> bytes:
    """The bytes of an HTTP answer; the connection ends after it."""
    head = [
        f"HTTP/1.1 {status}",
        f"content-type: {kind}",
        f"content-length: {len(body)}",
        "connection: close",
    ]
    return "\r\n".join([*head, *headers, "", ""]).encode() + body


def reset(sock: socket.socket) -> None:
    """Cut the connection with a TCP reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
