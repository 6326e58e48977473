"""`/`: a page for people, and for programs a word about what this is. The page reads the two views below."""

from __future__ import annotations

from importlib.resources import files
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pulumi_ftjobs.server.http.api_objects import job_object
from pulumi_ftjobs.server.http.route_helpers import answer, services_of
from pulumi_ftjobs.server.jobs.event_history import History
from pulumi_ftjobs.server.storage.record_store import ALL
from pulumi_ftjobs.server.uploads.upload_tokens import counts_exactly

_SHOWN_JOBS = 200
_CURVE_POINTS = 300


async def home(request: Request) -> Response:
    """The page, or for programs the same in JSON."""
    if "text/html" in request.headers.get("accept", ""):
        page = files("pulumi_ftjobs.server.http").joinpath("status_page.html").read_text("utf-8")
        return HTMLResponse(page, headers={"content-security-policy": _POLICY})
    return answer(about(request))


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"


def about(request: Request) -> dict[str, Any]:
    """What this server is; says plainly whether it is simulated."""
    trainer = services_of(request).trainer
    return {
        "object": "server",
        "api": "/v1",
        "trainer": trainer.name,
        "simulated": trainer.simulated,
        "note": trainer.note,
        "token_counts": "exact" if counts_exactly() else "estimated",
    }


async def overview(request: Request) -> Response:
    """GET /_ftjobs/overview: the newest jobs, one line each."""
    services = services_of(request)
    services.clock.polled()
    lines = []
    for row, now in services.job_store.page(ALL, _SHOWN_JOBS):
        shown = job_object(row.doc, now, services.settings, services.clock)
        names = ("id", "status", "model", "created_at", "finished_at", "fine_tuned_model", "error")
        step, total = (
            (now.progress.step, now.progress.total_steps)
            if now.progress
            else (0, row.doc["run"].get("steps"))
        )
        suffix = row.doc["request"].get("suffix")
        lines.append({**{n: shown[n] for n in names}, "suffix": suffix, "step": step, "total_steps": total})
    total = services.job_store.count(ALL)
    return answer({**about(request), "clock": services.clock.public(), "total": total, "jobs": lines})


async def story(request: Request) -> Response:
    """GET /_ftjobs/jobs/{id}/story: a job's loss curve, thinned out, and its newest events."""
    services = services_of(request)
    job = services.job_store.get(request.path_params["id"])
    now = services.job_store.look(job)
    history = History(job, services.clock.ticks(), services.trainer, services.clock)
    reports = services.trainer.reports(job["run"], now.elapsed) if now.progress else 0
    every = max(1, reports // _CURVE_POINTS)
    curve = [services.trainer.report(job["run"], n).data for n in range(0, reports, every)]
    return answer({"id": job["id"], "curve": curve, "events": list(islice(history.newest_first(), 40))})


ROUTES = [
    Route("/", home, methods=["GET"]),
    Route("/_ftjobs/overview", overview, methods=["GET"]),
    Route("/_ftjobs/jobs/{id}/story", story, methods=["GET"]),
]
