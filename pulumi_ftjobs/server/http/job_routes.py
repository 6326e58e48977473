"""/fine_tuning/jobs: create, retrieve, list, cancel, pause, resume, and what a job says and leaves."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pulumi_ftjobs.server.http.api_objects import checkpoint_object, event_object, job_object
from pulumi_ftjobs.server.http.route_helpers import (
    answer,
    caller_of,
    cursor,
    json_body,
    limit_of,
    listing,
    services_of,
    unknown_cursor,
)
from pulumi_ftjobs.server.jobs.event_history import History
from pulumi_ftjobs.server.jobs.job_factory import Job
from pulumi_ftjobs.server.server_errors import unknown_url
from pulumi_ftjobs.server.services import Services
from pulumi_ftjobs.server.storage.record_store import Query

_METADATA_KEY = re.compile(r"metadata\[(.*)\]", re.DOTALL)
_HAS_PAIR = "EXISTS (SELECT 1 FROM json_each(jobs.metadata) AS pair WHERE pair.key = ? AND pair.value = ?)"


def shown(request: Request, job: Job) -> dict[str, Any]:
    """A job as this server's settings and the caller's vocabulary show it."""
    services = services_of(request)
    now, profile = services.job_store.look(job), caller_of(request).profile
    return job_object(job, now, services.settings, services.clock, profile)


async def create(request: Request) -> Response:
    """POST /fine_tuning/jobs."""
    body = await json_body(request)
    return answer(shown(request, services_of(request).jobs.create(caller_of(request), body)))


async def retrieve(request: Request) -> Response:
    """GET /fine_tuning/jobs/{id}."""
    services = services_of(request)
    services.clock.polled()
    return answer(shown(request, services.jobs.get(caller_of(request), request.path_params["id"])))


async def page(request: Request) -> Response:
    """GET /fine_tuning/jobs, newest first, with a cursor and a metadata filter."""
    services, limit, after = services_of(request), limit_of(request, 20), cursor(request)
    services.clock.polled()
    query = caller_of(request).query()
    if services.settings.metadata_filter and caller_of(request).profile.filters_metadata:
        query = _with_metadata(query, request)
    if after:
        row = services.store.find("jobs", after, caller_of(request).query())
        if row is None:
            return listing(unknown_cursor(request, after), limit)
        query = query.jobs_before(row)
    return listing([shown(request, row.doc) for row, _ in services.job_store.page(query, limit + 1)], limit)


def _with_metadata(query: Query, request: Request) -> Query:
    """Every `metadata[key]=value` must match; `metadata=null` asks for jobs without any."""
    for name, value in request.query_params.multi_items():
        if name == "metadata" and value == "null":
            query = query.also("metadata IS NULL")
        found = _METADATA_KEY.fullmatch(name)
        if found:
            query = query.also(_HAS_PAIR, found[1], value)
    return query


async def cancel(request: Request) -> Response:
    """POST /fine_tuning/jobs/{id}/cancel."""
    return answer(
        shown(request, services_of(request).jobs.cancel(caller_of(request), request.path_params["id"]))
    )


async def pause(request: Request) -> Response:
    """POST /fine_tuning/jobs/{id}/pause."""
    return answer(
        shown(request, _pausable(request).jobs.pause(caller_of(request), request.path_params["id"]))
    )


async def resume(request: Request) -> Response:
    """POST /fine_tuning/jobs/{id}/resume."""
    return answer(
        shown(request, _pausable(request).jobs.resume(caller_of(request), request.path_params["id"]))
    )


def _pausable(request: Request) -> Services:
    """Answer 404 where the service has no pause and no resume."""
    if not caller_of(request).profile.pausable:
        raise unknown_url("POST", request.scope["ftjobs.path"])
    return services_of(request)


async def remove(request: Request) -> Response:
    """DELETE /fine_tuning/jobs/{id}: only where jobs can be removed; elsewhere the URL does not exist."""
    services, caller, job_id = services_of(request), caller_of(request), request.path_params["id"]
    if services.settings.permanent_jobs and caller.profile.permanent_jobs:
        raise unknown_url("DELETE", request.scope["ftjobs.path"])
    services.job_store.remove(services.jobs.get(caller, job_id))
    return answer({"object": "fine_tuning.job", "id": job_id, "deleted": True})


async def events(request: Request) -> Response:
    """GET /fine_tuning/jobs/{id}/events, newest first."""
    services, caller = services_of(request), caller_of(request)
    limit, after = limit_of(request, 20), cursor(request)
    services.clock.polled()
    job = services.jobs.get(caller, request.path_params["id"])
    history = History(job, services.clock.ticks(), services.trainer, services.clock)
    before = history.position(after) if after else None
    if after and before is None:
        return listing(unknown_cursor(request, after), limit)
    found = [
        event_object(event, services.settings, caller.profile)
        for event in islice(history.newest_first(before), limit + 1)
    ]
    return listing(found if caller.profile.ordered_events else _mixed_up(found, limit), limit)


def _mixed_up(events: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    """Change the order inside a page; its last event stays, so that the next page begins where this one ends."""
    inside, rest = events[: limit - 1], events[max(0, limit - 1) :]
    return [*sorted(inside, key=lambda event: str(event["id"])[::-1]), *rest]


async def checkpoints(request: Request) -> Response:
    """GET /fine_tuning/jobs/{id}/checkpoints, newest first."""
    services, limit, after = services_of(request), limit_of(request, 10), cursor(request)
    job_id = request.path_params["id"]
    job, profile = services.jobs.get(caller_of(request), job_id), caller_of(request).profile
    query = Query(("job = ?",), (job_id,))
    if after:
        row = services.store.find("checkpoints", after, query)
        if row is None:
            return listing(unknown_cursor(request, after), limit, ends=True)
        query = query.also("seq < ?", row.seq)
    rows = services.store.rows("checkpoints", query, limit=limit + 1)
    return listing([checkpoint_object(job, row.doc, profile) for row in rows], limit, ends=True)


ROUTES = [
    Route("/fine_tuning/jobs", create, methods=["POST"]),
    Route("/fine_tuning/jobs", page, methods=["GET"]),
    Route("/fine_tuning/jobs/{id}", retrieve, methods=["GET"]),
    Route("/fine_tuning/jobs/{id}", remove, methods=["DELETE"]),
    Route("/fine_tuning/jobs/{id}/cancel", cancel, methods=["POST"]),
    Route("/fine_tuning/jobs/{id}/pause", pause, methods=["POST"]),
    Route("/fine_tuning/jobs/{id}/resume", resume, methods=["POST"]),
    Route("/fine_tuning/jobs/{id}/events", events, methods=["GET"]),
    Route("/fine_tuning/jobs/{id}/checkpoints", checkpoints, methods=["GET"]),
]
