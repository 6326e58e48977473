"""FineTunedModel: the model a job makes. Declaring it is what waits for the job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import pulumi
from pulumi.dynamic import Resource

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.model_fields import MODEL_OUTPUTS
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from pulumi_ftjobs.provider.model import FineTunedModelProvider
from pulumi_ftjobs.resources.fine_tuning_job import FineTuningJob
from pulumi_ftjobs.resources.job_reference import job_id_of, with_account_of
from pulumi_ftjobs.resources.runtime import sdk
from pulumi_ftjobs.resources.runtime.acceptance import Accept, require_usable
from pulumi_ftjobs.resources.runtime.annotations import resolved_annotations
from pulumi_ftjobs.resources.runtime.arguments import suggest_arguments
from pulumi_ftjobs.resources.runtime.job_wait import End, WaitOptions
from pulumi_ftjobs.resources.runtime.nullable_outputs import nullable
from pulumi_ftjobs.resources.runtime.program_inputs import program_inputs, read_inputs
from pulumi_ftjobs.resources.runtime.program_run import join_program, program_run
from pulumi_ftjobs.resources.runtime.program_settings import (
    ignore_failures,
    is_preview_or_mock,
    require_usable_settings,
    waiting_allowed,
)
from pulumi_ftjobs.resources.runtime.resource_options import create_timeout
from pulumi_ftjobs.resources.statuses import DeletionPolicy


@resolved_annotations
class FineTunedModel(Resource, module="ftjobs", name="FineTunedModel"):
    """The model of a job that has succeeded, and the record of how the job ended.

    This is the one thing that waits: in the program, with the progress on the job's row. A job that
    fails fails the update, and whatever uses an earlier model stays on it.
    """

    TYPE: ClassVar[str] = "pulumi-python:dynamic/ftjobs:FineTunedModel"

    name: pulumi.Output[str]
    """The model's name, also its id: what an application asks for."""
    job_id: pulumi.Output[str]
    """The job that made it."""
    status: pulumi.Output[Literal["succeeded"]]
    """How the job ended."""
    base_model: pulumi.Output[str | None] = nullable("name")
    """The base model, as the service resolved it."""
    trained_tokens: pulumi.Output[int | None] = nullable("name")
    """Billed tokens."""
    result_files: pulumi.Output[list[str]] = nullable("name", missing=[])
    """Ids of the result files."""
    metrics: pulumi.Output[dict[str, Any] | None] = nullable("name")
    """The job's final metrics: train_loss, valid_loss and so on, as the service names them."""
    created_at: pulumi.Output[int | None] = nullable("name")
    """Creation time of the model, seconds since 1970."""
    finished_at: pulumi.Output[int | None] = nullable("name")
    """End of the job, seconds since 1970."""
    owned_by: pulumi.Output[str | None] = nullable("name")
    """The owner of the model."""
    shutdown_date: pulumi.Output[str | None] = nullable("name")
    """When the service shuts it down (YYYY-MM-DD), if announced."""
    deletion_policy: pulumi.Output[DeletionPolicy | None] = nullable("name")
    """The policy that was declared."""

    @suggest_arguments
    def __init__(
        self,
        resource_name: str,
        *,
        job: FineTuningJob | pulumi.Input[str],
        accept: Accept | None = None,
        deletion_policy: pulumi.Input[DeletionPolicy] | None = None,
        deploy: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the model of a job.

        Args:
            resource_name: its name in the stack.
            job: a FineTuningJob, or the id of a job. The model belongs to the job's account: it takes its provider.
            accept: bounds on the job's final metrics, e.g. `{"valid_loss_below": 0.9}` (also `_above`, `_at_most`,
                `_at_least`), or a function of them, e.g. `lambda m: m.valid_loss < 0.9`. A model that is refused
                fails the update with the figures, and whatever uses an earlier model stays on it. Default: every
                model is accepted.
            deletion_policy: "retain" (default) keeps the model at the service when the resource is deleted: it cost
                money to make and nothing to keep; "delete" deletes it (needs the Owner role).
            deploy: True creates the deployment that gives the model its name, at a service that needs one (Nebius), and
                deletes it with the resource, unless deletion_policy is "retain". Default: no deployment.
            opts: `custom_timeouts` with create="6h" bounds the wait (default: none); the job continues after it.

        Raises:
            TypeError: for an argument that does not exist, with the closest one.
            pulumi.RunError: for a job, an `accept`, a timeout or a setting that cannot be used.
        """
        join_program()
        require_usable(accept)
        require_usable_settings()
        job_id, opts = job_id_of(job), with_account_of(job, opts)
        program = program_inputs(self.TYPE, resource_name, opts)
        how = _wait_options(job, program["urn"], accept, opts, self._ignore)
        end: pulumi.Output[End | None] | None = None
        if not is_preview_or_mock():
            waits = program_run().waits
            end = job_id.apply(lambda known: waits.end_of(known, self, how))
            job_id = pulumi.Output.all(job_id, end).apply(lambda both: both[0])
            program["hold"] = end.apply(lambda known: known.hold or False if known else None)
            program["hold_code"] = end.apply(lambda known: known.code if known else None)
        if isinstance(job, FineTuningJob):
            urn = pulumi.Output.from_input(program["urn"])
            job._ends.append(lambda: _job_at_its_end(job, urn, end))  # noqa: SLF001 - our own
        props: dict[str, Any] = {
            **dict.fromkeys(MODEL_OUTPUTS),
            "job_id": job_id,
            "deletion_policy": deletion_policy,
            "deploy": deploy,
            PROGRAM: program,
        }
        own = pulumi.ResourceOptions(hide_diffs=list(MODEL_OUTPUTS))
        super().__init__(
            FineTunedModelProvider(), resource_name, props, pulumi.ResourceOptions.merge(own, opts)
        )
        if end is not None:
            end.apply(lambda known: waits.fail_at_the_end(known, self) if known else None)
        self._end = end

    @staticmethod
    def get(
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - Pulumi's own name for it
        opts: pulumi.ResourceOptions | None = None,
    ) -> FineTunedModel:
        """Read a model that exists; nothing waits, and it is never deleted. Of its job nothing is known.

        Args:
            resource_name: its name in the stack.
            id: the model's name at the service.
            opts: resource options.
        """
        join_program()
        model = FineTunedModel.__new__(FineTunedModel)
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        props: dict[str, Any] = {
            **dict.fromkeys((*MODEL_OUTPUTS, "job_id", "deletion_policy")),
            PROGRAM: read_inputs(FineTunedModel.TYPE, resource_name, options),
        }
        Resource.__init__(model, FineTunedModelProvider(), resource_name, props, options)
        return model

    _ignore = ""


async def _job_at_its_end(
    job: FineTuningJob, urn: pulumi.Output[str], end: pulumi.Output[End | None] | None
) -> Mapping[str, Any] | None:
    """The job's facts at its end: as the wait has seen it, or in a preview as the recorded model has it."""
    if end is not None:
        known = await end.future()
        return known.job if known and known.code is None else None
    if sdk.is_mocked():
        return None
    try:
        model = await program_run().state.recorded([str(await urn.future())])
    except FtjobsError:
        return None
    if model is None or model.get("job_id") != await job.id.future():
        return None
    return {**model, "fine_tuned_model": model.get("name")}


def _wait_options(
    job: Any, urn: pulumi.Input[str], accept: Accept | None, opts: pulumi.ResourceOptions | None, ignore: str
) -> WaitOptions:
    """How this model deals with its job."""
    row = job if isinstance(job, FineTuningJob) else None
    how = WaitOptions(
        row,
        urn,
        timeout=create_timeout(opts),
        accept=accept,
        wait=waiting_allowed(),
        ignore="FTJOBS_WAIT=ignore" if ignore_failures() else ignore,
    )
    if how.wait and row is not None and row._declared_paused:  # noqa: SLF001 - our own
        return how._replace(wait=False, why_not="paused=True is declared")
    return how
