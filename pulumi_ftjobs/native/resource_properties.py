"""The properties of jobs, files and models in the schema: the field tables, with references in the plugin's way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from pulumi_ftjobs.lifecycle.field_table import Field
from pulumi_ftjobs.lifecycle.file_fields import FILE as FILE_FIELDS
from pulumi_ftjobs.lifecycle.job_fields import JOB as JOB_FIELDS
from pulumi_ftjobs.lifecycle.model_fields import MODEL as MODEL_FIELDS
from pulumi_ftjobs.native.schema_property import Property, property_of

_REFERENCES: Final = (
    Property(
        "training_data",
        "file",
        "A FineTuningFile, in place of `trainingFile`: the preview checks its rows and estimates the cost.",
        "input",
    ),
    Property("validation_data", "file", "A FineTuningFile, in place of `validationFile`.", "input"),
)
_JOB_TEXTS: Final[Mapping[str, str]] = {
    "training_file": "The id of a file at the service. Exactly one of `trainingFile` and `trainingData` is required.",
    "validation_file": "The id of a validation file at the service.",
    "training_file_digest": "Digest of the rows it trains on, when given `trainingData`.",
    "validation_file_digest": "Digest of the validation rows, when given `validationData`.",
}
"""Descriptions that differ because a file is referred to by another property here."""
_MODEL_TEXTS: Final[Mapping[str, str]] = {
    "job_id": "The id of the job that trains the model. Creating the resource waits for that job.",
    "accept": "Bounds on the final metrics, for example `{validLossBelow: 0.9}`: a metric, then Below, Above, AtMost "
    "or AtLeast. A refused model fails the update, and what uses an earlier model keeps it.",
}
"""Descriptions that differ because a model names its job by id here, and bounds are data."""


def _model_fields() -> Iterator[Field]:
    """The model's fields, with `job_id` declared in place of `job`."""
    for field in MODEL_FIELDS:
        if field.name != "job":
            yield replace(field, input=True) if field.name == "job_id" else field


JOB: Final = (
    *(
        # a file may be given by reference
        property_of(field, required=field.name in {"model", "status"}, text=_JOB_TEXTS.get(field.name, ""))
        for field in JOB_FIELDS
        if field.name != "id"
    ),
    *_REFERENCES,
)
FILE: Final = tuple(property_of(field) for field in FILE_FIELDS)
MODEL: Final = tuple(
    property_of(field, required=field.name == "job_id", text=_MODEL_TEXTS.get(field.name, ""))
    for field in _model_fields()
)
