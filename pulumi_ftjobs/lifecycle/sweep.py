"""The points of a hyperparameter sweep, their names, and which of them is best. Pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from pulumi_ftjobs.lifecycle.method_rules import HYPERPARAMETERS
from pulumi_ftjobs.lifecycle.values import listed, one_line

GOALS: Final = ("min", "max")
SEED: Final = "seed"
"""The one name of a grid that is no hyperparameter: trains each point with several seeds."""
MAX_POINTS: Final = 200


@dataclass(frozen=True)
class Point:
    """One training of a sweep: a value for each name of the grid."""

    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The suffix of its resources' names, the same whatever other points there are."""
        return "-".join(f"{name}-{self.values[name]}" for name in sorted(self.values))

    def job_arguments(self, base: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of its FineTuningJob: those of the sweep, and its own values."""
        kind, settings = _method(base)
        chosen = {name: value for name, value in self.values.items() if name != SEED}
        hyperparameters = {**(settings.get("hyperparameters") or {}), **chosen}
        method = {"type": kind, kind: {**settings, "hyperparameters": hyperparameters}}
        seed = {SEED: self.values[SEED]} if SEED in self.values else {}
        return {**base, "method": method, **seed}


def grid_points(grid: Mapping[str, Sequence[Any]]) -> list[Point]:
    """Every combination of the grid's values, the last name changing fastest."""
    names = list(grid)
    return [Point(dict(zip(names, values, strict=True))) for values in itertools.product(*grid.values())]


def grid_errors(base: Mapping[str, Any], grid: Any) -> list[str]:
    """What is wrong with a grid, each problem with its path."""
    if not isinstance(grid, Mapping) or not grid:
        return ['grid: must map hyperparameters to lists of values, for example {"n_epochs": [2, 3]}']
    known = [*HYPERPARAMETERS.get(_method(base)[0], HYPERPARAMETERS["supervised"]), SEED]
    errors = []
    for name, values in grid.items():
        path = f"grid.{one_line(str(name), 60)}"
        if name not in known:
            close = get_close_matches(str(name), known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {listed(sorted(known))}"
            errors.append(f"{path}: is no hyperparameter of this method; {hint}")
        elif not isinstance(values, Sequence) or isinstance(values, str) or not values:
            errors.append(f"{path}: must be a list of values")
        elif len({str(value) for value in values}) < len(values):
            errors.append(f"{path}: names a value twice")
    if not errors and math.prod(len(values) for values in grid.values()) > MAX_POINTS:
        errors.append(f"grid: has more than {MAX_POINTS} points; each of them is a job that costs money")
    return errors


def best_of(rows: Iterable[Mapping[str, Any]], goal: str) -> Mapping[str, Any] | None:
    """The row with the best `metric`, the first of equals; None where none was measured."""
    measured = [row for row in rows if isinstance(row.get("metric"), int | float)]
    if not measured:
        return None
    pick = min if goal == "min" else max
    return pick(measured, key=lambda row: row["metric"])


def _method(base: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The kind and the settings of the method that all points share."""
    method = base.get("method")
    if not isinstance(method, Mapping):
        return "supervised", {}
    kind = str(method.get("type") or "supervised")
    settings = method.get(kind)
    return kind, settings if isinstance(settings, Mapping) else {}
