"""The one table of a training file's fields. Every other list of them is derived here."""

from __future__ import annotations

from typing import Final

from pulumi_ftjobs.lifecycle.field_table import Field, names

FILE: Final = (
    Field(
        "path", "string",
        "A JSONL file, absolute or relative to the project folder. Exactly one of `path` and `content`.",
        input=True, effect="replace", compared="rows", echoed=True,
    ),
    Field(
        "content", "objects", "The rows themselves, never stored in the state. Exactly one of `path` and `content`.",
        input=True, effect="replace", compared="rows",
    ),
    Field(
        "deletion_policy", "string",
        '"delete" or "retain": whether the upload is deleted with the resource. Absent: deleted, unless a job of this '
        "stack succeeded with it.",
        input=True, effect="update", echoed=True,
    ),
    Field(
        "expires_after", "integer",
        "Seconds after which the service deletes the upload, 3600 to 2592000. Absent: never.",
        input=True, effect="update", echoed=True,
    ),
    Field(
        "rows_digest", "string", "Digest of the rows: decides whether anything trains again.",
        computed=True, effect="replace",
    ),
    Field(
        "bytes_digest", "string", "Digest of the bytes: decides whether anything is uploaded again.",
        computed=True, effect="nothing",
    ),
    Field("bytes", "integer", "Size in bytes.", computed=True, effect="nothing"),
    Field("rows", "integer", "Number of rows.", computed=True, effect="nothing"),
    Field(
        "format", "string", "chat, preference, reinforcement or completion; absent otherwise.",
        computed=True, effect="nothing",
    ),
    Field(
        "tokens", "integer", "Tokens in the file: counted if a tokenizer is installed, else estimated.",
        computed=True, effect="nothing",
    ),
    Field("tokens_exact", "boolean", "Whether `tokens` was counted.", computed=True, effect="nothing"),
    Field(
        "images", "integer", "Images in the rows; their tokens are not counted.", computed=True, effect="nothing"
    ),
    Field("created_at", "integer", "When it was uploaded, in seconds since 1970.", output=True),
    Field("expires_at", "integer", "When the service deletes it, in seconds since 1970.", output=True),
    Field("filename", "string", "The name it was uploaded under.", output=True),
    Field("object", "string", "The API's object name, `file`.", output=True),
    Field("purpose", "string", "The API's purpose, `fine-tune`.", output=True),
    Field("status", "string", "The service's status of the upload.", output=True),
)  # fmt: skip

FIGURES: Final = names(field for field in FILE if field.computed)
"""Computed inputs: known in preview, visible to a reviewer."""

FILE_OUTPUTS: Final = names(field for field in FILE if field.output)
"""Outputs that only the service sets."""

FILE_RECORDED: Final = names(field for field in FILE if field.effect == "update")
"""Inputs that the state keeps beside the figures, and that an update records."""
