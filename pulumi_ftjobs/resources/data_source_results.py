"""What the data sources answer: the service's objects under its own names, None where it said nothing."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, TypeVar, cast

import pulumi
from typing_extensions import Self

from pulumi_ftjobs.lifecycle.values import whole_numbers

R = TypeVar("R")
A = TypeVar("A", bound="_AtOnce")


class _AtOnce:
    """May be awaited: the value is there already, as in every Pulumi SDK."""

    def __await__(self) -> Generator[Any, None, Self]:
        if False:
            yield
        return self


@pulumi.output_type
class GetFineTuningJobResult:
    """A job as the service has it now."""

    id: str
    """The job's id."""
    object: str | None
    """`fine_tuning.job`."""
    created_at: int | None
    """Seconds since 1970."""
    finished_at: int | None
    """Seconds since 1970; None while it is unfinished."""
    estimated_finish: int | None
    """Seconds since 1970, if the service estimates."""
    status: str
    """The service's word."""
    model: str | None
    """The base model, as the service resolved it."""
    fine_tuned_model: str | None
    """The model's name, once the job has succeeded."""
    organization_id: str | None
    """The organization that owns it."""
    training_file: str | None
    """The id of its training file."""
    validation_file: str | None
    """The id of its validation file."""
    result_files: list[str]
    """Ids of its result files."""
    trained_tokens: int | None
    """Billable tokens, once the job has succeeded."""
    hyperparameters: dict[str, Any] | None
    """The supervised hyperparameters it trains with."""
    method: dict[str, Any] | None
    """The method it trains with."""
    integrations: list[Any]
    """Its integrations."""
    metadata: dict[str, str] | None
    """All its pairs, those by which a stack finds its jobs again included."""
    seed: int | None
    """The seed that was used."""
    error: dict[str, Any] | None
    """Why it failed: code, message, param."""


@pulumi.output_type
class GetFineTuningJobsResult:
    """The jobs that match, newest first."""

    ids: list[str]
    """Their ids."""
    jobs: list[GetFineTuningJobResult]
    """The jobs."""


@pulumi.output_type
class FineTuningJobEvent:
    """One event of a job."""

    id: str
    """The event's id."""
    created_at: int | None
    """Seconds since 1970."""
    level: str | None
    """info, warn or error."""
    message: str | None
    """The service's words."""
    type: str | None
    """message or metrics."""
    data: dict[str, Any] | None
    """The figures of a metrics event: step, train_loss and so on."""


@pulumi.output_type
class GetFineTuningJobEventsResult:
    """The events of a job, newest first."""

    id: str
    """The job's id."""
    events: list[FineTuningJobEvent]
    """The events."""


@pulumi.output_type
class FineTuningJobCheckpoint:
    """One checkpoint of a job: a separate model."""

    id: str
    """The checkpoint's id."""
    created_at: int | None
    """Seconds since 1970."""
    step_number: int | None
    """The step it was taken at."""
    fine_tuned_model_checkpoint: str | None
    """The name under which it can be used and shared."""
    metrics: dict[str, Any] | None
    """The figures at that step."""


@pulumi.output_type
class GetFineTuningJobCheckpointsResult:
    """The checkpoints of a job, newest first."""

    id: str
    """The job's id."""
    checkpoints: list[FineTuningJobCheckpoint]
    """The checkpoints."""


@pulumi.output_type
class GetModelResult:
    """A model, base or fine-tuned."""

    id: str
    """The model's name."""
    object: str | None
    """`model`."""
    created: int | None
    """When it was made, seconds since 1970."""
    owned_by: str | None
    """Who owns it."""
    shutdown_date: str | None
    """When the service takes it down (YYYY-MM-DD), if announced."""


class AwaitableGetFineTuningJobResult(_AtOnce, GetFineTuningJobResult):
    """GetFineTuningJobResult, which may be awaited."""


class AwaitableGetFineTuningJobsResult(_AtOnce, GetFineTuningJobsResult):
    """GetFineTuningJobsResult, which may be awaited."""


class AwaitableGetFineTuningJobEventsResult(_AtOnce, GetFineTuningJobEventsResult):
    """GetFineTuningJobEventsResult, which may be awaited."""


class AwaitableGetFineTuningJobCheckpointsResult(_AtOnce, GetFineTuningJobCheckpointsResult):
    """GetFineTuningJobCheckpointsResult, which may be awaited."""


class AwaitableGetModelResult(_AtOnce, GetModelResult):
    """GetModelResult, which may be awaited."""


_LISTS: Mapping[str, type | None] = {
    "checkpoints": FineTuningJobCheckpoint,
    "events": FineTuningJobEvent,
    "ids": None,
    "integrations": None,
    "jobs": GetFineTuningJobResult,
    "result_files": None,
}
"""Members that are lists, never None, and of what."""


def result_of(kind: type[R], facts: Mapping[str, Any]) -> R:
    """`facts`, in the API's shape, as a result: whole numbers as ints, absent members None or []."""
    values: dict[str, Any] = {}
    for name in _members(kind):
        value = whole_numbers(facts.get(name))
        if name in _LISTS:
            item = _LISTS[name]
            value = [result_of(item, one) if item else one for one in value or []]
        values[name] = value
    return cast("Any", kind)(**values)  # type: ignore[no-any-return]


def _members(kind: type) -> list[str]:
    return [name for parent in reversed(kind.__mro__) for name in vars(parent).get("__annotations__", {})]
