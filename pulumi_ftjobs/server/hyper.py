"""Hyperparameters: their names and ranges per method, and the numbers that `auto` becomes."""

from __future__ import annotations

from typing import Any

from .errors import invalid

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


def check(method: str, given: object, path: str) -> None:
    """Refuse what the service refuses; `path` names the property in the refusal."""
    if given is None:
        return
    if not isinstance(given, dict):
        raise invalid(f"{given!r} is not of type 'object' - '{path}'", path)
    for name, value in given.items():
        where = f"{path}.{name}"
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
    return {name: given.get(name, AUTO) for name in shown}


def resolved(method: str, given: dict[str, Any], rows: int) -> dict[str, Any]:
    """Numbers for every `auto`, from the number of rows."""
    batch = max(1, min(256, round(rows * 0.002)))
    defaults: dict[str, Any] = {
        "n_epochs": _epochs(rows),
        "batch_size": batch,
        "learning_rate_multiplier": 1.8,
        "beta": 0.1,
        "compute_multiplier": 1.0,
        "eval_interval": 5,
        "eval_samples": 1,
        "reasoning_effort": "default",
    }
    shown = {name: given.get(name, AUTO) for name in NAMES[method]}
    numbers = {name: defaults[name] if value == AUTO else value for name, value in shown.items()}
    return {name: int(v) if _RANGES.get(name, (False,))[0] else v for name, v in numbers.items()}


def _epochs(rows: int) -> int:
    """Three, more for small files and fewer for large ones; agrees with the recorded 10 rows -> 10, 100 rows -> 3."""
    rows = max(1, rows)
    if 3 * rows < 100:
        return min(25, 100 // rows)
    if 3 * rows > 25_000:
        return max(1, 25_000 // rows)
    return 3
