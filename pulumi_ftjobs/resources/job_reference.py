"""Which job a model is made by, whatever `job=` was given: its id, and the account that it lives in."""

from __future__ import annotations

import copy
from inspect import isawaitable
from typing import Any

import pulumi

from pulumi_ftjobs.lifecycle.values import one_line
from pulumi_ftjobs.resources.fine_tuning_job import FineTuningJob

GIVE = "give a FineTuningJob, or the id of a job as text"


def job_id_of(job: Any) -> pulumi.Output[str]:
    """The job's id. Raises pulumi.RunError, as early as it is known, for what is no job."""
    if isinstance(job, FineTuningJob):
        return _read_id(job) if job.read_id is not None and pulumi.runtime.is_dry_run() else job.id
    if isinstance(job, pulumi.Output) or isawaitable(job):
        return pulumi.Output.from_input(job).apply(_id)
    return pulumi.Output.from_input(_id(job))


def with_account_of(job: Any, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions | None:
    """`opts` with the provider of the job, unless they name one: no other account knows the job."""
    account = job._provider if isinstance(job, FineTuningJob) else None  # noqa: SLF001 - the effective one
    if account is None or (opts is not None and (opts.provider or opts.providers)):
        return opts
    passed = copy.copy(opts) if opts is not None else pulumi.ResourceOptions()
    passed.provider = account
    return passed


def require_callable(accept: Any) -> None:
    """Raise pulumi.RunError for an `accept` that cannot be called."""
    if accept is not None and not callable(accept):
        raise pulumi.RunError(
            "FineTunedModel: accept: must be a function of the metrics, e.g. `lambda m: m.valid_loss < 0.9`, it is "
            f"{one_line(repr(accept), 40)}"
        )


def _id(job: Any) -> Any:
    if isinstance(job, FineTuningJob):
        return job.id
    if isinstance(job, str) and job.strip():
        return job.strip()
    shown = "an empty text" if isinstance(job, str) else f"of type {type(job).__name__}"
    raise pulumi.RunError(f"FineTunedModel: job: must not be {shown}: {GIVE}")


def _read_id(job: FineTuningJob) -> pulumi.Output[str]:
    """The id that a job is read by: known in a preview, where the engine sends none back for what is read."""
    given = pulumi.Output.from_input(job.read_id)
    return pulumi.Output({job}, given.future(with_unknowns=True), given.is_known(), given.is_secret())  # type: ignore[arg-type]
