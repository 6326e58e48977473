"""FineTunedModel: the model a job makes. Declaring it is what waits for the job."""

from __future__ import annotations

from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from pulumi_ftjobs.lifecycle.contract import PROGRAM, RECORD
from pulumi_ftjobs.provider.model import FineTunedModelProvider
from pulumi_ftjobs.resources.job import FineTuningJob
from pulumi_ftjobs.resources.outputs import settle
from pulumi_ftjobs.resources.program import program_inputs
from pulumi_ftjobs.resources.waiting import ended_job_id

_OUTPUTS = (
    "name",
    "status",
    "base_model",
    "trained_tokens",
    "result_files",
    "metrics",
    "created_at",
    "finished_at",
    "owned_by",
    "shutdown_date",
)


class FineTunedModel(Resource, module="ftjobs", name="FineTunedModel"):
    """The model of a job that has succeeded, and the record of how the job ended.

    This is the one thing that waits: in the program, with the progress on the job's row. A job that
    fails fails the update, and whatever uses the model stays on the old one.
    """

    TYPE: ClassVar[str] = "pulumi-python:dynamic/ftjobs:FineTunedModel"

    name: pulumi.Output[str]
    """The model's name, also its id: what an application asks for."""
    job_id: pulumi.Output[str]
    """The job that made it."""
    status: pulumi.Output[str]
    """How the job ended: `succeeded`."""
    base_model: pulumi.Output[str | None]
    """The base model, as the service resolved it."""
    trained_tokens: pulumi.Output[int | None]
    """Billable tokens."""
    result_files: pulumi.Output[list[str] | None]
    """Ids of the result files."""
    metrics: pulumi.Output[dict[str, Any] | None]
    """The job's final metrics: train_loss, valid_loss and so on, as the service names them."""
    created_at: pulumi.Output[int | None]
    """When the model was made, seconds since 1970."""
    finished_at: pulumi.Output[int | None]
    """When the job ended, seconds since 1970."""
    owned_by: pulumi.Output[str | None]
    """Who owns the model."""
    shutdown_date: pulumi.Output[str | None]
    """When the service takes it down (YYYY-MM-DD), if announced."""

    def __init__(
        self,
        resource_name: str,
        *,
        job: FineTuningJob | pulumi.Input[str],
        deletion_policy: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the model of a job.

        job: a FineTuningJob, or the id of a job.
        deletion_policy: "retain" (default) keeps the model at the service when the resource goes: it cost
        money to make and nothing to keep; "delete" deletes it (needs the Owner role).
        """
        job_id = pulumi.Output.from_input(job.id if isinstance(job, FineTuningJob) else job)
        row = job if isinstance(job, FineTuningJob) else self
        props: dict[str, Any] = {
            "job_id": job_id.apply(lambda known: known if _is_preview() else ended_job_id(known, row, self)),
            "deletion_policy": deletion_policy,
            PROGRAM: program_inputs(self.TYPE, resource_name, opts),
            RECORD: None,
            **dict.fromkeys(_OUTPUTS),
        }
        own = pulumi.ResourceOptions(hide_diffs=list(_OUTPUTS))
        super().__init__(
            FineTunedModelProvider(), resource_name, props, pulumi.ResourceOptions.merge(own, opts)
        )
        settle(self, "name", tuple(name for name in _OUTPUTS if name not in {"name", "status"}))


def _is_preview() -> bool:
    return pulumi.runtime.is_dry_run()
