"""Engine values to plain values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.output import Unknown as EngineUnknown

from pulumi_ftjobs.lifecycle.property_names import snake
from pulumi_ftjobs.lifecycle.values import UNKNOWN, whole_numbers

_PROVIDER = "__provider"


def unwrap(props: Mapping[str, Any]) -> dict[str, Any]:
    """The engine's properties as plain data: whole floats as ints, unknowns as `UNKNOWN`, no `__provider`.

    A state that the plugin wrote has camelCase names and reads the same.
    """
    return {snake(name): _plain(value) for name, value in props.items() if name != _PROVIDER}


def is_plugin_state(props: Mapping[str, Any]) -> bool:
    """Whether the plugin wrote this state. The dynamic host can neither read nor delete it: it needs `__provider`."""
    return _PROVIDER not in props


def wrap(props: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data as the engine wants it back: `UNKNOWN` as the engine's own unknown, nulls left out."""
    return {name: _engine(value) for name, value in props.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, EngineUnknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return whole_numbers(value)


def _engine(value: Any) -> Any:
    if value is UNKNOWN:
        return pulumi.output.UNKNOWN
    if isinstance(value, Mapping):
        return {name: _engine(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_engine(item) for item in value]
    return value
