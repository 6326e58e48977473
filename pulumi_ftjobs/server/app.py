"""The application: the world, the routes and the gate in front of them."""

from __future__ import annotations

from starlette.routing import Router

from .gate import Gate
from .routes import files, jobs, models, operator
from .wire import Connections
from .world import World


def make_app(world: World, connections: Connections) -> Gate:
    """The ASGI application of a server."""
    api = Router([*jobs.ROUTES, *files.ROUTES, *models.ROUTES], redirect_slashes=False)
    return Gate(world, api, Router(operator.ROUTES, redirect_slashes=False), connections)
