"""A gateway in front of the embedded API: the same service under another path and with an additional field, as
companies have them.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from tests.support.http_server import http_server

_OWN = {"host", "connection", "transfer-encoding", "content-length", "server", "date"}


@contextmanager
def gateway(
    service: str,
    prefix: str,
    own_field: str = "of_the_gateway",
    change: Callable[[str, bytes], bytes] = lambda _call, answer: answer,
) -> Iterator[tuple[str, list[Any]]]:
    """Serve `service` (with its /v1) under `prefix` on a free port.

    `own_field`: a field of JSON bodies that only the gateway knows. `change`: what becomes of the answer to a call
    such as `GET /files`. Yields the base URL and what came in that field.
    """
    taken: list[Any] = []
    address, root = urlsplit(service).netloc, urlsplit(service).path

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(404)
                return
            if own_field.encode() in body:
                fields = json.loads(body)
                taken.append(fields.pop(own_field))
                body = json.dumps(fields).encode()
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
            connection = http.client.HTTPConnection(address, timeout=30)
            connection.request(
                self.command,
                root + self.path.removeprefix(prefix),
                body,
                headers | {"content-length": str(len(body))},
            )
            answer = connection.getresponse()
            path = urlsplit(self.path).path.removeprefix(prefix)
            text = change(f"{self.command} {path}", answer.read())
            connection.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _OWN:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = _pass_on  # noqa: N815 - names of the base class

        def log_message(self, *_: object) -> None:
            """Be silent."""

    with http_server(Handler) as url:
        yield f"{url}{prefix}", taken


def nameless(times: int) -> Callable[[str, bytes], bytes]:
    """A `change` that names the model of a job only after the given number of requests for a succeeded one."""
    left = [times]

    def change(call: str, answer: bytes) -> bytes:
        if call.startswith("GET /fine_tuning/jobs/") and call.count("/") == 3 and left[0]:
            job = json.loads(answer)
            if job.get("status") == "succeeded":
                left[0] -= 1
                return json.dumps(job | {"fine_tuned_model": None}).encode()
        return answer

    return change
