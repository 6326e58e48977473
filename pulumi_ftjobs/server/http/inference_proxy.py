"""Prompts are passed on to an inference server (`--inference-url`): one base URL trains and answers."""

from __future__ import annotations

import asyncio
import http.client
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pulumi_ftjobs.server.http.route_helpers import services_of
from pulumi_ftjobs.server.server_errors import ApiError, unknown_url

KEY_VARIABLE = "FTJOBS_INFERENCE_API_KEY"
"""The environment variable with the inference server's API key; clients' keys are not passed on."""
_TIMEOUT = 600.0
_PATHS = ("/chat/completions", "/completions", "/responses")


async def pass_on(request: Request) -> Response:
    """POST a prompt to the inference server and stream its answer back."""
    services = services_of(request)
    base = services.inference_url
    if base is None:
        raise unknown_url(request.method, request.scope["ftjobs.path"])
    limit, body = services.settings.max_body_bytes, bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise ApiError(413, f"The request body is too large. The limit is {limit} bytes.")
    headers = {name: request.headers[name] for name in ("content-type", "accept") if name in request.headers}
    headers["authorization"] = f"Bearer {os.environ.get(KEY_VARIABLE, 'none')}"
    try:
        connection, response = await asyncio.to_thread(
            _post, base, request.scope["path"], bytes(body), headers
        )
    except (OSError, http.client.HTTPException) as error:
        text = (
            f"The inference server at {base} does not answer: {error}. Start it, or correct --inference-url."
        )
        raise ApiError(502, text, kind="server_error") from None
    kind = response.getheader("content-type", "application/json")
    return StreamingResponse(_pieces(connection, response), response.status, {"content-type": kind})


def _post(
    base: str, path: str, body: bytes, headers: dict[str, str]
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    parts = urlsplit(base)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    connection.request("POST", parts.path.rstrip("/") + path, body, headers)
    return connection, connection.getresponse()


def _pieces(connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> Iterator[bytes]:
    """The answer as it arrives."""
    try:
        while piece := response.read1(65_536):
            yield piece
    finally:
        connection.close()


ROUTES = [Route(path, pass_on, methods=["POST"]) for path in _PATHS]
