"""The shapes of the service's answers, read generously.

Reality differs from the published schema (`error: {}` on a healthy job, null hyperparameters, words
never seen before), so unknown fields pass, nulls become absent, and only what we rely on is required.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pulumi_ftjobs.api.errors import Answer, Unreadable
from pulumi_ftjobs.lifecycle.values import listed, one_line, whole_numbers


class Wire(BaseModel):
    """One object of the API. Unknown fields are kept."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    id: str = Field(min_length=1)

    def facts(self) -> dict[str, Any]:
        """The object as plain data, without nulls and with whole numbers as ints."""
        values = self.model_dump()
        return {name: whole_numbers(value) for name, value in values.items() if value is not None}


class Job(Wire):
    """A fine-tuning job."""

    status: str
    created_at: int | float | None = None
    metadata: dict[str, Any] | None = None
    result_files: list[str] = Field(default_factory=list)
    error: dict[str, Any] | None = None

    @field_validator("error", mode="before")
    @classmethod
    def _an_empty_error_is_none(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping) and any(value.values()) else None

    @field_validator("result_files", mode="before")
    @classmethod
    def _no_list_is_an_empty_list(cls, value: Any) -> Any:
        return value or []


class File(Wire):
    """An uploaded file."""

    filename: str = ""
    bytes: int | None = None
    status: str | None = None
    purpose: str | None = None


class Event(Wire):
    """One event of a job."""

    created_at: int | float = 0
    level: str = "info"
    message: str = ""
    type: str | None = None
    data: dict[str, Any] | None = None

    @field_validator("data", mode="before")
    @classmethod
    def _only_objects(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping) else None


class Checkpoint(Wire):
    """A checkpoint of a job."""

    created_at: int | float = 0
    step_number: int | float | None = None
    fine_tuned_model_checkpoint: str | None = None
    metrics: dict[str, Any] | None = None


class Permission(Wire):
    """A checkpoint permission."""

    project_id: str | None = None
    created_at: int | float = 0


class Model(Wire):
    """A model, base or fine-tuned."""

    owned_by: str | None = None
    created: int | float | None = None
    shutdown_date: str | None = None


class Deployment(Wire):
    """A deployed model, at services where a model is callable only once it is deployed. Its id is its name."""

    source: str | None = None
    status: str | None = None
    status_reason: str | None = None
    created_at: int | float | None = None

    @model_validator(mode="before")
    @classmethod
    def _the_name_is_the_id(cls, value: Any) -> Any:
        return {**value, "id": value["name"]} if isinstance(value, Mapping) and "name" in value else value


W = TypeVar("W", bound=Wire)


def read_as(kind: type[W], value: Any, what: str) -> W:
    """`value` as `kind`. Raises Unreadable, naming the fields that do not fit."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in item["loc"]) for item in error.errors()})
        wrong = one_line(listed(fields), 120) or "its form"
        raise Unreadable(
            f"{what}: the answer is not a {kind.__name__.lower()} of this API ({wrong})", Answer(status=200)
        ) from None


def page_of(kind: type[W], body: Mapping[str, Any], what: str) -> tuple[list[W], bool]:
    """The objects of one page of a list, and whether there are more. A missing list is Unreadable."""
    data = body.get("data")
    if not isinstance(data, list):
        raise Unreadable(f"{what}: the answer is not a list of this API", Answer(status=200))
    return [read_as(kind, item, what) for item in data], bool(body.get("has_more"))
