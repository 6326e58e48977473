"""`/`: a page for people, and for programs a word about what this is. The page reads the two views below."""

from __future__ import annotations

from importlib.resources import files
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pulumi_ftjobs.server.history import History
from pulumi_ftjobs.server.render import job_object
from pulumi_ftjobs.server.store import ALL

from .common import answer, world_of

_SHOWN_JOBS = 200
_CURVE_POINTS = 300
_NOTE = "Nothing is trained and nothing is billed here: model names, metrics and durations are computed."


async def home(request: Request) -> Response:
    """The page, or for programs the same in JSON."""
    if "text/html" in request.headers.get("accept", ""):
        page = files("pulumi_ftjobs.server").joinpath("page.html").read_text("utf-8")
        return HTMLResponse(page, headers={"content-security-policy": _POLICY})
    return answer(about(request))


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"


def about(request: Request) -> dict[str, Any]:
    """What this server is; says plainly whether it is simulated."""
    trainer = world_of(request).trainer
    note = _NOTE if trainer.simulated else "A trainer is plugged in."
    return {
        "object": "server",
        "api": "/v1",
        "trainer": trainer.name,
        "simulated": trainer.simulated,
        "note": note,
    }


async def overview(request: Request) -> Response:
    """GET /_ftjobs/overview: the newest jobs, one line each."""
    world = world_of(request)
    world.clock.polled()
    lines = []
    for row, now in world.ledger.page(ALL, _SHOWN_JOBS):
        shown = job_object(row.doc, now, world.settings, world.clock)
        names = ("id", "status", "model", "created_at", "finished_at", "fine_tuned_model", "error")
        step, total = (
            (now.progress.step, now.progress.total_steps)
            if now.progress
            else (0, row.doc["run"].get("steps"))
        )
        suffix = row.doc["request"].get("suffix")
        lines.append({**{n: shown[n] for n in names}, "suffix": suffix, "step": step, "total_steps": total})
    total = world.ledger.count(ALL)
    return answer({**about(request), "clock": world.clock.public(), "total": total, "jobs": lines})


async def story(request: Request) -> Response:
    """GET /_ftjobs/jobs/{id}/story: a job's loss curve, thinned out, and its newest events."""
    world = world_of(request)
    job = world.ledger.get(request.path_params["id"])
    now = world.ledger.look(job)
    history = History(job, world.clock.ticks(), world.trainer, world.clock)
    reports = world.trainer.reports(job["run"], now.elapsed) if now.progress else 0
    every = max(1, reports // _CURVE_POINTS)
    curve = [world.trainer.report(job["run"], n).data for n in range(0, reports, every)]
    return answer({"id": job["id"], "curve": curve, "events": list(islice(history.newest_first(), 40))})


ROUTES = [
    Route("/", home, methods=["GET"]),
    Route("/_ftjobs/overview", overview, methods=["GET"]),
    Route("/_ftjobs/jobs/{id}/story", story, methods=["GET"]),
]
