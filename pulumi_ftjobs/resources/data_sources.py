"""The data sources: what the service knows about jobs and models, read by the program, previews included.

Each has a twin `..._output` that takes Outputs, waits for `depends_on` and gives an Output. Nothing that is
read enters the state, unless the program exports it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pulumi

from pulumi_ftjobs.operations import queries
from pulumi_ftjobs.resources import data_source_results as results
from pulumi_ftjobs.resources.data_source_base import Options, Source

Time = float | str | datetime
"""Seconds since 1970, or a date or time in ISO 8601 (UTC unless it names a zone)."""


def get_fine_tuning_job(id: str, opts: Options | None = None) -> results.AwaitableGetFineTuningJobResult:  # noqa: A002 - the API's name
    """One job by its id. Raises pulumi.RunError if the service does not show it to this key."""
    return _JOB.now({"id": id}, opts)


def get_fine_tuning_job_output(
    id: pulumi.Input[str],  # noqa: A002 - the API's name
    opts: Options | None = None,
) -> pulumi.Output[results.GetFineTuningJobResult]:
    """As get_fine_tuning_job, for Outputs."""
    return _JOB.later({"id": id}, opts)


def get_fine_tuning_jobs(
    *,
    status: str | Sequence[str] | None = None,
    model: str | None = None,
    metadata: Mapping[str, str] | None = None,
    created_after: Time | None = None,
    created_before: Time | None = None,
    limit: int | None = None,
    opts: Options | None = None,
) -> results.AwaitableGetFineTuningJobsResult:
    """The jobs that match everything given, newest first; every page is read.

    Args:
        status: one of the service's statuses, or several. Default: all.
        model: the base model; an alias also finds its snapshots.
        metadata: pairs that a job must carry.
        created_after: inclusive, see `Time`.
        created_before: exclusive, see `Time`.
        limit: maximum number of jobs. Default: no limit.
        opts: `provider` names the account; `parent` inherits it.

    Raises:
        pulumi.RunError: one sentence, for filters that cannot be used and for errors of the service.
    """
    arguments = {
        "status": status,
        "model": model,
        "metadata": metadata,
        "created_after": created_after,
        "created_before": created_before,
        "limit": limit,
    }
    return _JOBS.now(_given(arguments), opts)


def get_fine_tuning_jobs_output(
    *,
    status: pulumi.Input[str | Sequence[str]] | None = None,
    model: pulumi.Input[str] | None = None,
    metadata: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    created_after: pulumi.Input[Time] | None = None,
    created_before: pulumi.Input[Time] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: Options | None = None,
) -> pulumi.Output[results.GetFineTuningJobsResult]:
    """As get_fine_tuning_jobs, for Outputs."""
    arguments = {
        "status": status,
        "model": model,
        "metadata": metadata,
        "created_after": created_after,
        "created_before": created_before,
        "limit": limit,
    }
    return _JOBS.later(_given(arguments), opts)


def get_fine_tuning_job_events(
    id: str,  # noqa: A002 - the API's name
    *,
    type: str | None = None,  # noqa: A002 - the API's name
    limit: int | None = None,
    opts: Options | None = None,
) -> results.AwaitableGetFineTuningJobEventsResult:
    """The events of a job, newest first; every page is read.

    Args:
        id: the job's id.
        type: only "message" or only "metrics". Default: both.
        limit: maximum number of events. Default: no limit.
        opts: `provider` names the account; `parent` inherits it.

    Raises:
        pulumi.RunError: one sentence, for errors of the service.
    """
    return _EVENTS.now(_given({"id": id, "type": type, "limit": limit}), opts)


def get_fine_tuning_job_events_output(
    id: pulumi.Input[str],  # noqa: A002 - the API's name
    *,
    type: pulumi.Input[str] | None = None,  # noqa: A002 - the API's name
    limit: pulumi.Input[int] | None = None,
    opts: Options | None = None,
) -> pulumi.Output[results.GetFineTuningJobEventsResult]:
    """As get_fine_tuning_job_events, for Outputs."""
    return _EVENTS.later(_given({"id": id, "type": type, "limit": limit}), opts)


def get_fine_tuning_job_checkpoints(
    id: str,  # noqa: A002 - the API's name
    opts: Options | None = None,
) -> results.AwaitableGetFineTuningJobCheckpointsResult:
    """The checkpoints of a job, newest first; every page is read. Raises pulumi.RunError."""
    return _CHECKPOINTS.now({"id": id}, opts)


def get_fine_tuning_job_checkpoints_output(
    id: pulumi.Input[str],  # noqa: A002 - the API's name
    opts: Options | None = None,
) -> pulumi.Output[results.GetFineTuningJobCheckpointsResult]:
    """As get_fine_tuning_job_checkpoints, for Outputs."""
    return _CHECKPOINTS.later({"id": id}, opts)


def get_model(name: str, opts: Options | None = None) -> results.AwaitableGetModelResult:
    """One model by its name, base or fine-tuned. Raises pulumi.RunError if the service does not know it."""
    return _MODEL.now({"name": name}, opts)


def get_model_output(
    name: pulumi.Input[str], opts: Options | None = None
) -> pulumi.Output[results.GetModelResult]:
    """As get_model, for Outputs."""
    return _MODEL.later({"name": name}, opts)


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


_JOB = Source(
    "get_fine_tuning_job",
    "ftjobs:index:getFineTuningJob",
    results.AwaitableGetFineTuningJobResult,
    queries.ask_job,
)
_JOBS = Source(
    "get_fine_tuning_jobs",
    "ftjobs:index:getFineTuningJobs",
    results.AwaitableGetFineTuningJobsResult,
    queries.ask_jobs,
)
_EVENTS = Source(
    "get_fine_tuning_job_events",
    "ftjobs:index:getFineTuningJobEvents",
    results.AwaitableGetFineTuningJobEventsResult,
    queries.ask_events,
)
_CHECKPOINTS = Source(
    "get_fine_tuning_job_checkpoints",
    "ftjobs:index:getFineTuningJobCheckpoints",
    results.AwaitableGetFineTuningJobCheckpointsResult,
    queries.ask_checkpoints,
)
_MODEL = Source("get_model", "ftjobs:index:getModel", results.AwaitableGetModelResult, queries.ask_model)
