"""The properties of a FineTuningJob in the schema: the one table of job fields, and references to files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pulumi_ftjobs.lifecycle.field_table import Field, FieldType
from pulumi_ftjobs.lifecycle.job_fields import JOB as FIELDS
from pulumi_ftjobs.native.resource_tables import Property, Type, Use

_TYPES: Final[Mapping[FieldType, Type]] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "file": "string",
    "object": "object",
    "strings": "pairs",
    "objects": "list",
    "list": "strings",
    "any": "any",
}
_REFERENCES: Final = (
    Property(
        "training_data",
        "file",
        "A FineTuningFile, in place of `trainingFile`: the preview checks its rows and estimates the cost.",
        "input",
    ),
    Property("validation_data", "file", "A FineTuningFile, in place of `validationFile`.", "input"),
)
_TEXTS: Final[Mapping[str, str]] = {
    "training_file": "The id of a file at the service. Exactly one of `trainingFile` and `trainingData` is required.",
    "validation_file": "The id of a validation file at the service.",
    "training_file_digest": "Digest of the rows it trains on, when given `trainingData`.",
    "validation_file_digest": "Digest of the validation rows, when given `validationData`.",
}
"""Descriptions that differ because a file is referred to by another property here."""


def _property(field: Field) -> Property:
    text = _TEXTS.get(field.name, field.description)
    output = field.output or field.echoed or field.computed
    use: Use = "both" if field.input and output else "input" if field.input else "output"
    required = field.name in {"model", "status"}  # a file may be given by reference
    return Property(field.name, _TYPES[field.type], text, use, required)


JOB: Final = (*(_property(field) for field in FIELDS if field.name != "id"), *_REFERENCES)
