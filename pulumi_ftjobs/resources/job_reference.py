"""Which job a model comes from, whatever `job=` was given: its id, and the account that it belongs to."""

from __future__ import annotations

import copy
from inspect import isawaitable
from typing import Any

import pulumi

from pulumi_ftjobs.resources.fine_tuning_job import FineTuningJob
from pulumi_ftjobs.resources.runtime import sdk

GIVE = "give a FineTuningJob, or the id of a job as a string"


def job_id_of(job: Any) -> pulumi.Output[str]:
    """The job's id. Raises pulumi.RunError, as early as it is known, for what is no job."""
    if isinstance(job, FineTuningJob):
        read_by = job._read_by  # noqa: SLF001 - our own
        if read_by is not None and pulumi.runtime.is_dry_run():
            # In a preview the engine returns no id for what is read.
            given: pulumi.Output[str] = pulumi.Output.from_input(read_by)
            return pulumi.Output.all(given, job.urn).apply(lambda both: str(both[0]))
        return job.id
    if isinstance(job, pulumi.Output) or isawaitable(job):
        return pulumi.Output.from_input(job).apply(_id)
    return pulumi.Output.from_input(_id(job))


def with_account_of(job: Any, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions | None:
    """`opts` with the provider of the job, unless they name one: no other account knows the job."""
    account = sdk.provider_of(job) if isinstance(job, FineTuningJob) else None
    if account is None or (opts is not None and (opts.provider or opts.providers)):
        return opts
    passed = copy.copy(opts) if opts is not None else pulumi.ResourceOptions()
    passed.provider = account
    return passed


def _id(job: Any) -> Any:
    if isinstance(job, FineTuningJob):
        return job.id
    if isinstance(job, str) and job.strip():
        return job.strip()
    shown = "an empty string" if isinstance(job, str) else f"of type {type(job).__name__}"
    raise pulumi.RunError(f"FineTunedModel: job: must not be {shown}: {GIVE}")
