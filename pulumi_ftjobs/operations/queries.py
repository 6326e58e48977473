"""What the data sources ask the service: plain arguments in, the service's objects out.

Each function raises FtjobsError for an unusable argument, and ApiError where the service refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.job_filter import STATUSES, count, job_filter, require_known, words

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.schemas import Event, Job


def ask_job(client: Client, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return one job by `id`."""
    return client.job(_text(arguments, "id")).facts()


def ask_jobs(client: Client, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the jobs that match every argument, newest first: `ids` and `jobs`."""
    wanted, limit = job_filter(arguments), count("limit", arguments.get("limit"))
    seen: set[str] = set()

    def facts(job: Job) -> Mapping[str, Any]:
        seen.add(job.status)
        return job.facts()

    jobs = [job.facts() for job in islice(wanted.select(client.jobs(wanted.metadata), facts), limit)]
    require_known("status", wanted.statuses, STATUSES, seen)
    return {"ids": [job["id"] for job in jobs], "jobs": jobs}


def ask_events(client: Client, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the events of the job `id`, newest first."""
    job_id, limit = _text(arguments, "id"), count("limit", arguments.get("limit"))
    kinds, seen = words("type", arguments.get("type")), set[str]()

    def meant(event: Event) -> bool:
        seen.add(str(event.type))
        return not kinds or event.type in kinds

    events = [event.facts() for event in islice(filter(meant, client.events(job_id)), limit)]
    require_known("type", kinds, {"message", "metrics"}, seen)
    return {"id": job_id, "events": events}


def ask_checkpoints(client: Client, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the checkpoints of the job `id`, newest first."""
    job_id = _text(arguments, "id")
    return {"id": job_id, "checkpoints": [checkpoint.facts() for checkpoint in client.checkpoints(job_id)]}


def ask_model(client: Client, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return one model by `name`."""
    return client.model(_text(arguments, "name")).facts()


def _text(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value.strip():
        raise FtjobsError(f"{name}: must be a non-empty string")
    return value.strip()
