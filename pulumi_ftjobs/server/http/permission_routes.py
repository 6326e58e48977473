"""/fine_tuning/checkpoints/{name:path}/permissions. The service wants an admin key here; this server takes any."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pulumi_ftjobs.server.http.route_helpers import (
    answer,
    caller_of,
    cursor,
    json_body,
    limit_of,
    listing,
    services_of,
    unknown_cursor,
)
from pulumi_ftjobs.server.server_errors import invalid

_ORDERS = {"ascending": False, "descending": True}


def _shown(doc: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "created_at", "project_id")
    return {"object": "checkpoint.permission", **{name: doc[name] for name in names}}


async def grant(request: Request) -> Response:
    """POST answers with a list, one permission a project."""
    services = services_of(request)
    services.job_store.settle()
    name, body = request.path_params["name"], await json_body(request)
    found = services.permissions.grant(caller_of(request), name, body)
    return listing([_shown(doc) for doc in found], max(1, len(found)), ends=True)


async def page(request: Request) -> Response:
    """GET, newest first unless `order=ascending`."""
    services, limit, after = services_of(request), limit_of(request, 10), cursor(request)
    services.job_store.settle()
    order = request.query_params.get("order", "descending")
    if order not in _ORDERS:
        raise invalid(f"order must be ascending or descending, not {order[:20]!r}.", "order")
    project = request.query_params.get("project_id")
    name, newest_first = request.path_params["name"], _ORDERS[order]
    rows = services.permissions.page(caller_of(request), name, project, newest_first=newest_first)
    if after:
        places = [n for n, row in enumerate(rows) if row.doc["id"] == after]
        rows = rows[places[0] + 1 :] if places else unknown_cursor(request, after)
    return listing([_shown(row.doc) for row in rows[: limit + 1]], limit, ends=True)


async def revoke(request: Request) -> Response:
    """DELETE one permission."""
    name, permission = request.path_params["name"], request.path_params["permission"]
    services_of(request).permissions.revoke(caller_of(request), name, permission)
    return answer({"id": permission, "object": "checkpoint.permission", "deleted": True})


_PATH = "/fine_tuning/checkpoints/{name:path}/permissions"
ROUTES = [
    Route(_PATH, grant, methods=["POST"]),
    Route(_PATH, page, methods=["GET"]),
    Route(_PATH + "/{permission}", revoke, methods=["DELETE"]),
]
