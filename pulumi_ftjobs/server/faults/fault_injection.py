"""Fault injection: what each kind of fault does to a request or its answer."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from starlette.types import Message, Receive, Send

from pulumi_ftjobs.server.faults.connections import Connections
from pulumi_ftjobs.server.faults.fault_rules import Fault, FaultRules
from pulumi_ftjobs.server.server_errors import (
    ApiError,
    checkpoint_not_found,
    file_not_found,
    internal,
    job_not_found,
    model_not_found,
    unknown_url,
)

Commit = Callable[[Send], Awaitable[None]]

_HTML = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_OVERLOADED = "The server is overloaded. Please try again later."
_BUSY = "service_unavailable_error"
# What the service says for statuses that tests ask for by number alone; the first of a status stands for it without a
# code, unless it is listed without one.
_REFUSALS = [
    ApiError(401, "Incorrect API key provided.", code="invalid_api_key"),
    ApiError(
        403,
        "You have insufficient permissions for this operation. Missing scopes: api.fine_tuning.jobs.write",
    ),
    ApiError(
        403,
        "Your organization can no longer create fine-tuning training jobs.",
        code="training_not_available",
    ),
    ApiError(404, "Could not find fine tune", code="fine_tune_not_found", param="fine_tune_id"),
    ApiError(409, "The resource is being changed by another request."),
    ApiError(
        429,
        "Rate limit reached for requests. Please try again in 9.9s.",
        code="rate_limit_exceeded",
        kind="requests",
    ),
    ApiError(429, "This fine-tune request has been rate-limited.", code="daily_rate_limit_exceeded"),
    ApiError(
        429, "Slow down: your request rate rose too quickly.", code="slow_down", kind="rate_limit_error"
    ),
    ApiError(
        429,
        "You exceeded your current quota, please check your plan.",
        code="insufficient_quota",
        kind="insufficient_quota",
    ),
    internal(),
    ApiError(503, _OVERLOADED, code="server_is_overloaded", kind=_BUSY),
]
_BODILESS = (204, 205, 304)


@dataclass(frozen=True)
class FaultTarget:
    """The request of a fault and its connection."""

    connections: Connections
    client: Any
    faults: FaultRules
    method: str
    path: str


async def inject_fault(fault: Fault, commit: Commit, send: Send, target: FaultTarget) -> None:
    """Give a wrong answer. `commit` runs the real request and passes its answer to the given send."""
    answer: list[Message] = []

    async def collect(message: Message) -> None:
        answer.append(message)

    if fault.commit:
        await commit(collect)
    if fault.kind in ("delay", "hold"):
        await (asyncio.sleep(fault.seconds) if fault.kind == "delay" else target.faults.held())
        if not fault.commit:
            await commit(send)
        for message in answer:
            await send(message)
    elif fault.kind == "truncate":
        await _cut(answer, send)
        target.connections.close(target.client)
        await _gone()
    elif fault.kind in ("reset", "timeout"):
        if fault.kind == "timeout":
            await asyncio.sleep(fault.seconds)
        target.connections.reset(target.client)
        await _gone()
    else:
        await _send(send, *_wrong_answer(fault, target))


def without_fields(receive: Receive, fields: Collection[str]) -> Receive:
    """Pass a JSON body on without some of its members, as a gateway does that knows only its own."""
    passed = False

    async def forwarded() -> Message:
        nonlocal passed
        if passed:
            return await receive()
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return message
            body, more = body + message.get("body", b""), message.get("more_body", False)
        passed = True
        try:
            value = json.loads(body)
        except ValueError:
            return {"type": "http.request", "body": body}
        if isinstance(value, dict):
            body = json.dumps({name: item for name, item in value.items() if name not in fields}).encode()
        return {"type": "http.request", "body": body}

    return forwarded


def _wrong_answer(fault: Fault, target: FaultTarget) -> tuple[int, str, bytes, dict[str, str]]:
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
            headers,
        )
    error = dict(_refusal(fault, target).body()["error"])
    said = {"message": fault.message, "type": fault.type, "param": fault.param, "code": fault.code}
    error |= {name: value for name, value in said.items() if value is not None}
    return fault.status, "application/json", json.dumps({"error": error}).encode(), headers


def _refusal(fault: Fault, target: FaultTarget) -> ApiError:
    """The service's own refusal with this status and code; a 404 without a code is about what the path names."""
    if fault.status == 404 and fault.code is None:
        return _missing(target)
    for known in _REFUSALS:
        if known.status == fault.status and fault.code in (None, known.code):
            return known
    if fault.status >= 500:
        return ApiError(
            fault.status, internal().message, kind=_BUSY if fault.status == 503 else "server_error"
        )
    return ApiError(fault.status, "Refused.")


def _missing(target: FaultTarget) -> ApiError:
    """Return the service's 404 for what this path names."""
    found = _NAMED.match(target.path)
    return _MISSING[found[1]](found[2]) if found else unknown_url(target.method, target.path)


_NAMED = re.compile(r"/(fine_tuning/jobs|fine_tuning/checkpoints|files|models)/([^/]+)")
_MISSING = {
    "fine_tuning/jobs": job_not_found,
    "fine_tuning/checkpoints": checkpoint_not_found,
    "files": file_not_found,
    "models": model_not_found,
}


async def _send(send: Send, status: int, kind: str, body: bytes, headers: dict[str, str]) -> None:
    if status in _BODILESS:
        body = b""
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
