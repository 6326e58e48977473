"""FineTuningJob: one fine-tuning job, created once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from pulumi_ftjobs.lifecycle.job_fields import JOB_COMPUTED, JOB_INPUTS, JOB_OUTPUTS, SERVICE_OUTPUTS
from pulumi_ftjobs.lifecycle.method_rules import HYPERPARAMETERS
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from pulumi_ftjobs.provider.job import FineTuningJobProvider
from pulumi_ftjobs.resources.fine_tuning_file import FineTuningFile, file_figures, file_inputs
from pulumi_ftjobs.resources.methods import Integration, Method, SupervisedHyperparameters
from pulumi_ftjobs.resources.runtime.annotations import resolved_annotations
from pulumi_ftjobs.resources.runtime.arguments import suggest_arguments
from pulumi_ftjobs.resources.runtime.nullable_outputs import EndFacts, at_the_end, nullable
from pulumi_ftjobs.resources.runtime.program_inputs import program_inputs, read_inputs
from pulumi_ftjobs.resources.runtime.program_run import join_program, program_run
from pulumi_ftjobs.resources.runtime.program_settings import is_preview_or_mock, require_usable_settings
from pulumi_ftjobs.resources.runtime.resource_options import all_triggers, translated
from pulumi_ftjobs.resources.runtime.slots.slot_request import SlotGroup
from pulumi_ftjobs.resources.statuses import JobStatus

_UNSET: Mapping[str, None] = {
    name: None for name in (*JOB_OUTPUTS, *JOB_INPUTS, *JOB_COMPUTED) if name != "id"
}


@resolved_annotations
class FineTuningJob(Resource, module="ftjobs", name="FineTuningJob"):
    """A fine-tuning job: created means submitted, deleted means cancelled if it is unfinished.

    A job cannot be changed: another model, method, data or seed trains again, and the preview says so
    and why. Labels never do. One declaration is one job, through crashes and lost responses; going back
    to an earlier declaration adopts its finished job.

    Outputs carry the service's names and values as of the last create, update or refresh. Where the program declares
    the job's FineTunedModel, `status`, `fine_tuned_model`, `finished_at` and `trained_tokens` are those of its end.
    """

    TYPE: ClassVar[str] = "pulumi-python:dynamic/ftjobs:FineTuningJob"

    object: pulumi.Output[str | None] = nullable()
    """`fine_tuning.job`."""
    created_at: pulumi.Output[int | None] = nullable()
    """Creation time, seconds since 1970."""
    finished_at: pulumi.Output[int | None] = at_the_end()
    """End, seconds since 1970; None while the job is unfinished, and on jobs that failed validation."""
    estimated_finish: pulumi.Output[int | None] = nullable()
    """Estimated end, seconds since 1970, if the service estimates it."""
    status: pulumi.Output[JobStatus] = at_the_end()
    """The status: `succeeded` where a FineTunedModel of this program has waited for it, else as of the last create,
    update or refresh."""
    model: pulumi.Output[str]
    """The base model as the service resolved it (a dated snapshot)."""
    fine_tuned_model: pulumi.Output[str | None] = at_the_end()
    """The model's name once the job has succeeded; known under the same conditions as `status`."""
    organization_id: pulumi.Output[str | None] = nullable()
    """The organization that owns the job."""
    training_file: pulumi.Output[str]
    """The id of the training file."""
    validation_file: pulumi.Output[str | None] = nullable()
    """The id of the validation file."""
    result_files: pulumi.Output[list[str]] = nullable(missing=[])
    """Ids of the result files."""
    trained_tokens: pulumi.Output[int | None] = at_the_end()
    """Billed tokens, once the job has succeeded."""
    hyperparameters: pulumi.Output[dict[str, Any] | None] = nullable()
    """The supervised hyperparameters that the service trains with."""
    method: pulumi.Output[dict[str, Any] | None] = nullable()
    """The method that the service trains with."""
    integrations: pulumi.Output[list[Any]] = nullable(missing=[])
    """The integrations of the job."""
    metadata: pulumi.Output[dict[str, str] | None] = nullable()
    """Your metadata pairs, as the service keeps them."""
    seed: pulumi.Output[int | None] = nullable()
    """The seed that was used."""
    error: pulumi.Output[dict[str, Any] | None] = nullable()
    """Why the job failed: code, message, param."""
    suffix: pulumi.Output[str | None] = nullable()
    """The suffix that was declared."""
    extra_body: pulumi.Output[dict[str, Any] | None] = nullable()
    """The extra fields that were declared."""
    triggers: pulumi.Output[Any] = nullable()
    """The triggers that were declared."""
    paused: pulumi.Output[bool | None] = nullable()
    """What was declared; `status` says what is."""
    max_estimated_cost_usd: pulumi.Output[float | None] = nullable()
    """The bound that was declared, USD."""
    training_file_digest: pulumi.Output[str | None] = nullable()
    """Digest of the rows it trains on, when given a FineTuningFile."""
    validation_file_digest: pulumi.Output[str | None] = nullable()
    """Digest of the validation rows, when given a FineTuningFile."""
    estimated_tokens: pulumi.Output[int | None] = nullable()
    """Estimated billed tokens: those of one pass times the epochs; None when unknown."""
    estimated_cost_usd: pulumi.Output[str | None] = nullable()
    """Estimated cost in USD as text: "3.08", "0.21 to 0.41" or "unknown"."""
    estimated_cost_usd_low: pulumi.Output[float | None] = nullable()
    """Lower end of the estimate in USD; None when unknown."""
    estimated_cost_usd_high: pulumi.Output[float | None] = nullable()
    """Upper end of the estimate in USD; None when unknown."""

    @suggest_arguments
    def __init__(  # noqa: PLR0913 - one argument per field of the create call
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        training_file: FineTuningFile | pulumi.Input[str],
        validation_file: FineTuningFile | pulumi.Input[str] | None = None,
        method: pulumi.Input[Method] | None = None,
        hyperparameters: pulumi.Input[SupervisedHyperparameters] | None = None,
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

        Args:
            resource_name: its name in the stack.
            model: the base model, or an earlier fine-tuned one where the service allows it.
            training_file: a FineTuningFile, or the id of a file at the service.
            validation_file: the same. Default: none.
            method: `supervised()`, `dpo()` or `reinforcement()`, or the API's own dict. Default: supervised, with
                everything left to the service.
            hyperparameters: the older form of `method`, for supervised training only.
            suffix: up to 64 characters of the fine-tuned model's name. Default: none.
            seed: 0 to 2147483647. Default: the service chooses one.
            metadata: up to 14 pairs of strings (the service allows 16, two are ours). Default: none.
            integrations: services that receive the job's metrics. Default: none.
            extra_body: fields of the create call that a compatible server or Azure knows and this resource does not.
            triggers: any value; changing it trains again on purpose.
            paused: True pauses a running job, False resumes it. Default None leaves it to the service.
            max_estimated_cost_usd: USD; the preview fails when the estimate is higher, or unknown. Default: no bound.
            adopt_job_id: take over this job of the service, and create none; it must be what is declared.
            opts: `import_` means `adopt_job_id`, and `replacement_trigger` is one more trigger.

        Raises:
            TypeError: for an argument that does not exist, with the closest one.
            pulumi.RunError: for an option or a setting that cannot be used.
        """
        self._declared_paused = paused is True
        self._ends: list[EndFacts] = []
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
        """Read an existing job, which is never changed or cancelled. A job that is not visible fails the update.

        Args:
            resource_name: its name in the stack.
            id: the job's id at the service.
            opts: resource options.
        """
        job = FineTuningJob.__new__(FineTuningJob)
        job._ends = []  # noqa: SLF001 - our own
        job._register(  # noqa: SLF001 - our own
            resource_name, {}, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        )
        return job

    _declared_paused = False
    _slot_group: SlotGroup | None = None
    _read_by = None

    def _register(
        self, resource_name: str, given: dict[str, Any], opts: pulumi.ResourceOptions, data: Any = None
    ) -> None:
        join_program()
        require_usable_settings()
        of_files = {
            key for name in data or () for key in (name, f"{name}_digest")
        }  # ids and digests: no secrets
        program = program_inputs(
            self.TYPE, resource_name, opts, {name: given[name] for name in given.keys() - of_files}
        )
        if data:
            program["data"] = data
        own = pulumi.ResourceOptions(hide_diffs=_hidden_in_diffs(given))
        if opts.id is not None:
            self._read_by = opts.id
            program |= read_inputs(self.TYPE, resource_name, opts)
        elif not is_preview_or_mock():
            slots = program_run().slots
            # The hook first: it lets the program's loop run, and the slot asks for this resource's provider.
            own.hooks = pulumi.ResourceHookBinding(on_error=[slots.error_hook()])
            program["slot"] = slots.hold_back(
                self, resource_name, given, program["urn"], opts, self._slot_group
            )
        props: dict[str, Any] = {**_UNSET, **given, PROGRAM: program}
        super().__init__(
            FineTuningJobProvider(), resource_name, props, pulumi.ResourceOptions.merge(own, opts)
        )


def _hidden_in_diffs(given: Mapping[str, Any]) -> list[str]:
    """What the service decides, and so nothing that a reviewer has to see in a diff.

    The engine draws a replacement from the old outputs against the new inputs: whatever only the
    service sets would look removed.
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
