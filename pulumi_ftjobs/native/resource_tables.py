"""The properties of the plugin's functions and settings, and of what has no field table: what the schema is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pulumi_ftjobs.lifecycle.job_fields import JOB, JOB_OUTPUTS
from pulumi_ftjobs.native.schema_property import Property, Type, property_of


@dataclass(frozen=True)
class Function:
    """One function."""

    name: str
    text: str
    arguments: tuple[Property, ...]
    results: tuple[Property, ...]


def _in(name: str, type_: Type, text: str, *, required: bool = False) -> Property:
    return Property(name, type_, text, "input", required)


def _both(name: str, type_: Type, text: str, *, required: bool = False) -> Property:
    return Property(name, type_, text, "both", required)


PERMISSION: Final = (
    _both("checkpoint", "string", "The checkpoint's name, as in `fineTunedModelCheckpoint`.", required=True),
    _both("project_id", "string", "The project that may use it.", required=True),
    Property("created_at", "integer", "When the permission was granted, in seconds since 1970."),
)

SETTINGS: Final = (
    Property(
        "admin_key",
        "string",
        "Admin key, for CheckpointPermission. Environment: OPENAI_ADMIN_KEY.",
        "input",
        secret=True,
    ),
    Property(
        "api_key",
        "string",
        "API key. Environment: OPENAI_API_KEY; for Azure AZURE_OPENAI_API_KEY.",
        "input",
        secret=True,
    ),
    Property(
        "ad_token",
        "string",
        "Entra token for Azure. Environment: AZURE_OPENAI_AD_TOKEN.",
        "input",
        secret=True,
    ),
    _in("auth", "string", "bearer, key (an api-key header) or entra. Default: what the service uses."),
    _in(
        "base_url",
        "string",
        "Base URL of the API. Environment: OPENAI_BASE_URL; for Azure AZURE_OPENAI_ENDPOINT.",
    ),
    Property(
        "headers",
        "string",
        "Further headers of every call, as a JSON object of strings, for a gateway in front of the service.",
        "input",
        secret=True,
    ),
    _in("azure_customer", "string", "existing or new: which of Azure's announced dates apply."),
    _in(
        "ask_for_prices",
        "boolean",
        "Ask the service for a price estimate in `pulumi up`, where it gives one.",
    ),
    _in(
        "create_without_listing",
        "boolean",
        "Create a job on a file that the same command uploads, also where a gateway cannot list jobs.",
    ),
    _in(
        "max_active_jobs", "integer", "The account's limit of unfinished jobs: further jobs wait for a slot."
    ),
    _in(
        "max_estimated_cost_usd_per_job",
        "number",
        "A preview fails when the estimate of a job is higher, in USD.",
    ),
    _in("organization", "string", "Sent as OpenAI-Organization. Environment: OPENAI_ORG_ID."),
    _in("prices", "string", "Prices per model, as JSON, in place of the table that ships with the package."),
    _in("profile", "string", "Whose rules apply; default: detected from the base URL's host."),
    _in("project", "string", "Sent as OpenAI-Project. Environment: OPENAI_PROJECT_ID."),
    _in(
        "pulumi_organization",
        "string",
        "On Pulumi Cloud: the organization of the stack, which identifies its jobs.",
    ),
    _in("shutdown_dates", "string", "Shutdown dates per model, as JSON, in place of the announced ones."),
    _in(
        "stack_id",
        "string",
        "Identifies the stack's jobs in place of organization, project, stack and backend.",
    ),
    _in(
        "wait",
        "boolean",
        "false: FineTunedModel and awaitJob do not wait. Environment: FTJOBS_WAIT. Default: true.",
    ),
)

_ID = _in("id", "string", "The job's id.", required=True)
_LIMIT = _in("limit", "integer", "Maximum number of results. Default: all.")
_METADATA = "All metadata pairs, including those by which a stack recognises its jobs."

_FACT_TEXTS: Final = {
    "metadata": _METADATA,
    "model": "The base model as the service resolved it.",
    "seed": "The seed that was used.",
    "training_file": "The id of its training file.",
    "validation_file": "The id of its validation file.",
}
"""Descriptions of a job's facts that differ from those of the inputs."""
JOB_FACTS: Final = tuple(
    Property(one.name, one.type, _FACT_TEXTS.get(one.name, one.text), required=one.name in {"id", "status"})
    for one in map(property_of, JOB)
    if one.name in JOB_OUTPUTS
)
EVENT: Final = (
    Property("id", "string", "The event's id.", required=True),
    Property("created_at", "integer", "When it happened, in seconds since 1970."),
    Property("level", "string", "info, warn or error."),
    Property("message", "string", "The service's message."),
    Property("type", "string", "message or metrics."),
    Property("data", "object", "The figures of a metrics event."),
)
CHECKPOINT: Final = (
    Property("id", "string", "The checkpoint's id.", required=True),
    Property("created_at", "integer", "When it was written, in seconds since 1970."),
    Property("step_number", "integer", "The step it was written at."),
    Property("fine_tuned_model_checkpoint", "string", "The name under which it can be used and shared."),
    Property("metrics", "object", "The metrics at that step."),
)
TYPES: Final = {
    "FineTuningJobFacts": ("A job as the service has it now.", JOB_FACTS),
    "FineTuningJobEvent": ("One event of a job.", EVENT),
    "FineTuningJobCheckpoint": ("One checkpoint of a job, which is a model that can be used.", CHECKPOINT),
}

FUNCTIONS: Final = (
    Function("getFineTuningJob", "Read one job by its id.", (_ID,), JOB_FACTS),
    Function(
        "getFineTuningJobs",
        "Read the jobs that match every argument, newest first.",
        (
            _in("status", "string", "The service's status."),
            _in("model", "string", "The base model; an alias also finds its snapshots."),
            _in("metadata", "pairs", "Metadata pairs that a job must have."),
            _in("created_after", "string", "Inclusive: seconds since 1970, or a date or time in ISO 8601."),
            _in("created_before", "string", "Exclusive: seconds since 1970, or a date or time in ISO 8601."),
            _LIMIT,
        ),
        (
            Property("ids", "strings", "Their ids.", required=True),
            Property("jobs", "list", "The jobs.", required=True, items="FineTuningJobFacts"),
        ),
    ),
    Function(
        "getFineTuningJobEvents",
        "Read the events of a job, newest first.",
        (_ID, _in("type", "string", "Only `message` or only `metrics`."), _LIMIT),
        (
            Property("id", "string", "The job's id.", required=True),
            Property("events", "list", "The events.", required=True, items="FineTuningJobEvent"),
        ),
    ),
    Function(
        "getFineTuningJobCheckpoints",
        "Read the checkpoints of a job, newest first.",
        (_ID,),
        (
            Property("id", "string", "The job's id.", required=True),
            Property(
                "checkpoints", "list", "The checkpoints.", required=True, items="FineTuningJobCheckpoint"
            ),
        ),
    ),
    Function(
        "getModel",
        "Read one model by its name, base or fine-tuned.",
        (_in("name", "string", "The model's name.", required=True),),
        (
            Property("id", "string", "The model's name.", required=True),
            Property("object", "string", "The API's object name, `model`."),
            Property("created", "integer", "When it was created, in seconds since 1970."),
            Property("owned_by", "string", "Who owns it."),
            Property("shutdown_date", "string", "When the service shuts it down (YYYY-MM-DD), if announced."),
        ),
    ),
    Function(
        "awaitJob",
        "Wait until a job has succeeded, without holding one of the engine's workers as FineTunedModel does. "
        "A job that fails or is cancelled fails the update. In a preview it answers at once.",
        (
            _in("job_id", "string", "The job's id.", required=True),
            _in("timeout", "string", 'How long to wait, such as "6h" or "90m". Default: without a limit.'),
        ),
        (
            Property("job_id", "string", "The job's id, for FineTunedModel.", required=True),
            Property("status", "string", "The job's status.", required=True),
            Property("fine_tuned_model", "string", "The model's name, once the job has succeeded."),
        ),
    ),
)
