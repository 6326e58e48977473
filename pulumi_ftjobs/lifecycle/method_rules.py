"""The rules of `method`: which settings and hyperparameters belong to which way of training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi_ftjobs.lifecycle.diagnostics import Findings, Range
from pulumi_ftjobs.lifecycle.grader_rules import check_grader
from pulumi_ftjobs.lifecycle.values import UNKNOWN, listed

METHODS: Final = ("supervised", "dpo", "reinforcement")
EFFORTS: Final = ("default", "low", "medium", "high")

_COMMON: Final[Mapping[str, Range]] = {
    "n_epochs": Range(1, 50, auto=True),
    "batch_size": Range(1, 256, auto=True),
    "learning_rate_multiplier": Range(0, whole=False, open=True, auto=True),
}
HYPERPARAMETERS: Final[Mapping[str, Mapping[str, Range | None]]] = {
    "supervised": _COMMON,
    "dpo": {**_COMMON, "beta": Range(0, 2, whole=False, open=True, auto=True)},
    "reinforcement": {
        **_COMMON,
        "compute_multiplier": Range(0.00001, 10, whole=False, open=True, auto=True),
        "eval_interval": Range(1, auto=True),
        "eval_samples": Range(1, auto=True),
        "reasoning_effort": None,
    },
}
"""Hyperparameters by method; None is a word and not a number (`reasoning_effort`)."""

_SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "supervised": ("hyperparameters",),
    "dpo": ("hyperparameters",),
    "reinforcement": ("hyperparameters", "grader", "response_format"),
}


def check_method(findings: Findings, value: Any) -> None:
    """`method`, in the API's own shape."""
    method = findings.mapping("method", value, 'a dict such as {"type": "supervised", "supervised": {...}}')
    if method is None:
        return
    strict = findings.profile != "compatible"
    findings.keys("method", method, ("type", *METHODS), strict=strict)
    kind = method.get("type")
    if kind is UNKNOWN:
        return
    if kind not in METHODS:
        if strict or kind is None:
            findings.choice("method.type", kind, METHODS, required=True)
        return
    for other in METHODS:
        if other != kind and method.get(other) is not None:
            findings.error(f"method.{other}", f'belongs to type "{other}", but method.type is "{kind}"')
    _check_settings(findings, kind, method.get(kind))


def _check_settings(findings: Findings, kind: str, value: Any) -> None:
    path = f"method.{kind}"
    settings = findings.mapping(path, value)
    if value is not None and settings is None:
        return
    settings = settings or {}
    findings.keys(path, settings, _SETTINGS[kind], strict=findings.profile != "compatible")
    check_hyperparameters(findings, f"{path}.hyperparameters", settings.get("hyperparameters"), kind)
    if kind == "reinforcement":
        grader = settings.get("grader")
        if grader is None:
            findings.error(f"{path}.grader", "is required: reinforcement trains towards a grader's score")
        check_grader(findings, f"{path}.grader", grader)


def check_hyperparameters(findings: Findings, path: str, value: Any, kind: str) -> None:
    """One method's hyperparameters, or the legacy ones."""
    chosen = findings.mapping(path, value)
    if chosen is None:
        return
    rules = HYPERPARAMETERS[kind]
    unknown: dict[str, Any] = {}
    for name, given in chosen.items():
        if name not in rules:
            owners = [f'"{method}"' for method in METHODS if name in HYPERPARAMETERS[method]]
            if owners:
                findings.error(
                    f"{path}.{name}", f"belongs to method type {listed(owners, 'or')}, not to {kind}"
                )
            else:
                unknown[name] = given
            continue
        rule = rules[name]
        if rule is None:
            findings.choice(f"{path}.{name}", given, EFFORTS)
        elif given != "auto":
            findings.number(f"{path}.{name}", given, rule)
    if findings.profile != "compatible":
        findings.keys(path, unknown, tuple(rules))
