"""What each kind of fault does to an answer on its way out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.types import Message, Send

from .errors import INVALID
from .faults import Fault, Faults
from .wire import Connections

Commit = Callable[[Send], Awaitable[None]]

_HTML = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
# The service's own bodies for statuses that tests ask for by number alone: type, code, message.
_BODIES: dict[tuple[int, str | None], tuple[str, str]] = {
    (401, "invalid_api_key"): (INVALID, "Incorrect API key provided."),
    (403, None): (
        INVALID,
        "You have insufficient permissions for this operation. Missing scopes: api.fine_tuning.jobs.write",
    ),
    (403, "training_not_available"): (
        INVALID,
        "Your organization can no longer create fine-tuning training jobs.",
    ),
    (404, "fine_tune_not_found"): (INVALID, "Could not find fine tune"),
    (409, None): (INVALID, "The resource is being changed by another request."),
    (429, "rate_limit_exceeded"): ("requests", "Rate limit reached for requests. Please try again in 9.9s."),
    (429, "daily_rate_limit_exceeded"): (INVALID, "This fine-tune request has been rate-limited."),
    (429, "slow_down"): ("rate_limit_error", "Slow down: your request rate rose too quickly."),
    (429, "insufficient_quota"): (
        "insufficient_quota",
        "You exceeded your current quota, please check your plan.",
    ),
    (500, None): ("server_error", "The server had an error while processing your request. Sorry about that!"),
    (503, None): ("service_unavailable_error", "The server is overloaded. Please try again later."),
    (503, "server_is_overloaded"): (
        "service_unavailable_error",
        "The server is overloaded. Please try again later.",
    ),
}


@dataclass(frozen=True)
class Line:
    """The connection a faulty answer travels on."""

    connections: Connections
    client: Any
    faults: Faults


async def act(fault: Fault, commit: Commit, send: Send, line: Line) -> None:
    """Answer wrongly. `commit` runs the real request and hands its answer to the given send."""
    answer: list[Message] = []

    async def collect(message: Message) -> None:
        answer.append(message)

    if fault.commit:
        await commit(collect)
    if fault.kind in ("delay", "hold"):
        await (asyncio.sleep(fault.seconds) if fault.kind == "delay" else line.faults.held())
        if not fault.commit:
            await commit(send)
        for message in answer:
            await send(message)
    elif fault.kind == "truncate":
        await _cut(answer, send)
        line.connections.close(line.client)
        await _gone()
    elif fault.kind in ("reset", "timeout"):
        if fault.kind == "timeout":
            await asyncio.sleep(fault.seconds)
        line.connections.reset(line.client)
        await _gone()
    else:
        await _send(send, *_wrong_answer(fault))


def _wrong_answer(fault: Fault) -> tuple[int, str, bytes, dict[str, str]]:
    headers = fault.answer_headers()
    if fault.kind == "html":
        return fault.status if fault.status != 500 else 502, "text/html; charset=utf-8", _HTML, headers
    if fault.kind == "unreadable":
        return 200, "application/json", b"\x00\x9f{not json", headers
    if fault.body is not None:
        text = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
        return (
            fault.status,
            headers.get("content-type", "application/json"),
            text.encode(),
            fault.headers,
        )
    kind, message = (
        _BODIES.get((fault.status, fault.code)) or _BODIES.get((fault.status, None)) or (INVALID, "Refused.")
    )
    error = {
        "message": fault.message or message,
        "type": fault.type or kind,
        "param": fault.param,
        "code": fault.code,
    }
    return fault.status, "application/json", json.dumps({"error": error}).encode(), headers


async def _send(send: Send, status: int, kind: str, body: bytes, headers: dict[str, str]) -> None:
    head = {**headers, "content-type": kind, "content-length": str(len(body))}
    pairs = [(k.encode(), v.encode()) for k, v in head.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def _cut(answer: list[Message], send: Send) -> None:
    """The true head, then half of the true body."""
    body = b"".join(m.get("body", b"") for m in answer if m["type"] == "http.response.body")
    await send(answer[0])
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _gone() -> None:
    """Give the event loop time to notice that the connection is closed."""
    for _ in range(3):
        await asyncio.sleep(0)
