"""/models: list, retrieve, delete. Names hold colons, sent raw or encoded, and may hold slashes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .common import answer, caller_of, world_of


async def page(request: Request) -> Response:
    """GET /models."""
    world = world_of(request)
    world.ledger.settle()
    return answer({"object": "list", "data": world.models.page(caller_of(request))})


async def retrieve(request: Request) -> Response:
    """GET /models/{name}."""
    world = world_of(request)
    world.ledger.settle()
    return answer(world.models.get(caller_of(request), request.path_params["name"]))


async def remove(request: Request) -> Response:
    """DELETE /models/{name}."""
    world, name = world_of(request), request.path_params["name"]
    world.ledger.settle()
    world.models.remove(caller_of(request), name)
    return answer({"id": name, "object": "model", "deleted": True})


ROUTES = [
    Route("/models", page, methods=["GET"]),
    Route("/models/{name:path}", retrieve, methods=["GET"]),
    Route("/models/{name:path}", remove, methods=["DELETE"]),
]
