"""/files: upload, list, retrieve, content, delete."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from pulumi_ftjobs.server.http.api_objects import file_object
from pulumi_ftjobs.server.http.route_helpers import (
    answer,
    caller_of,
    limit_of,
    listing,
    services_of,
    unknown_cursor,
)
from pulumi_ftjobs.server.server_errors import invalid


async def upload(request: Request) -> Response:
    """POST /files: a multipart body with `file`, `purpose` and perhaps `expires_after[anchor]` and `[seconds]`."""
    services = services_of(request)
    content_type = request.headers.get("content-type", "")
    doc = await services.files.add(caller_of(request), _in_turns(request.stream()), content_type)
    return answer(file_object(doc, services.clock, services.settings))


async def _in_turns(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield chunk
        await asyncio.sleep(0)  # other clients get their turn while a large file comes in


async def page(request: Request) -> Response:
    """GET /files."""
    services, limit = services_of(request), limit_of(request, 10_000)
    services.job_store.settle()
    order, after = request.query_params.get("order", "desc"), request.query_params.get("after")
    if order not in ("asc", "desc"):
        raise invalid(f"order must be asc or desc, not {order[:20]!r}.", "order")
    purpose = request.query_params.get("purpose")
    rows = services.files.page(caller_of(request), purpose, newest_first=order == "desc")
    if after:
        places = [n for n, row in enumerate(rows) if row.doc["id"] == after]
        rows = rows[places[0] + 1 :] if places else unknown_cursor(request, after)
    found: list[dict[str, Any]] = [
        file_object(r.doc, services.clock, services.settings) for r in rows[: limit + 1]
    ]
    return listing(found, limit, ends=True)


async def retrieve(request: Request) -> Response:
    """GET /files/{id}."""
    services = services_of(request)
    services.job_store.settle()
    doc = services.files.get(caller_of(request), request.path_params["id"])
    return answer(file_object(doc, services.clock, services.settings))


async def content(request: Request) -> Response:
    """GET /files/{id}/content: the bytes as they came, always all of them."""
    services = services_of(request)
    services.job_store.settle()
    path, doc = services.files.content(caller_of(request), request.path_params["id"])
    # No range is served, which HTTP allows: a bad one would be refused in plain text.
    request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
    whole, kind = {"accept-ranges": "none"}, "application/octet-stream"
    return FileResponse(path, media_type=kind, filename=doc["filename"], headers=whole)


async def remove(request: Request) -> Response:
    """DELETE /files/{id}."""
    services, file_id = services_of(request), request.path_params["id"]
    services.job_store.settle()
    services.files.remove(caller_of(request), file_id)
    return answer({"object": "file", "id": file_id, "deleted": True})


ROUTES = [
    Route("/files", upload, methods=["POST"]),
    Route("/files", page, methods=["GET"]),
    Route("/files/{id}", retrieve, methods=["GET"]),
    Route("/files/{id}", remove, methods=["DELETE"]),
    Route("/files/{id}/content", content, methods=["GET"]),
]
