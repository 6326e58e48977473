"""The rules of `method`: which settings and hyperparameters belong to which way of training."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, Final

from pulumi_ftjobs.lifecycle.diagnostics import Code
from pulumi_ftjobs.lifecycle.grader_rules import check_grader
from pulumi_ftjobs.lifecycle.value_rules import DiagnosticList, Range, did_you_mean
from pulumi_ftjobs.lifecycle.values import UNKNOWN, listed, one_line

METHODS: Final = ("supervised", "dpo", "reinforcement")
COMMON_EXTRAS: Final = (
    "learning_rate",
    "lora_rank",
    "lora_alpha",
    "lora_dropout",
    "warmup_ratio",
    "weight_decay",
)
"""Hyperparameters beyond OpenAI's that several servers for open models know, under the names used here."""
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


def check_method(found: DiagnosticList, value: Any) -> None:
    """`method`, in the API's own shape."""
    method = found.mapping("method", value, 'a dict such as {"type": "supervised", "supervised": {...}}')
    if method is None:
        return
    found.keys("method", method, ("type", *METHODS))
    kind = method.get("type")
    if kind is UNKNOWN:
        return
    if kind not in METHODS:
        _unknown_type(found, kind)
        return
    documented = found.profile.methods
    if documented is not None and kind not in documented:
        message = f"{found.profile.service} documents {listed(documented, 'and')} only"
        (found.error if found.profile.hyperparameters.place == "top_level" else found.warn)(
            "method.type", message, Code.CHOICE
        )
    for other in METHODS:
        if other != kind and method.get(other) is not None:
            found.error(
                f"method.{other}", f'belongs to type "{other}", but method.type is "{kind}"', Code.CONFLICT
            )
    _check_settings(found, kind, method.get(kind))


def _unknown_type(found: DiagnosticList, kind: object) -> None:
    """A type that a compatible server may know is a warning there: it is most often a typo."""
    if found.profile.strict or not isinstance(kind, str):
        found.choice("method.type", kind, METHODS, required=True)
    else:
        found.warn(
            "method.type",
            f"is not a known method type; {did_you_mean(kind, METHODS)} It is sent as declared",
            Code.CHOICE,
        )


def _check_settings(found: DiagnosticList, kind: str, value: Any) -> None:
    path = f"method.{kind}"
    settings = found.mapping(path, value)
    if value is not None and settings is None:
        return
    settings = settings or {}
    found.keys(path, settings, _SETTINGS[kind])
    check_hyperparameters(found, f"{path}.hyperparameters", settings.get("hyperparameters"), kind)
    if kind == "reinforcement":
        grader = settings.get("grader")
        if grader is None:
            found.error(
                f"{path}.grader", "is required: reinforcement trains towards a grader's score", Code.REQUIRED
            )
        check_grader(found, f"{path}.grader", grader)


def check_hyperparameters(found: DiagnosticList, path: str, value: Any, kind: str) -> None:
    """One method's hyperparameters, or the legacy ones."""
    chosen = found.mapping(path, value)
    if chosen is None:
        return
    rules, own = HYPERPARAMETERS[kind], found.profile.hyperparameters
    unknown: dict[str, Any] = {}
    for name, given in chosen.items():
        if name in own.accepted or name in own.names:
            continue
        if name in own.undocumented:
            found.warn(
                f"{path}.{name}",
                f"{found.profile.service} does not document it; declare {own.undocumented[name]} instead",
                Code.UNKNOWN_FIELD,
            )
        if name not in rules:
            owners = [f'"{method}"' for method in METHODS if name in HYPERPARAMETERS[method]]
            if owners:
                found.error(
                    f"{path}.{name}",
                    f"belongs to method type {listed(owners, 'or')}, not to {kind}",
                    Code.CONFLICT,
                )
            else:
                unknown[name] = given
            continue
        rule = rules[name]
        if rule is None:
            found.choice(f"{path}.{name}", given, EFFORTS)
        elif given != "auto":
            found.number(f"{path}.{name}", given, rule)
    documented = (*rules, *own.accepted, *own.names)
    if found.profile.strict or own.accepted:
        found.keys(path, unknown, documented)
    else:
        _misspelled(found, path, unknown, documented)


def _misspelled(
    found: DiagnosticList, path: str, unknown: Collection[str], documented: Collection[str]
) -> None:
    """A server that documents nothing may know any name: only one that is close to a known one is pointed out."""
    for name in unknown:
        close = get_close_matches(name, (*documented, *COMMON_EXTRAS), n=1, cutoff=0.8)
        if close and close[0] != name:
            found.warn(
                f"{path}.{one_line(name, 60)}",
                f"did you mean {close[0]}? It is sent as declared",
                Code.UNKNOWN_FIELD,
            )
