"""The schema of graders: what each type must contain."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pulumi_ftjobs.server.server_errors import invalid
from pulumi_ftjobs.trainer import grader_formula

_REQUIRED: dict[str, tuple[str, ...]] = {
    "string_check": ("name", "input", "reference", "operation"),
    "text_similarity": ("name", "input", "reference", "evaluation_metric"),
    "python": ("name", "source"),
    "score_model": ("name", "input", "model"),
    "label_model": ("name", "model", "input", "labels", "passing_labels"),
    "lambda": ("lambda",),
    "multi": ("graders", "calculate_output"),
}
OPERATIONS = ("eq", "ne", "like", "ilike")
METRICS = (
    "cosine", "fuzzy_match", "bleu", "gleu", "meteor", "rouge_1", "rouge_2", "rouge_3", "rouge_4", "rouge_5", "rouge_l",
)  # fmt: skip


def check(
    grader: object, path: str = "grader", *, inner: bool = False, kinds: Collection[str] | None = None
) -> None:
    """Raise a 400 that names what is missing or unknown.

    Args:
        grader: The value of the property, of any type.
        path: The property's name in the error.
        inner: The grader is part of a multi grader and cannot be another one.
        kinds: The accepted types; None: OpenAI's.
    """
    if not isinstance(grader, dict):
        raise invalid(f"{grader!r} is not of type 'object' - '{path}'", path)
    known = [kind for kind in _REQUIRED if (kind in kinds if kinds else kind != "lambda")]
    known = [kind for kind in known if not (inner and kind == "multi")]
    kind = grader.get("type")
    if kind not in known:
        raise invalid(f"{kind!r} is not one of {known} - '{path}.type'", f"{path}.type")
    for name in _REQUIRED[kind]:
        if grader.get(name) is None:
            raise invalid(f"'{name}' is a required property - '{path}'", f"{path}.{name}")
    _one_of(grader, "operation", OPERATIONS, path)
    _one_of(grader, "evaluation_metric", METRICS, path)
    if kind == "multi":
        _multi(grader, path)
    if kind == "lambda":
        _lambda(grader["lambda"], f"{path}.lambda")


def _multi(grader: dict[str, Any], path: str) -> None:
    parts = members(grader)
    for name, part in parts.items():
        check(part, f"{path}.graders.{name}", inner=True)
    try:
        grader_formula.parsed(grader["calculate_output"], parts)
    except ValueError as error:
        raise invalid(f"calculate_output: {error}", f"{path}.calculate_output") from None


def _lambda(settings: object, path: str) -> None:
    function = settings.get("function") if isinstance(settings, dict) else None
    if not isinstance(function, str) or not function.startswith("arn:"):
        raise invalid(f"'function' must be the ARN of a Lambda function - '{path}'", f"{path}.function")


def members(grader: dict[str, Any]) -> dict[str, Any]:
    """The graders of a multi grader: a map of names, or (as the published schema has it) a single one."""
    inner = grader["graders"]
    if isinstance(inner, dict) and "type" in inner and isinstance(inner["type"], str):
        return {str(inner.get("name", "grader")): inner}
    if isinstance(inner, dict):
        return inner
    raise invalid("'graders' must be a map of graders", "grader.graders")


def _one_of(grader: dict[str, Any], name: str, allowed: tuple[str, ...], path: str) -> None:
    if name in grader and grader[name] not in allowed:
        raise invalid(f"{grader[name]!r} is not one of {list(allowed)} - '{path}.{name}'", f"{path}.{name}")
