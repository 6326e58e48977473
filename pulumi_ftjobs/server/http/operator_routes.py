"""/_ftjobs: what an operator or a test does to the server. No key is needed; loopback only."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pulumi_ftjobs.server.http.api_objects import job_object
from pulumi_ftjobs.server.http.route_helpers import answer, json_body, require_scriptable, services_of
from pulumi_ftjobs.server.storage.record_store import ALL


async def journal(request: Request) -> Response:
    """GET shows every request, DELETE forgets them."""
    services = services_of(request)
    if request.method == "DELETE":
        services.request_log.clear()
    return answer(services.request_log.public())


async def faults(request: Request) -> Response:
    """POST adds a rule, GET lists them, DELETE removes all and releases held requests."""
    services = services_of(request)
    if request.method == "POST":
        services.faults.add(await json_body(request))
    elif request.method == "DELETE":
        services.faults.clear()
    return answer(services.faults.public())


async def release(request: Request) -> Response:
    """POST releases every held request."""
    services_of(request).faults.release()
    return answer(services_of(request).faults.public())


async def clock(request: Request) -> Response:
    """GET shows the clock, POST changes its pace or advances it."""
    services = services_of(request)
    if request.method == "POST":
        require_scriptable(services, "A changed clock")
        services.clock.update(await json_body(request, optional=True))
    return answer(services.clock.public())


async def scenario(request: Request) -> Response:
    """GET shows the script for jobs to come, POST replaces it, DELETE ends it."""
    rules = services_of(request).jobs.scenario
    if request.method == "POST":
        require_scriptable(services_of(request), "A scenario")
        rules.replace(await json_body(request))
    elif request.method == "DELETE":
        rules.replace({})
    return answer(rules.public())


async def settings(request: Request) -> Response:
    """GET shows the switches, POST changes some."""
    services = services_of(request)
    if request.method == "POST":
        services.settings.update(await json_body(request))
    return answer(services.settings.public())


async def jobs(request: Request) -> Response:
    """GET every job of every project, newest first, with what was really sent and how it will end."""
    services = services_of(request)
    found = [operators_view(request, row.doc) for row, _ in services.job_store.page(ALL, -1)]
    return answer({"object": "list", "data": found, "count": len(found)})


async def job(request: Request) -> Response:
    """GET one job, POST applies an action to it: fail, freeze, thaw, succeed, pause, resume, cancel, vanish."""
    services, job_id = services_of(request), request.path_params["id"]
    found = services.job_store.get(job_id)
    if request.method == "POST":
        services.actions.apply(found, await json_body(request))
        if services.store.find("jobs", job_id) is None:
            return answer({"id": job_id, "vanished": True})
        found = services.job_store.get(job_id)
    return answer(operators_view(request, found))


def operators_view(request: Request, job: dict[str, Any]) -> dict[str, Any]:
    """A job as clients see it, plus what they do not."""
    services = services_of(request)
    row = services.job_store.look(job)
    public = job_object(job, row, services.settings, services.clock)
    step = row.progress.step if row.progress else 0
    total = row.progress.total_steps if row.progress else job["run"].get("steps")
    hidden = {"project": job["project"], "request": job["request"], "step": step, "total_steps": total}
    return {**public, "metadata": job["request"].get("metadata"), **hidden}


ROUTES = [
    Route("/_ftjobs/journal", journal, methods=["GET", "DELETE"]),
    Route("/_ftjobs/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/_ftjobs/faults/release", release, methods=["POST"]),
    Route("/_ftjobs/clock", clock, methods=["GET", "POST"]),
    Route("/_ftjobs/scenario", scenario, methods=["GET", "POST", "DELETE"]),
    Route("/_ftjobs/settings", settings, methods=["GET", "POST"]),
    Route("/_ftjobs/jobs", jobs, methods=["GET"]),
    Route("/_ftjobs/jobs/{id}", job, methods=["GET", "POST"]),
]
