"""Bounds on a job's final metrics, declared as data: `valid_loss_below: 0.9` accepts a model or refuses it.

A rule's name is a metric's, as the service names it, followed by how it is compared.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi_ftjobs.lifecycle.values import UNKNOWN, one_line

COMPARISONS: Final[Mapping[str, tuple[Callable[[Any, Any], bool], str]]] = {
    "_below": (operator.lt, "below"),
    "_above": (operator.gt, "above"),
    "_at_most": (operator.le, "at most"),
    "_at_least": (operator.ge, "at least"),
}
"""What a rule's name ends with, the comparison, and the words for it."""


def rule_errors(rules: object, path: str = "accept") -> list[str]:
    """Return what is wrong with declared rules, each problem with its property path."""
    if rules is None or rules is UNKNOWN:
        return []
    if not isinstance(rules, Mapping):
        return [f"{path}: must map rules to numbers, for example valid_loss_below: 0.9"]
    endings = ", ".join(f"*{ending}" for ending in COMPARISONS)
    errors = []
    for name, bound in rules.items():
        if _parts(str(name)) is None:
            errors.append(f"{path}.{one_line(str(name), 60)}: unknown rule. Known: {endings}")
        elif bound is not UNKNOWN and (isinstance(bound, bool) or not isinstance(bound, int | float)):
            errors.append(f"{path}.{one_line(str(name), 60)}: must be a number")
    return errors


def refused(rules: Mapping[str, Any], metrics: Mapping[str, Any]) -> str | None:
    """Return why the metrics break a rule, each broken one; None when every rule holds.

    A metric that the service did not measure breaks its rules: what was not measured is not known to be good.
    """
    broken = []
    for name, bound in rules.items():
        metric, (holds, words) = _parts(name) or (name, COMPARISONS["_below"])
        value = metrics.get(metric)
        if not isinstance(value, int | float) or isinstance(value, bool):
            broken.append(f"{metric} was not measured, but must be {words} {bound:g}")
        elif not holds(value, bound):
            broken.append(f"{metric} is {value:g}, but must be {words} {bound:g}")
    return "; ".join(broken) or None


def _parts(name: str) -> tuple[str, tuple[Callable[[Any, Any], bool], str]] | None:
    """The metric and the comparison that a rule's name consists of."""
    for ending, comparison in COMPARISONS.items():
        metric = name.removesuffix(ending)
        if metric != name and metric:
            return metric, comparison
    return None
