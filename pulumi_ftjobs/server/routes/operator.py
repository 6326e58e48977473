"""/_ftjobs: what an operator or a test does to the server itself. No key is needed; loopback only."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pulumi_ftjobs.server.interventions import intervene
from pulumi_ftjobs.server.render import job_object
from pulumi_ftjobs.server.store import ALL

from .common import answer, json_body, world_of


async def journal(request: Request) -> Response:
    """GET shows every request, DELETE forgets them."""
    world = world_of(request)
    if request.method == "DELETE":
        world.journal.clear()
    return answer(world.journal.public())


async def faults(request: Request) -> Response:
    """POST makes a rule, GET lists them, DELETE removes all and releases what is held."""
    world = world_of(request)
    if request.method == "POST":
        world.faults.add(await json_body(request))
    elif request.method == "DELETE":
        world.faults.clear()
    return answer(world.faults.public())


async def release(request: Request) -> Response:
    """POST lets every held request go on."""
    world_of(request).faults.release()
    return answer(world_of(request).faults.public())


async def clock(request: Request) -> Response:
    """GET shows the clock, POST changes its pace or advances it."""
    world = world_of(request)
    if request.method == "POST":
        world.clock.wish(await json_body(request, optional=True))
    return answer(world.clock.public())


async def scenario(request: Request) -> Response:
    """GET shows the script for jobs to come, POST replaces it, DELETE ends it."""
    rules = world_of(request).jobs.scenario
    if request.method == "POST":
        rules.replace(await json_body(request))
    elif request.method == "DELETE":
        rules.replace({})
    return answer(rules.public())


async def settings(request: Request) -> Response:
    """GET shows the switches, POST changes some."""
    world = world_of(request)
    if request.method == "POST":
        world.settings.update(await json_body(request))
    return answer(world.settings.public())


async def jobs(request: Request) -> Response:
    """GET every job of every project, newest first, with what was really sent and how it will end."""
    world = world_of(request)
    found = [operators_view(request, row.doc) for row, _ in world.ledger.page(ALL, -1)]
    return answer({"object": "list", "data": found, "count": len(found)})


async def job(request: Request) -> Response:
    """GET one job, POST does something to it: fail, freeze, thaw, succeed, pause, resume, cancel, vanish."""
    world, job_id = world_of(request), request.path_params["id"]
    found = world.ledger.get(job_id)
    if request.method == "POST":
        intervene(world, found, await json_body(request))
        if world.store.find("jobs", job_id) is None:
            return answer({"id": job_id, "vanished": True})
        found = world.ledger.get(job_id)
    return answer(operators_view(request, found))


def operators_view(request: Request, job: dict[str, Any]) -> dict[str, Any]:
    """A job as clients see it, plus what they do not."""
    world = world_of(request)
    row = world.ledger.look(job)
    public = job_object(job, row, world.settings, world.clock)
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
