"""The status page at `/`, the same for programs in JSON, and the two views that the page reads."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from pulumi_ftjobs.server.http.api_objects import job_object
from pulumi_ftjobs.server.http.route_helpers import answer, services_of
from pulumi_ftjobs.server.jobs.event_history import History
from pulumi_ftjobs.server.jobs.job_factory import Job
from pulumi_ftjobs.server.jobs.job_status import JobStatus, seconds_left
from pulumi_ftjobs.server.services import Services
from pulumi_ftjobs.server.storage.record_store import ALL
from pulumi_ftjobs.server.uploads.upload_tokens import counts_exactly

_SHOWN_JOBS = 200
_CURVE_POINTS = 300
_SHOWN_STEPS = 50
_LOG_BYTES = 1_000_000
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"


async def home(request: Request) -> Response:
    """GET / answers a browser with the page and a program with JSON."""
    if "text/html" in request.headers.get("accept", ""):
        page = files("pulumi_ftjobs.server.http").joinpath("status_page.html").read_text("utf-8")
        return HTMLResponse(page, headers={"content-security-policy": _POLICY})
    return answer(about(services_of(request)))


def about(services: Services) -> dict[str, Any]:
    """Describe the server: which services it imitates, what trains, how tokens are counted."""
    trainer = services.trainer
    return {
        "object": "server",
        "api": "/v1",
        "services": list(services.profiles.profiles),
        "trainer": trainer.name,
        "simulated": trainer.simulated,
        "note": trainer.note,
        "token_counts": "exact" if services.settings.exact_tokens and counts_exactly() else "estimated",
    }


async def overview(request: Request) -> Response:
    """GET /_ftjobs/overview: the newest jobs, one line each."""
    services = services_of(request)
    services.clock.polled()
    lines = [_line(services, row.doc, now) for row, now in services.job_store.page(ALL, _SHOWN_JOBS)]
    clock, total = services.clock.public(), services.job_store.count(ALL)
    return answer({**about(services), "clock": clock, "total": total, "jobs": lines})


def _line(services: Services, job: Job, now: JobStatus) -> dict[str, Any]:
    shown = job_object(job, now, services.settings, services.clock)
    names = ("id", "status", "model", "created_at", "finished_at", "fine_tuned_model", "error")
    return {
        **{name: shown[name] for name in names},
        "suffix": job["request"].get("suffix"),
        "method": job["method"],
        "service": job["profile"],
        "step": now.progress.step if now.progress else 0,
        "total_steps": now.progress.total_steps if now.progress else job["run"].get("steps"),
        "seconds_left": seconds_left(now, services.clock),
    }


async def story(request: Request) -> Response:
    """GET /_ftjobs/jobs/{id}/story: everything the page shows of one job, its curve thinned out."""
    services = services_of(request)
    job = services.job_store.get(request.path_params["id"])
    now = services.job_store.look(job)
    shown = job_object(job, now, services.settings, services.clock)
    history = History(job, services.clock.ticks(), services.trainer, services.clock)
    names = ("organization_id", "training_file", "validation_file", "result_files", "trained_tokens", "seed")
    return answer(
        {
            **_line(services, job, now),
            **{name: shown[name] for name in names},
            "project": job["project"],
            "metadata": job["request"].get("metadata") or {},
            "hyperparameters": job["resolved"] if now.validated else job["declared"],
            "training_seconds": now.elapsed,
            "log": f"/_ftjobs/jobs/{job['id']}/log" if services.trainer.log(job["run"]) else None,
            "curve": _curve(services, job, now),
            "events": list(history.milestones()),
            "steps": list(history.steps(_SHOWN_STEPS)),
            "step_events": services.trainer.reports(job["run"], now.elapsed) if now.progress else 0,
        }
    )


async def log(request: Request) -> Response:
    """GET /_ftjobs/jobs/{id}/log: the last part of what the training processes of a job printed."""
    services = services_of(request)
    job = services.job_store.get(request.path_params["id"])
    path = services.trainer.log(job["run"])
    text = b""
    if path is not None and path.exists():
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _LOG_BYTES))
            text = file.read()
    headers = {"x-content-type-options": "nosniff"}
    return PlainTextResponse(text.decode("utf-8", "replace") or "Nothing printed yet.\n", headers=headers)


def _curve(services: Services, job: Job, now: JobStatus) -> list[dict[str, Any]]:
    """Return at most some hundred points: evenly spaced ones, the last one, and every validation."""
    count = services.trainer.reports(job["run"], now.elapsed) if now.progress else 0
    stride = max(1, count // _CURVE_POINTS)
    looked_at = range(0, count, max(1, stride // 16))  # a run of 100,000 steps is not computed as a whole
    points = [(number, dict(services.trainer.report(job["run"], number).data)) for number in looked_at]
    if points and points[-1][0] != count - 1:
        points.append((count - 1, dict(services.trainer.report(job["run"], count - 1).data)))
    return [
        point
        for number, point in points
        if number % stride == 0 or number == count - 1 or any("valid" in name for name in point)
    ]


ROUTES = [
    Route("/", home, methods=["GET"]),
    Route("/_ftjobs/overview", overview, methods=["GET"]),
    Route("/_ftjobs/jobs/{id}/story", story, methods=["GET"]),
    Route("/_ftjobs/jobs/{id}/log", log, methods=["GET"]),
]
