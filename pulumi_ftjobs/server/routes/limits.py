"""/fine_tuning/model_limits: named in the rate-limits guide, not in the OpenAPI document; its shape is unproven."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pulumi_ftjobs.server import catalog

from .common import answer, caller_of, world_of


async def model_limits(request: Request) -> Response:
    """GET: per base model the daily and the concurrent limit (null: none) and how many jobs are unfinished."""
    world = world_of(request)
    used = world.jobs.usage(caller_of(request))
    per_day, active = world.settings.max_jobs_per_day, world.settings.max_active_jobs
    limits = {
        base: {
            "max_total_jobs": per_day or None,
            "max_concurrent_jobs": active or None,
            "active_jobs": used.get(base, 0),
        }
        for base in [*catalog.BASES, *(set(used) - set(catalog.BASES))]
    }
    return answer(limits)


ROUTES = [Route("/fine_tuning/model_limits", model_limits, methods=["GET"])]
