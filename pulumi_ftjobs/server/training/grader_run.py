"""Running a grader on one sample.

String checks and most text similarities are really computed. What needs a language model or runs a user's code is
not done here: its reward is a number derived from the sample, the same every time, and `metadata` says so.
"""

from __future__ import annotations

import fnmatch
import hashlib
import re
from typing import Any

from pulumi_ftjobs.server.server_errors import invalid
from pulumi_ftjobs.server.training.grader_schema import members
from pulumi_ftjobs.trainer import grader_formula, text_similarity

_PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_LONGEST_TEXT = 1_000_000


def run(grader: dict[str, Any], sample: str, item: object) -> dict[str, Any]:
    """The answer of the service's grader run."""
    subs: dict[str, float] = {}
    if grader["type"] == "multi":
        subs = {name: _reward(inner, sample, item) for name, inner in members(grader).items()}
        reward = _calculated(grader["calculate_output"], subs)
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
    if max(len(given), len(wanted)) > text_similarity.LONGEST:
        raise invalid(
            f"Texts of more than {text_similarity.LONGEST} characters are not compared.", "grader.input"
        )
    return round(text_similarity.METRICS[grader["evaluation_metric"]](given, wanted), 4)


def _calculated(text: str, subs: dict[str, float]) -> float:
    try:
        return grader_formula.computed(text, subs)
    except ValueError as error:
        raise invalid(f"calculate_output: {error}", "grader.calculate_output") from None


def _checked(operation: str, given: str, wanted: str) -> bool:
    if operation in ("like", "ilike"):
        fold = str.lower if operation == "ilike" else str
        return fold(wanted) in fold(given) or fnmatch.fnmatchcase(fold(given), fold(wanted))
    return (given == wanted) == (operation == "eq")


def _filled(template: object, sample: str, item: object) -> str:
    """A template with `{{ sample.output_text }}` and `{{ item.some.name }}` put in, up to a bound."""
    room = _LONGEST_TEXT

    def value(match: re.Match[str]) -> str:
        nonlocal room
        first, *rest = match[1].split(".")
        found: Any = {"sample": {"output_text": sample}, "item": item}.get(first)
        for name in rest:
            found = found.get(name) if isinstance(found, dict) else None
        text = "" if found is None else str(found)
        room -= len(text)
        if room < 0:
            raise invalid(f"A template makes more than {_LONGEST_TEXT} characters.", "grader.input")
        return text

    return _PLACE.sub(value, str(template))
