"""FineTuningJob: one fine-tuning job, created once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from pulumi_ftjobs.lifecycle.job_fields import (
    JOB_COMPUTED,
    JOB_INPUTS,
    JOB_OUTPUTS,
    NULLABLE_OUTPUTS,
    SERVICE_OUTPUTS,
)
from pulumi_ftjobs.lifecycle.method_rules import HYPERPARAMETERS
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, RECORD
from pulumi_ftjobs.provider.job import FineTuningJobProvider
from pulumi_ftjobs.resources.fine_tuning_file import FineTuningFile, file_figures, file_inputs
from pulumi_ftjobs.resources.methods import Integration, Method
from pulumi_ftjobs.resources.runtime.nullable_outputs import settle
from pulumi_ftjobs.resources.runtime.program_inputs import nobody_acts, program_inputs, require_usable_limit
from pulumi_ftjobs.resources.runtime.resource_options import all_triggers, translated
from pulumi_ftjobs.resources.runtime.slots.refusal_hook import refusal_hook
from pulumi_ftjobs.resources.runtime.slots.slot_queue import held_back


def hidden_in_diffs(given: Mapping[str, Any]) -> list[str]:
    """What the service decides, and so no reviewer's business in a diff.

    The engine draws a replacement from the old outputs against the new inputs: whatever only the
    service sets would look as if it were taken away.
    """
    method = given.get("method")
    kind = method.get("type") if isinstance(method, Mapping) else None
    left = [name for name in JOB_INPUTS if name in JOB_OUTPUTS and given.get(name) is None]
    if not isinstance(kind, str) or kind not in HYPERPARAMETERS or not isinstance(method, Mapping):
        return [*SERVICE_OUTPUTS, *left]
    settings = method.get(kind)
    chosen = settings.get("hyperparameters") if isinstance(settings, Mapping) else None
    open_ones = [
        name for name in HYPERPARAMETERS[kind] if not isinstance(chosen, Mapping) or name not in chosen
    ]
    return [*SERVICE_OUTPUTS, *left, *(f"method.{kind}.hyperparameters.{name}" for name in open_ones)]


class FineTuningJob(Resource, module="ftjobs", name="FineTuningJob"):
    """A fine-tuning job: created means submitted, deleted means cancelled if it still runs.

    A job cannot be changed: another model, method, data or seed trains again, and the preview says so
    and why. Labels never do. One declaration is one job, through crashes and lost answers; going back
    to an earlier declaration takes back its finished job.

    Outputs carry the service's names and values as of the last create, update or refresh.
    """

    TYPE: ClassVar[str] = "pulumi-python:dynamic/ftjobs:FineTuningJob"

    object: pulumi.Output[str]
    """`fine_tuning.job`."""
    created_at: pulumi.Output[int | None]
    """Seconds since 1970."""
    finished_at: pulumi.Output[int | None]
    """Seconds since 1970; None while the job is not over, and on jobs that failed validation."""
    estimated_finish: pulumi.Output[int | None]
    """Seconds since 1970, if the service estimates."""
    status: pulumi.Output[str]
    """The service's word: validating_files, queued, running, paused, succeeded, failed, cancelled, ..."""
    model: pulumi.Output[str]
    """The base model as the service resolved it (a dated snapshot)."""
    fine_tuned_model: pulumi.Output[str | None]
    """The model's name once the job has succeeded and the state has seen it (see FineTunedModel)."""
    organization_id: pulumi.Output[str | None]
    """The organization that owns the job."""
    training_file: pulumi.Output[str]
    """The id of the training file."""
    validation_file: pulumi.Output[str | None]
    """The id of the validation file."""
    result_files: pulumi.Output[list[str]]
    """Ids of the result files."""
    trained_tokens: pulumi.Output[int | None]
    """Billable tokens, once the job has succeeded."""
    hyperparameters: pulumi.Output[dict[str, Any] | None]
    """The supervised hyperparameters the service trains with."""
    method: pulumi.Output[dict[str, Any] | None]
    """The method the service trains with."""
    integrations: pulumi.Output[list[Any]]
    """The integrations of the job."""
    metadata: pulumi.Output[dict[str, str] | None]
    """Your metadata pairs, as the service keeps them."""
    seed: pulumi.Output[int | None]
    """The seed that was used."""
    error: pulumi.Output[dict[str, Any] | None]
    """Why the job failed: code, message, param."""
    training_file_digest: pulumi.Output[str | None]
    """The digest of the rows it trains on, when given a FineTuningFile."""
    read_id: pulumi.Input[str] | None = None
    """The id it is read by, with `get`; None for a job of this stack."""
    kept_paused: bool = False
    """Whether this program declares `paused=True`: nobody waits for such a job."""

    def __init__(  # noqa: PLR0913 - one argument per field of the create call
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        training_file: FineTuningFile | pulumi.Input[str],
        validation_file: FineTuningFile | pulumi.Input[str] | None = None,
        method: pulumi.Input[Method] | pulumi.Input[Mapping[str, Any]] | None = None,
        hyperparameters: pulumi.Input[Mapping[str, Any]] | None = None,
        suffix: pulumi.Input[str] | None = None,
        seed: pulumi.Input[int] | None = None,
        metadata: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        integrations: pulumi.Input[Sequence[pulumi.Input[Integration]]] | None = None,
        extra_body: pulumi.Input[Mapping[str, Any]] | None = None,
        triggers: pulumi.Input[Any] | None = None,
        paused: pulumi.Input[bool] | None = None,
        max_estimated_cost_usd: pulumi.Input[float] | None = None,
        adopt_job_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a job.

        model: the base model, or an earlier fine-tuned one where the service allows it.
        training_file, validation_file: a FineTuningFile, or the id of a file at the service.
        method: `{"type": "supervised", "supervised": {...}}` and so on, the API's own shape.
        hyperparameters: legacy; prefer `method`.
        suffix: up to 64 characters of the fine-tuned model's name.
        seed: 0 to 2147483647; the service chooses one if absent.
        metadata: up to 14 pairs of strings (the service allows 16, two are ours).
        integrations: services that receive the metrics, e.g. `[{"type": "wandb", "wandb": {"project": "..."}}]`.
        extra_body: fields that a compatible server or Azure knows and this resource does not.
        triggers: any value; changing it trains again on purpose.
        paused: True pauses a running job, False resumes it; None (default) leaves it to the service.
        max_estimated_cost_usd: the preview fails when the estimate is higher, or cannot be made.
        adopt_job_id: take over this job of the service and buy none; it must be what is declared.

        `opts.import_` means `adopt_job_id`, and `opts.replacement_trigger` is one more trigger.
        """
        self.kept_paused = paused is True
        passed, instead = translated(opts)
        given = {
            "model": model,
            "method": method,
            "hyperparameters": hyperparameters,
            "suffix": suffix,
            "seed": seed,
            "metadata": metadata,
            "integrations": integrations,
            "extra_body": extra_body,
            "triggers": all_triggers(triggers, instead.get("replacement_trigger")),
            "paused": paused,
            "max_estimated_cost_usd": max_estimated_cost_usd,
            "adopt_job_id": instead.get("adopt_job_id", adopt_job_id),
            **file_inputs("training_file", training_file),
            **file_inputs("validation_file", validation_file),
        }
        data = {
            "training_file": file_figures(training_file),
            "validation_file": file_figures(validation_file),
        }
        self._register(resource_name, given, passed, {name: value for name, value in data.items() if value})

    @staticmethod
    def get(
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - Pulumi's own name for it
        opts: pulumi.ResourceOptions | None = None,
    ) -> FineTuningJob:
        """An existing job, read and never touched. A job the service does not know is an error."""
        job = FineTuningJob.__new__(FineTuningJob)
        job.read_id = id
        job._register(  # noqa: SLF001 - our own
            resource_name, {}, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        )
        return job

    def _register(
        self, resource_name: str, given: dict[str, Any], opts: pulumi.ResourceOptions, data: Any = None
    ) -> None:
        require_usable_limit()
        program = program_inputs(self.TYPE, resource_name, opts, given)
        if data:
            program["data"] = data
        own = pulumi.ResourceOptions(hide_diffs=hidden_in_diffs(given))
        if opts.id is None and not nobody_acts():
            # The hook first: it lets the program's loop run, and the turn asks for this resource's provider.
            hook = refusal_hook(self, pulumi.Output.from_input(program["urn"]))
            own.hooks = pulumi.ResourceHookBinding(on_error=[hook])
            program["turn"] = pulumi.Output.from_input(
                held_back(self, resource_name, given, program["urn"], opts)
            )
        if opts.id is not None:
            program["get"] = True
        props: dict[str, Any] = {
            **dict.fromkeys(name for name in (*JOB_OUTPUTS, *JOB_INPUTS, *JOB_COMPUTED) if name != "id"),
            **given,
            PROGRAM: program,
            RECORD: None,
        }
        super().__init__(
            FineTuningJobProvider(), resource_name, props, pulumi.ResourceOptions.merge(own, opts)
        )
        settle(self, "status", NULLABLE_OUTPUTS)
        settle(self, "status", ("integrations", "result_files"), missing=[])
