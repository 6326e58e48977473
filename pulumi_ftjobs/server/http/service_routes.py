"""Routes that only some services have: deployments, price estimates, a job's metrics."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pulumi_ftjobs.server.http.route_helpers import answer, caller_of, json_body, services_of
from pulumi_ftjobs.server.server_errors import unknown_url
from pulumi_ftjobs.server.services import Services


def _require(request: Request, available: bool) -> Services:
    """Answer 404 for a route that the caller's service does not have."""
    if not available:
        raise unknown_url(request.method, request.scope["ftjobs.path"])
    return services_of(request)


async def deploy(request: Request) -> Response:
    """POST /v0/models makes a tuned model callable and gives it its name."""
    services = _require(request, caller_of(request).profile.deploys)
    return answer(services.deployments.create(caller_of(request), await json_body(request)))


async def deployments(request: Request) -> Response:
    """GET /v0/models."""
    services = _require(request, caller_of(request).profile.deploys)
    return answer({"object": "list", "data": services.deployments.page(caller_of(request))})


async def deployment(request: Request) -> Response:
    """GET and DELETE /v0/models/{name}."""
    services, name = _require(request, caller_of(request).profile.deploys), request.path_params["name"]
    found = services.deployments.get(caller_of(request), name)
    if request.method == "DELETE":
        services.deployments.remove(caller_of(request), name)
    return answer(found)


async def estimate_price(request: Request) -> Response:
    """POST /fine_tuning/jobs/estimate_price: what the job of this create request would cost."""
    services = _require(request, caller_of(request).profile.estimates_price)
    return answer(services.jobs.estimate(caller_of(request), await json_body(request)))


async def metrics(request: Request) -> Response:
    """GET /fine_tuning/jobs/{id}/metrics: the metrics of every step."""
    services = _require(request, caller_of(request).profile.lists_metrics)
    job = services.jobs.get(caller_of(request), request.path_params["id"])
    now = services.job_store.look(job)
    steps = services.trainer.reports(job["run"], now.elapsed) if now.progress else 0
    data: list[Any] = [dict(services.trainer.report(job["run"], number).data) for number in range(steps)]
    return answer({"object": "list", "data": data})


ROUTES = [
    Route("/v0/models", deploy, methods=["POST"]),
    Route("/v0/models", deployments, methods=["GET"]),
    Route("/v0/models/{name:path}", deployment, methods=["GET", "DELETE"]),
    Route("/fine_tuning/jobs/estimate_price", estimate_price, methods=["POST"]),
    Route("/fine_tuning/jobs/{id}/metrics", metrics, methods=["GET"]),
]
