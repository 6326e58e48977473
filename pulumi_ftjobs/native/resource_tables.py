"""The properties of this plugin's resources, functions and settings: what the schema is generated from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Type = Literal[
    "any", "boolean", "file", "integer", "number", "object", "pairs", "string", "strings", "list", "bounds"
]

Use = Literal["input", "output", "both"]


@dataclass(frozen=True)
class Property:
    """One property of a resource, function or configuration."""

    name: str
    """In snake_case; the schema and the wire have it in camelCase."""
    type: Type
    text: str
    """The description in the schema."""
    use: Use = "output"
    required: bool = False
    secret: bool = False
    items: str = ""
    """For a list of objects: the name of their schema type."""

    @property
    def is_input(self) -> bool:
        """Whether it may be declared."""
        return self.use != "output"

    @property
    def is_output(self) -> bool:
        """Whether the resource has it as an output."""
        return self.use != "input"


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


_POLICY = (
    '"retain" keeps it at the service when the resource is deleted, "delete" deletes it there. Default: '
)

FILE: Final = (
    _both(
        "path",
        "string",
        "A JSONL file, absolute or relative to the project folder. Exactly one of `path`, `content`.",
    ),
    _in(
        "content",
        "list",
        "The training rows themselves. They are never stored in the state. Exactly one of `path`, `content`.",
    ),
    _both("deletion_policy", "string", f'{_POLICY}"delete".'),
    _both(
        "expires_after",
        "integer",
        "Seconds after which the service deletes the upload, 3600 to 2592000. Default: never.",
    ),
    Property("rows_digest", "string", "Digest of the rows: decides whether anything trains again."),
    Property("bytes_digest", "string", "Digest of the bytes: decides whether anything is uploaded again."),
    Property("bytes", "integer", "Size in bytes."),
    Property("rows", "integer", "Number of rows."),
    Property("format", "string", "chat, preference, reinforcement or completion; absent otherwise."),
    Property("tokens", "integer", "Tokens in the file: counted if a tokenizer is installed, else estimated."),
    Property("tokens_exact", "boolean", "Whether `tokens` was counted."),
    Property("images", "integer", "Images in the rows; their tokens are not counted."),
    Property("created_at", "integer", "When it was uploaded, in seconds since 1970."),
    Property("expires_at", "integer", "When the service deletes it, in seconds since 1970."),
    Property("filename", "string", "The name it was uploaded under."),
    Property("object", "string", "The API's object name, `file`."),
    Property("purpose", "string", "The API's purpose, `fine-tune`."),
    Property("status", "string", "The service's status of the upload."),
)

MODEL: Final = (
    _both(
        "job_id",
        "string",
        "The id of the job that trains the model. Creating the resource waits for that job.",
        required=True,
    ),
    _in(
        "accept",
        "bounds",
        "Bounds on the final metrics, for example `{validLossBelow: 0.9}`: a metric, then Below, Above, AtMost or "
        "AtLeast. A refused model fails the update, and what uses an earlier model keeps it.",
    ),
    _both(
        "deploy",
        "boolean",
        "True creates the deployment that gives the model its name, at a service that needs one (Nebius), and deletes "
        "it with the resource.",
    ),
    _both("deletion_policy", "string", f'{_POLICY}"retain".'),
    Property("name", "string", "The model's name (also its id): what an application asks for."),
    Property("status", "string", "How the job ended: `succeeded`."),
    Property("base_model", "string", "The base model as the service resolved it."),
    Property("trained_tokens", "integer", "Billable tokens."),
    Property("result_files", "strings", "Ids of the result files."),
    Property("metrics", "object", "The job's final metrics, under the service's names."),
    Property("created_at", "integer", "When the model was created, in seconds since 1970."),
    Property("finished_at", "integer", "When the job finished, in seconds since 1970."),
    Property("owned_by", "string", "Who owns the model."),
    Property("shutdown_date", "string", "When the service shuts it down (YYYY-MM-DD), if announced."),
)

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

JOB_FACTS: Final = (
    Property("id", "string", "The job's id.", required=True),
    Property("object", "string", "The API's object name, `fine_tuning.job`."),
    Property("created_at", "integer", "When it was created, in seconds since 1970."),
    Property(
        "finished_at", "integer", "When it finished, in seconds since 1970; absent while it is unfinished."
    ),
    Property("estimated_finish", "integer", "When the service expects it to finish, in seconds since 1970."),
    Property("status", "string", "The service's status.", required=True),
    Property("model", "string", "The base model as the service resolved it."),
    Property("fine_tuned_model", "string", "The model's name, once the job has succeeded."),
    Property("organization_id", "string", "The organization that owns it."),
    Property("training_file", "string", "The id of its training file."),
    Property("validation_file", "string", "The id of its validation file."),
    Property("result_files", "strings", "Ids of its result files."),
    Property("trained_tokens", "integer", "Billable tokens, once the job has succeeded."),
    Property("hyperparameters", "object", "The supervised hyperparameters it trains with."),
    Property("method", "object", "The method it trains with, in the API's own shape."),
    Property("integrations", "list", "Its integrations."),
    Property("metadata", "pairs", _METADATA),
    Property("seed", "integer", "The seed that was used."),
    Property("error", "object", "Why it failed: code, message, param."),
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
