"""Hyperparameters: their names and ranges per method, and the numbers that `auto` becomes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pulumi_ftjobs.server.server_errors import invalid

AUTO = "auto"
_COMMON = ("n_epochs", "batch_size", "learning_rate_multiplier")
NAMES: dict[str, tuple[str, ...]] = {
    "supervised": _COMMON,
    "dpo": (*_COMMON, "beta"),
    "reinforcement": (*_COMMON, "compute_multiplier", "eval_interval", "eval_samples", "reasoning_effort"),
}
# name: whole number only, smallest, largest, whether the smallest itself is allowed
_RANGES: dict[str, tuple[bool, float, float, bool]] = {
    "n_epochs": (True, 1, 50, True),
    "batch_size": (True, 1, 256, True),
    "learning_rate_multiplier": (False, 0, float("inf"), False),
    "beta": (False, 0, 2, False),
    "compute_multiplier": (False, 0.00001, 10, False),
    "eval_interval": (True, 1, float("inf"), True),
    "eval_samples": (True, 1, float("inf"), True),
}
_EFFORTS = ("default", "low", "medium", "high")


def check(method: str, given: object, path: str, extra: Collection[str] = ()) -> None:
    """Raise a 400 for a name or value that the service refuses.

    Args:
        method: The training method.
        given: The value of the property, of any type.
        path: The property's name in the error.
        extra: Names that the trainer or the service accepts beside the API's; their values are not checked here.
    """
    if given is None:
        return
    if not isinstance(given, dict):
        raise invalid(f"{given!r} is not of type 'object' - '{path}'", path)
    for name, value in given.items():
        where = f"{path}.{name}"
        if name in extra:
            continue
        if name not in NAMES[method]:
            raise invalid(
                f"Additional properties are not allowed ('{name}' was unexpected) - '{path}'", where
            )
        if name == "reasoning_effort":
            if value not in _EFFORTS:
                raise invalid(f"{value!r} is not one of {list(_EFFORTS)} - '{where}'", where)
        elif value != AUTO:
            _check_number(name, value, where)


def _check_number(name: str, value: object, where: str) -> None:
    whole, low, high, inclusive = _RANGES[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or (whole and value % 1):
        kind = "integer" if whole else "number"
        raise invalid(f"{value!r} is not of type '{kind}' - '{where}'", where)
    if value < low or (value == low and not inclusive):
        raise invalid(
            f"{value!r} is less than {'' if inclusive else 'or equal to '}the minimum of {low:g} - '{where}'",
            where,
        )
    if value > high:
        raise invalid(f"{value!r} is greater than the maximum of {high:g} - '{where}'", where)


def automatic(method: str, given: dict[str, Any]) -> dict[str, Any]:
    """As declared, with `auto` for what was left out; what a job shows before it is queued."""
    shown = [name for name in NAMES[method] if name in _COMMON or name in given or name == "beta"]
    return {**{name: given.get(name, AUTO) for name in shown}, **_extra(method, given)}


def resolved(method: str, given: Mapping[str, Any], auto: Mapping[str, Any]) -> dict[str, Any]:
    """Replace every `auto` and every missing value by the trainer's own choice."""
    declared = {**{name: given.get(name, AUTO) for name in NAMES[method]}, **_extra(method, given)}
    numbers = {name: auto.get(name, value) if value == AUTO else value for name, value in declared.items()}
    return {name: int(v) if _RANGES.get(name, (False,))[0] else v for name, v in numbers.items()}


def simulated_auto(rows: int) -> dict[str, Any]:
    """Return the values that the simulated trainer uses for `auto`, from the number of rows."""
    return {
        "n_epochs": _epochs(rows),
        "batch_size": max(1, min(256, round(rows * 0.002))),
        "learning_rate_multiplier": 1.8,
        "beta": 0.1,
        "compute_multiplier": 1.0,
        "eval_interval": 5,
        "eval_samples": 1,
        "reasoning_effort": "default",
    }


def _extra(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in NAMES[method]}


def _epochs(rows: int) -> int:
    """Three, more for small files and fewer for large ones; agrees with the recorded 10 rows -> 10, 100 rows -> 3."""
    rows = max(1, rows)
    if 3 * rows < 100:
        return min(25, 100 // rows)
    if 3 * rows > 25_000:
        return max(1, 25_000 // rows)
    return 3
