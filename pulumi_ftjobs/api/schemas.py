"""The shapes of the service's answers, read generously.

Reality differs from the published schema (`error: {}` on a healthy job, null hyperparameters, unknown statuses), so
unknown fields pass, an optional field of another type counts as absent, and only what we rely on is required.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, TypeVar

from pulumi_ftjobs.api.errors import Answer, Unreadable
from pulumi_ftjobs.lifecycle.field_table import FieldType
from pulumi_ftjobs.lifecycle.job_fields import JOB
from pulumi_ftjobs.lifecycle.values import listed, whole_numbers

NUMBER: Final = (int, float)
_TYPES: Final[Mapping[FieldType, tuple[type, ...]]] = {
    "string": (str,),
    "file": (str,),
    "integer": NUMBER,
    "object": (dict,),
    "strings": (dict,),
    "list": (list,),
    "objects": (list,),
}


class Wire:
    """One object of the API; its fields are attributes, unknown ones too."""

    id: str
    required: ClassVar[tuple[str, ...]] = ("id",)
    """Fields that must be non-empty strings."""
    optional: ClassVar[Mapping[str, tuple[tuple[type, ...], Any]]] = {}
    """Types and default of each field that may be absent."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        fields = dict(values)
        for name, (types, default) in self.optional.items():
            value = fields.get(name)
            if not isinstance(value, types) or isinstance(value, bool):
                fields[name] = default() if callable(default) else default
        self.__dict__.update(fields)

    def facts(self) -> dict[str, Any]:
        """The object as plain data, without nulls and with whole numbers as ints."""
        return {name: whole_numbers(value) for name, value in self.__dict__.items() if value is not None}


class Job(Wire):
    """A fine-tuning job."""

    status: str
    created_at: int | float | None
    metadata: dict[str, Any] | None
    result_files: list[str]
    error: dict[str, Any] | None
    fine_tuned_model: str | None
    required = ("id", "status")
    # Every field that becomes an output has its type: a program stops at an output of another one.
    optional: ClassVar = {
        field.name: (_TYPES[field.type], list if field.type == "list" else None)
        for field in JOB
        if field.output
    }

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        files: list[Any] = self.result_files
        self.result_files = [one for one in files if isinstance(one, str)]
        if self.metadata is not None:
            self.metadata = {name: value for name, value in self.metadata.items() if isinstance(value, str)}
        if not any((self.error or {}).values()):
            self.error = None  # services send an empty error with a healthy job


class File(Wire):
    """An uploaded file."""

    filename: str
    bytes: int | None
    status: str | None
    purpose: str | None
    optional: ClassVar = {
        "object": ((str,), None),
        "created_at": (NUMBER, None),
        "expires_at": (NUMBER, None),
        "filename": ((str,), ""),
        "bytes": ((int,), None),
        "status": ((str,), None),
        "purpose": ((str,), None),
    }


class Event(Wire):
    """One event of a job."""

    created_at: int | float
    level: str
    message: str
    type: str | None
    data: dict[str, Any] | None
    optional: ClassVar = {
        "created_at": (NUMBER, 0),
        "level": ((str,), "info"),
        "message": ((str,), ""),
        "type": ((str,), None),
        "data": ((dict,), None),
    }


class Checkpoint(Wire):
    """A checkpoint of a job."""

    created_at: int | float
    step_number: int | float | None
    fine_tuned_model_checkpoint: str | None
    metrics: dict[str, Any] | None
    optional: ClassVar = {
        "created_at": (NUMBER, 0),
        "step_number": (NUMBER, None),
        "fine_tuned_model_checkpoint": ((str,), None),
        "metrics": ((dict,), None),
    }


class Permission(Wire):
    """A checkpoint permission."""

    project_id: str | None
    created_at: int | float
    optional: ClassVar = {"project_id": ((str,), None), "created_at": (NUMBER, 0)}


class Model(Wire):
    """A model, base or fine-tuned."""

    owned_by: str | None
    created: int | float | None
    shutdown_date: str | None
    optional: ClassVar = {
        "owned_by": ((str,), None),
        "created": (NUMBER, None),
        "shutdown_date": ((str,), None),
    }


class Deployment(Wire):
    """A deployed model, at services where a model is callable only once it is deployed. Its id is its name."""

    source: str | None
    status: str | None
    status_reason: str | None
    created_at: int | float | None
    required = ("name",)
    optional: ClassVar = {
        "source": ((str,), None),
        "status": ((str,), None),
        "status_reason": ((str,), None),
        "created_at": (NUMBER, None),
    }

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__({**values, "id": values["name"]})


W = TypeVar("W", bound=Wire)


def read_as(kind: type[W], value: Any, what: str) -> W:
    """`value` as `kind`. Raises Unreadable, naming the fields that are missing."""
    fields = value if isinstance(value, Mapping) else {}
    missing = [name for name in kind.required if not isinstance(fields.get(name), str) or not fields[name]]
    if not missing:
        return kind(fields)
    wrong = listed(missing) if isinstance(value, Mapping) else "its form"
    raise Unreadable(
        f"{what}: the answer is not a {kind.__name__.lower()} of this API ({wrong})", Answer(status=200)
    )


def page_of(kind: type[W], body: Mapping[str, Any], what: str) -> tuple[list[W], bool]:
    """The objects of one page of a list, and whether there are more. A missing list is Unreadable."""
    data = body.get("data")
    if not isinstance(data, list):
        raise Unreadable(f"{what}: the answer is not a list of this API", Answer(status=200))
    # Without `has_more` only an empty page, or one without anything new, is the last.
    return [read_as(kind, item, what) for item in data], bool(body.get("has_more", bool(data)))
