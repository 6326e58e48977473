"""Outputs that are true in a preview too: None where the service reports nothing, and a job's end once it is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pulumi

from pulumi_ftjobs.lifecycle.values import whole_numbers
from pulumi_ftjobs.resources.runtime.sdk import Unknown


class NullableOutput:
    """An output of a resource that is None, and not unknown, whenever another one is known.

    Nulls are not kept in the state, and the engine calls whatever is missing there unknown in every preview: without
    this a finished job's `error` would make everything after it unknown.
    """

    def __init__(self, known_by: str, missing: Any = None) -> None:
        """Args:
        known_by: the output that is always in the state.
        missing: the value of one that is missing.
        """
        self._known_by, self._missing = known_by, missing
        self._name = ""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, resource: pulumi.Resource | None, _owner: type | None = None) -> Any:
        if resource is None:
            return self
        raw: pulumi.Output[Any] = pulumi.get(resource, self._name)
        anchor: pulumi.Output[Any] = pulumi.get(resource, self._known_by)
        return anchor.apply(lambda _known: raw.apply(self._value, run_with_unknowns=True))

    def __set__(self, _resource: pulumi.Resource, _value: Any) -> None:
        raise AttributeError(f"{self._name}: an output cannot be set")

    def _value(self, value: Any) -> Any:
        return self._missing if value is None or isinstance(value, Unknown) else whole_numbers(value)


EndFacts = Callable[[], Awaitable[Mapping[str, Any] | None]]
"""Asks for a job's facts at its end; None where no model of it is recorded, and none will be in this update."""


class JobEndOutput(NullableOutput):
    """An output of a job that has its value at the end, where the program declares the job's model.

    The state has a job as of its last create, update or refresh, so `job.status` would be `validating_files` after
    an update that has waited for it, and a preview would show the exported value as changing back.
    """

    def __get__(self, resource: pulumi.Resource | None, owner: type | None = None) -> Any:
        if resource is None:
            return self
        recorded: pulumi.Output[Any] = super().__get__(resource, owner)
        ends: list[EndFacts] = resource._ends  # type: ignore[attr-defined]  # noqa: SLF001 - a FineTuningJob's

        async def latest(value: Any) -> Any:
            for end in ends:
                facts = await end()
                if facts is not None:
                    return self._value(facts.get(self._name, value))
            return value

        return recorded.apply(latest)


def at_the_end() -> Any:
    """A class attribute that is a `JobEndOutput`; its annotation says what it holds."""
    return JobEndOutput("status")


def nullable(known_by: str = "status", missing: Any = None) -> Any:
    """A class attribute that is a `NullableOutput`; its annotation says what it holds."""
    return NullableOutput(known_by, missing)
