"""The properties of a FineTuningJob in the schema."""

from __future__ import annotations

from typing import Final

from pulumi_ftjobs.native.resource_tables import Property

JOB: Final = (
    Property(
        "model",
        "string",
        "The base model, or an earlier fine-tuned one. As an output: as the service resolved it.",
        "both",
        required=True,
    ),
    Property(
        "training_file",
        "string",
        "The id of a file at the service. Exactly one of `trainingFile`, `trainingData`.",
        "both",
    ),
    Property(
        "training_data",
        "file",
        "A FineTuningFile: its data is checked and its cost estimated in the preview.",
        "input",
    ),
    Property("validation_file", "string", "The id of a validation file at the service.", "both"),
    Property("validation_data", "file", "A FineTuningFile with validation rows.", "input"),
    Property(
        "method",
        "any",
        "How to train, in the API's own shape: `{type: supervised, supervised: {hyperparameters: {n_epochs: 3}}}`.",
        "both",
    ),
    Property("hyperparameters", "any", "Legacy; prefer `method`.", "both"),
    Property("suffix", "string", "Up to 64 characters of the fine-tuned model's name.", "both"),
    Property("seed", "integer", "0 to 2147483647. Default: the service chooses one.", "both"),
    Property("metadata", "pairs", "Up to 14 pairs of strings.", "both"),
    Property("integrations", "list", "Integrations, in the API's own shape.", "both"),
    Property(
        "extra_body",
        "object",
        "Fields of the create call that a compatible server or Azure knows and this resource lacks.",
        "both",
    ),
    Property("triggers", "any", "Any value; changing it trains again on purpose.", "both"),
    Property(
        "paused",
        "boolean",
        "true pauses a running job, false resumes it. Default: the service decides.",
        "both",
    ),
    Property(
        "max_estimated_cost_usd",
        "number",
        "The preview fails when the estimate is higher, or cannot be made. In USD.",
        "both",
    ),
    Property(
        "adopt_job_id",
        "string",
        "Adopt this existing job and create none; it must match the declaration.",
        "input",
    ),
    Property(
        "training_file_digest", "string", "Digest of the rows that the job trains on, when they are known."
    ),
    Property("validation_file_digest", "string", "Digest of the validation rows, when they are known."),
    Property("estimated_tokens", "any", "Estimated billable tokens."),
    Property("estimated_cost_usd", "any", "Estimated cost in USD."),
    Property(
        "status", "string", "The service's status as of the last create, update or refresh.", required=True
    ),
    Property(
        "fine_tuned_model",
        "string",
        "The model's name once the job has succeeded and the state is refreshed; see FineTunedModel.",
    ),
    Property("created_at", "integer", "When it was created, in seconds since 1970."),
    Property(
        "finished_at", "integer", "When it finished, in seconds since 1970; absent while it is unfinished."
    ),
    Property("estimated_finish", "integer", "When the service expects it to finish, in seconds since 1970."),
    Property("object", "string", "The API's object name, `fine_tuning.job`."),
    Property("organization_id", "string", "The organization that owns the job."),
    Property("result_files", "strings", "Ids of the result files."),
    Property("trained_tokens", "integer", "Billable tokens, once the job has succeeded."),
    Property("error", "object", "Why the job failed: code, message, param."),
)
