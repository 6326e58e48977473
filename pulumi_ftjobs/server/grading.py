"""Running a grader on one sample.

String checks and most text similarities are really computed. What needs a language model or runs somebody's code is
not done here: its reward is a number derived from the sample, the same every time, and `metadata` says so.
"""

from __future__ import annotations

import ast
import fnmatch
import hashlib
import operator
import re
from collections.abc import Callable
from typing import Any

from . import similarity
from .errors import invalid
from .graders import members

_PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs}


def run(grader: dict[str, Any], sample: str, item: object) -> dict[str, Any]:
    """The answer of the service's grader run."""
    subs: dict[str, float] = {}
    if grader["type"] == "multi":
        subs = {name: _reward(inner, sample, item) for name, inner in members(grader).items()}
        reward = _calculated(str(grader["calculate_output"]), subs)
    else:
        reward = _reward(grader, sample, item)
    errors = dict.fromkeys(_ERRORS, False)
    metadata = {
        "name": grader.get("name", grader["type"]),
        "type": grader["type"],
        "errors": {
            **errors,
            "python_grader_runtime_error_details": None,
            "model_grader_server_error_details": None,
        },
        "execution_time": 0.0,
        "scores": subs or {str(grader.get("name", grader["type"])): reward},
        "token_usage": None,
        "sampled_model_name": grader.get("model"),
        "simulated": grader["type"] in _SIMULATED,
    }
    return {
        "reward": reward,
        "metadata": metadata,
        "sub_rewards": subs,
        "model_grader_token_usage_per_model": {},
    }


_SIMULATED = ("python", "score_model", "label_model")
_ERRORS = (
    "formula_parse_error", "sample_parse_error", "truncated_observation_error", "unresponsive_reward_error",
    "invalid_variable_error", "other_error", "python_grader_server_error", "python_grader_runtime_error",
    "model_grader_server_error", "model_grader_refusal_error", "model_grader_parse_error",
)  # fmt: skip


def _reward(grader: dict[str, Any], sample: str, item: object) -> float:
    kind = grader["type"]
    if kind in _SIMULATED:
        word = hashlib.sha256(f"{kind}\0{sample}\0{item!r}".encode()).digest()
        return round(int.from_bytes(word[:4], "big") / 2**32, 4)
    given, wanted = _filled(grader["input"], sample, item), _filled(grader["reference"], sample, item)
    if kind == "string_check":
        return float(_checked(grader["operation"], given, wanted))
    return round(similarity.METRICS[grader["evaluation_metric"]](given, wanted), 4)


def _checked(operation: str, given: str, wanted: str) -> bool:
    if operation in ("like", "ilike"):
        fold = str.lower if operation == "ilike" else str
        return fold(wanted) in fold(given) or fnmatch.fnmatchcase(fold(given), fold(wanted))
    return (given == wanted) == (operation == "eq")


def _filled(template: object, sample: str, item: object) -> str:
    """A template with `{{ sample.output_text }}` and `{{ item.some.name }}` put in."""

    def value(match: re.Match[str]) -> str:
        first, *rest = match[1].split(".")
        found: Any = {"sample": {"output_text": sample}, "item": item}.get(first)
        for name in rest:
            found = found.get(name) if isinstance(found, dict) else None
        return "" if found is None else str(found)

    return _PLACE.sub(value, str(template))


def _calculated(formula: str, values: dict[str, float]) -> float:
    """A formula over sub-rewards: numbers, names, + - * /, min, max, abs; anything else is a 400."""
    try:
        return float(_evaluated(ast.parse(formula, mode="eval").body, values))
    except (SyntaxError, ValueError, TypeError, KeyError, ZeroDivisionError, RecursionError):
        raise invalid(
            f"calculate_output cannot be computed: {formula[:100]}", "grader.calculate_output"
        ) from None


def _evaluated(node: ast.AST, values: dict[str, float]) -> float:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_evaluated(node.left, values), _evaluated(node.right, values))
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_evaluated(node.operand, values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _FUNCTIONS[node.func.id](*[_evaluated(argument, values) for argument in node.args])
    raise ValueError(ast.dump(node))
