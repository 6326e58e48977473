"""/models: list, retrieve, delete. Names hold colons, sent raw or encoded, and may hold slashes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pulumi_ftjobs.server.http.route_helpers import answer, caller_of, services_of


async def page(request: Request) -> Response:
    """GET /models."""
    services = services_of(request)
    services.job_store.settle()
    return answer({"object": "list", "data": services.models.page(caller_of(request))})


async def retrieve(request: Request) -> Response:
    """GET /models/{name}."""
    services = services_of(request)
    services.job_store.settle()
    return answer(services.models.get(caller_of(request), request.path_params["name"]))


async def remove(request: Request) -> Response:
    """DELETE /models/{name}."""
    services, name = services_of(request), request.path_params["name"]
    services.job_store.settle()
    services.models.remove(caller_of(request), name)
    return answer({"id": name, "object": "model", "deleted": True})


ROUTES = [
    Route("/models", page, methods=["GET"]),
    Route("/models/{name:path}", retrieve, methods=["GET"]),
    Route("/models/{name:path}", remove, methods=["DELETE"]),
]
