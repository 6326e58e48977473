"""The plugin's functions: the data sources, and awaitJob."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.messages import failed_job
from pulumi_ftjobs.lifecycle.property_names import camel
from pulumi_ftjobs.native.model_wait import look_at, seconds, succeeded_job
from pulumi_ftjobs.native.native_resource import Call
from pulumi_ftjobs.native.resource_urns import NATIVE
from pulumi_ftjobs.operations import queries

Arguments = Mapping[str, Any]
Query = Callable[[Any, Arguments], Mapping[str, Any]]

_UNFINISHED_ENDS: Final = ("failed", "cancelled")


def _query(ask: Query) -> Callable[..., dict[str, Any]]:
    def answer(call: Call, arguments: Arguments, *, preview: bool) -> dict[str, Any]:  # noqa: ARG001 - reads work in both
        found = ask(call.session.client, arguments)
        return {name: _renamed(value) if name in _LISTS else value for name, value in found.items()}

    return answer


def await_job(call: Call, arguments: Arguments, *, preview: bool) -> dict[str, Any]:
    """Wait until a job has succeeded; in a preview, say how it is. Holds no worker of the engine."""
    job_id = arguments.get("job_id")
    if not isinstance(job_id, str) or not job_id:
        raise FtjobsError("job_id: is required, the id of a job")
    timeout = arguments.get("timeout")
    limit = None if timeout is None else seconds(str(timeout))
    if preview:
        job = look_at(call, job_id)
        if job.get("status") in _UNFINISHED_ENDS:
            raise FtjobsError(failed_job(job))
    else:
        job = succeeded_job(call, job_id, "", lambda text: call.log.show("", f"job {job_id}: {text}"), limit)
    return {"job_id": job_id, "status": job.get("status"), "fine_tuned_model": job.get("fine_tuned_model")}


_LISTS: Final = frozenset({"jobs", "events", "checkpoints"})
"""Results whose items are objects with other property names."""

FUNCTIONS: Final[Mapping[str, Callable[..., dict[str, Any]]]] = {
    f"{NATIVE}getFineTuningJob": _query(queries.ask_job),
    f"{NATIVE}getFineTuningJobs": _query(queries.ask_jobs),
    f"{NATIVE}getFineTuningJobEvents": _query(queries.ask_events),
    f"{NATIVE}getFineTuningJobCheckpoints": _query(queries.ask_checkpoints),
    f"{NATIVE}getModel": _query(queries.ask_model),
    f"{NATIVE}awaitJob": await_job,
}
"""Every function by its token."""


def _renamed(items: Any) -> list[dict[str, Any]]:
    return [{camel(name): value for name, value in item.items() if value is not None} for item in items]
