"""The one table of a fine-tuned model's fields. Every other list of them is derived here."""

from __future__ import annotations

from typing import Final

from pulumi_ftjobs.lifecycle.field_table import Field, names

MODEL: Final = (
    Field(
        "job", "job", "The job that trains the model: a FineTuningJob, or a job's id.",
        input=True, required=True, effect="replace",
    ),
    Field(
        "accept", "bounds",
        'Bounds on the final metrics, such as `{"valid_loss_below": 0.9}`, or a function of them. A refused model '
        "fails the update, and what uses an earlier model keeps it.",
        input=True, effect="nothing",
    ),
    Field(
        "deletion_policy", "string",
        '"retain" or "delete": whether the model is deleted at the service with the resource. Absent: kept.',
        input=True, effect="update", echoed=True,
    ),
    Field(
        "deploy", "boolean",
        "True creates the deployment that gives the model its name, at a service that needs one (Nebius), and deletes "
        "it with the resource.",
        input=True, effect="replace", echoed=True,
    ),
    Field("job_id", "string", "The id of the job that trained it.", output=True),
    Field("name", "string", "The model's name (also its id): what an application asks for.", output=True),
    Field("status", "string", "How the job ended: `succeeded`.", output=True),
    Field("base_model", "string", "The base model as the service resolved it.", output=True),
    Field("trained_tokens", "integer", "Billable tokens.", output=True),
    Field("result_files", "list", "Ids of the result files.", output=True),
    Field("metrics", "object", "The job's final metrics, under the service's names.", output=True),
    Field("created_at", "integer", "When the model was created, in seconds since 1970.", output=True),
    Field("finished_at", "integer", "When the job finished, in seconds since 1970.", output=True),
    Field("owned_by", "string", "Who owns the model.", output=True),
    Field(
        "shutdown_date", "string", "When the service shuts it down (YYYY-MM-DD), if announced.", output=True
    ),
)  # fmt: skip

MODEL_OUTPUTS: Final = names(field for field in MODEL if field.output and field.name != "job_id")
"""Outputs that only the service sets."""
