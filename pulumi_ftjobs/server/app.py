"""The application: the world, the routes and the gate in front of them."""

from __future__ import annotations

from starlette.routing import Router

from .gate import Gate
from .routes import files, graders, jobs, limits, models, operator, page, permissions
from .wire import Connections
from .world import World


def make_app(world: World, connections: Connections) -> Gate:
    """The ASGI application of a server."""
    nouns = (jobs, files, models, permissions, graders, limits)
    api = Router([route for noun in nouns for route in noun.ROUTES], redirect_slashes=False)
    return Gate(world, api, Router([*operator.ROUTES, *page.ROUTES], redirect_slashes=False), connections)
