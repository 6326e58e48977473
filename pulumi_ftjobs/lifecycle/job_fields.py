"""The one table of a job's fields. Every other list of them is derived here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pulumi_ftjobs.lifecycle.field_table import Effect, Field, names

JOB: Final = (
    Field(
        "model", "string", "The base model, or an earlier fine-tuned one where the service allows it.",
        input=True, required=True, output=True, sent=True, identity=True, effect="replace", compared="model",
    ),
    Field(
        "training_file", "file", "The training data: a FineTuningFile, or the id of a file at the service.",
        input=True, required=True, output=True, sent=True, identity=True, effect="replace", compared="rows",
    ),
    Field(
        "validation_file", "file", "The validation data: a FineTuningFile, or the id of a file at the service.",
        input=True, output=True, nullable=True, sent=True, identity=True, effect="replace", compared="rows",
    ),
    Field(
        "method", "object", "How to train, in the API's own shape: `supervised`, `dpo` or `reinforcement`.",
        input=True, output=True, nullable=True, sent=True, identity=True, effect="replace", compared="method",
    ),
    Field(
        "hyperparameters", "object", "The older form of `method`, for supervised training only.",
        input=True, output=True, nullable=True, sent=True, identity=True, effect="replace", compared="method",
    ),
    Field(
        "suffix", "string", "Up to 64 characters of the fine-tuned model's name.",
        input=True, sent=True, identity=True, effect="replace", compared="value", echoed=True,
    ),
    Field(
        "seed", "integer", "0 to 2147483647; the service chooses one if absent.",
        input=True, output=True, nullable=True, sent=True, identity=True, effect="replace", compared="value",
    ),
    Field(
        "metadata", "strings", "Up to 14 pairs of strings kept with the job.",
        input=True, output=True, nullable=True, sent=True, effect="update", compared="value", secret=True,
    ),
    Field(
        "integrations", "objects", "Services that receive the job's metrics, such as Weights & Biases.",
        input=True, output=True, sent=True, effect="update", compared="value", secret=True,
    ),
    Field(
        "extra_body", "object", "Fields of the create call that this resource does not know.",
        input=True, identity=True, effect="replace", compared="value", echoed=True, secret=True,
    ),
    Field(
        "triggers", "any", "Any value; changing it trains again on purpose.",
        input=True, identity=True, effect="replace", compared="value", echoed=True, secret=True,
    ),
    Field(
        "paused", "boolean", "True pauses a running job, False resumes it; absent leaves it to the service.",
        input=True, effect="update", compared="status", echoed=True,
    ),
    Field(
        "max_estimated_cost_usd", "number", "USD; the preview fails if the estimate is higher, or unknown.",
        input=True, effect="nothing", echoed=True,
    ),
    Field(
        "adopt_job_id", "string", "Take over this existing job; none is created. It must match the declaration.",
        input=True, effect="replace", compared="value",
    ),
    Field(
        "training_file_digest", "string", "Digest of the rows it trains on, when given a FineTuningFile.",
        computed=True, effect="replace", echoed=True,
    ),
    Field(
        "validation_file_digest", "string", "Digest of the validation rows, when given a FineTuningFile.",
        computed=True, effect="replace", echoed=True,
    ),
    Field(
        "estimated_tokens", "integer", "Estimated billed tokens: those of one pass times the epochs.",
        computed=True, effect="nothing", echoed=True,
    ),
    Field(
        "estimated_cost_usd", "string", 'Estimated cost in USD as text: "3.08", "0.21 to 0.41" or "unknown".',
        computed=True, effect="nothing", echoed=True,
    ),
    Field(
        "estimated_cost_usd_low", "number", "Lower end of the estimate in USD; absent when unknown.",
        computed=True, effect="nothing", echoed=True,
    ),
    Field(
        "estimated_cost_usd_high", "number", "Upper end of the estimate in USD; absent when unknown.",
        computed=True, effect="nothing", echoed=True,
    ),
    Field("id", "string", "The job's id at the service.", output=True),
    Field("object", "string", "`fine_tuning.job`.", output=True, nullable=True),
    Field("created_at", "integer", "Creation time, seconds since 1970.", output=True, nullable=True),
    Field("finished_at", "integer", "End, seconds since 1970; absent before it.", output=True, nullable=True),
    Field(
        "estimated_finish", "integer", "Estimated end, seconds since 1970, if the service estimates it.",
        output=True, nullable=True,
    ),
    Field(
        "status", "string", "Status as the service reports it: validating_files, queued, running, ...", output=True
    ),
    Field(
        "fine_tuned_model", "string", "Name of the fine-tuned model once the job has succeeded.",
        output=True, nullable=True,
    ),
    Field("organization_id", "string", "The organization that owns the job.", output=True, nullable=True),
    Field("result_files", "list", "Ids of the result files.", output=True),
    Field("trained_tokens", "integer", "Billed tokens, once the job has succeeded.", output=True, nullable=True),
    Field("error", "object", "Why the job failed: code, message, param.", output=True, nullable=True),
)  # fmt: skip

JOB_INPUTS: Final = names(field for field in JOB if field.input)
"""What a user declares."""

JOB_COMPUTED: Final = names(field for field in JOB if field.computed)
"""Computed inputs: known in preview, so that a reviewer sees them."""

JOB_OUTPUTS: Final = names(field for field in JOB if field.output)
"""The API's job object, under the API's own names."""

NULLABLE_OUTPUTS: Final = names(field for field in JOB if field.output and field.nullable)
"""Outputs that are None where the service reports nothing."""

SERVICE_OUTPUTS: Final = names(
    field for field in JOB if field.output and not field.input and field.name != "id"
)
"""Outputs that only the service sets."""

SENT: Final = names(field for field in JOB if field.sent)
"""Inputs that are fields of the create call's body, under the same name."""

ECHOED: Final = names(field for field in JOB if field.echoed)
"""Inputs that the service does not report: copied to the outputs, or every replacement would show them as added."""

DIGESTED: Final = names(field for field in JOB if field.compared not in (None, "method"))
"""Inputs remembered as one digest each; the method is split further."""

COMPARED_BY_VALUE: Final = names(field for field in JOB if field.compared == "value")

FILES: Final = names(field for field in JOB if field.type == "file")

IDENTITY_VALUES: Final = names(
    field for field in JOB if field.identity and field.compared in ("value", "model")
)
"""Inputs whose values are part of the declaration; files are part by their rows, the method in one shape."""

EFFECTS: Final[Mapping[str, Effect]] = {field.name: field.effect for field in JOB if field.effect}
"""Every input and what a change of it means."""
