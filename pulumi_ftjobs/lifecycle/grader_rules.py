"""The rules of graders, by type; a multi grader holds a map of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi_ftjobs.lifecycle.diagnostics import Code
from pulumi_ftjobs.lifecycle.value_rules import DiagnosticList, Range, did_you_mean
from pulumi_ftjobs.lifecycle.values import UNKNOWN, listed, one_line

OPERATIONS: Final = ("eq", "ne", "like", "ilike")
METRICS: Final = (
    "cosine",
    "fuzzy_match",
    "bleu",
    "gleu",
    "meteor",
    *(f"rouge_{n}" for n in (1, 2, 3, 4, 5)),
    "rouge_l",
)
_FIELDS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "string_check": (("name", "input", "reference", "operation"), ()),
    "text_similarity": (("name", "input", "reference", "evaluation_metric"), ()),
    "python": (("name", "source"), ("image_tag",)),
    "score_model": (("name", "input", "model"), ("range", "sampling_params")),
    "label_model": (("name", "model", "input", "labels", "passing_labels"), ()),
    "multi": (("graders", "calculate_output"), ("name",)),
    "lambda": (("lambda",), ("name",)),
}
"""Required and optional fields by grader type. The service does not ask a top-level multi grader for a name."""
OPENAI_TYPES: Final = tuple(kind for kind in _FIELDS if kind != "lambda")
_SAMPLING: Final = ("seed", "top_p", "temperature", "max_completions_tokens", "reasoning_effort")
DEPTH: Final = 4
"""Levels of graders within graders that are looked at; more is a mistake."""


def check_grader(found: DiagnosticList, path: str, value: Any, depth: int = 0) -> None:
    """One grader."""
    grader = found.mapping(path, value, 'a dict such as {"type": "string_check", ...}')
    if grader is None:
        return
    kind = grader.get("type")
    if kind is UNKNOWN:
        return
    if not _check_type(found, f"{path}.type", kind) or not isinstance(kind, str):
        return
    if kind == "label_model" and depth == 0:
        found.error(f"{path}.type", "label_model can only be used inside a multi grader", Code.CONFLICT)
    required, optional = _FIELDS[kind]
    found.keys(path, grader, ("type", *required, *optional))
    for name in required:
        if grader.get(name) is None:
            found.error(f"{path}.{name}", f"is required for a {kind} grader", Code.REQUIRED)
    for name in ("name", "reference", "source", "model", "calculate_output", "image_tag"):
        if name in grader:
            found.text(f"{path}.{name}", grader[name])
    detail = _DETAILS.get(kind)
    if detail:
        detail(found, path, grader, depth)


def _check_type(found: DiagnosticList, path: str, kind: Any) -> bool:
    """Whether the rules of this type are known; outside OpenAI an unknown type is sent as declared."""
    documented = found.profile.grader_types or OPENAI_TYPES
    if isinstance(kind, str) and kind in documented:
        return True
    if found.profile.strict or not isinstance(kind, str):
        found.choice(path, kind, documented, required=True)
        return False
    if kind in _FIELDS:
        if found.profile.grader_types:
            message = f"{found.profile.service} documents {listed(documented, 'and')} only"
            found.warn(path, message, Code.CHOICE)
        return True
    found.warn(
        path,
        f"is not a known grader type; {did_you_mean(kind, tuple(_FIELDS))} It is sent as declared",
        Code.CHOICE,
    )
    return False


def _lambda(found: DiagnosticList, path: str, grader: Mapping[str, Any], _depth: int) -> None:
    function = found.mapping(
        f"{path}.lambda", grader.get("lambda"), 'a dict such as {"function": "arn:aws:lambda:..."}'
    )
    if function is not None:
        found.text(f"{path}.lambda.function", function.get("function"), required=True)


def _string_check(found: DiagnosticList, path: str, grader: Mapping[str, Any], _depth: int) -> None:
    found.text(f"{path}.input", grader.get("input"))
    found.choice(f"{path}.operation", grader.get("operation"), OPERATIONS)


def _text_similarity(found: DiagnosticList, path: str, grader: Mapping[str, Any], _depth: int) -> None:
    found.text(f"{path}.input", grader.get("input"))
    found.choice(f"{path}.evaluation_metric", grader.get("evaluation_metric"), METRICS)


def _score_model(found: DiagnosticList, path: str, grader: Mapping[str, Any], _depth: int) -> None:
    _messages(found, f"{path}.input", grader.get("input"))
    bounds = grader.get("range")
    if bounds not in (None, UNKNOWN) and not (
        isinstance(bounds, list)
        and len(bounds) == 2
        and all(b is UNKNOWN or isinstance(b, int | float) for b in bounds)
    ):
        found.error(f"{path}.range", "must be two numbers, lowest and highest score", Code.TYPE)
    sampling = found.mapping(f"{path}.sampling_params", grader.get("sampling_params"))
    if sampling:
        found.keys(f"{path}.sampling_params", sampling, _SAMPLING)
        found.number(
            f"{path}.sampling_params.temperature", sampling.get("temperature"), Range(0, 2, whole=False)
        )
        found.number(f"{path}.sampling_params.top_p", sampling.get("top_p"), Range(0, 1, whole=False))


def _label_model(found: DiagnosticList, path: str, grader: Mapping[str, Any], _depth: int) -> None:
    _messages(found, f"{path}.input", grader.get("input"))
    labels, passing = grader.get("labels"), grader.get("passing_labels")
    for name, value in (("labels", labels), ("passing_labels", passing)):
        if value not in (None, UNKNOWN) and not isinstance(value, list):
            found.error(f"{path}.{name}", "must be a list of strings", Code.TYPE)
    if isinstance(labels, list) and isinstance(passing, list) and UNKNOWN not in [*labels, *passing]:
        for number, label in enumerate(passing):
            if label not in labels:
                found.error(f"{path}.passing_labels[{number}]", "must be one of labels", Code.CHOICE)


def _multi(found: DiagnosticList, path: str, grader: Mapping[str, Any], depth: int) -> None:
    graders = found.mapping(f"{path}.graders", grader.get("graders"), "a dict of graders by name")
    if graders is None:
        return
    if not graders:
        found.error(f"{path}.graders", "must contain at least one grader", Code.RANGE)
    if depth >= DEPTH:
        found.error(f"{path}.graders", f"must not be nested deeper than {DEPTH}", Code.RANGE)
        return
    if isinstance(
        graders.get("type"), str
    ):  # the published schema's own mistake: one grader in place of a map
        check_grader(found, f"{path}.graders", graders, depth + 1)
        return
    for name, item in graders.items():
        check_grader(found, f'{path}.graders["{one_line(name, 60)}"]', item, depth + 1)


def _messages(found: DiagnosticList, path: str, value: Any) -> None:
    if value in (None, UNKNOWN):
        return
    if not isinstance(value, list) or not value:
        found.error(path, "must be a list of messages", Code.TYPE)
        return
    for number, item in enumerate(value):
        message = found.mapping(f"{path}[{number}]", item)
        if message is None:
            continue
        for name in ("role", "content"):
            if message.get(name) is None:
                found.error(f"{path}[{number}].{name}", "is required", Code.REQUIRED)


_Detail = Callable[[DiagnosticList, str, Mapping[str, Any], int], None]
_DETAILS: Final[Mapping[str, _Detail]] = {
    "string_check": _string_check,
    "text_similarity": _text_similarity,
    "score_model": _score_model,
    "label_model": _label_model,
    "multi": _multi,
    "lambda": _lambda,
}
