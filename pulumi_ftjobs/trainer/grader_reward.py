"""The reward of one sampled answer, by the job's grader."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

from .grader_formula import computed
from .grader_judge import label_of, score_of
from .grader_process import python_reward
from .run_control import TrainingError
from .text_similarity import METRICS

Json = dict[str, Any]
_PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


class Grader:
    """A grader as the API has it, ready to grade answers."""

    def __init__(self, grader: Json, *, python: bool, judge: str | None) -> None:
        """Args:
        grader: the grader of the job.
        python: whether graders of type `python` may run.
        judge: base URL of the service whose models grade; None: model graders are refused.
        """
        self._grader, self._python, self._judge = grader, python, judge

    def reward(self, answer: str, item: Json) -> float:
        """The reward, usually between 0 and 1."""
        if self._grader["type"] != "multi":
            return self._one(self._grader, answer, item)
        inner = self._grader["graders"]
        if isinstance(inner.get("type"), str):  # a single grader instead of a map of names
            inner = {str(inner.get("name", "grader")): inner}
        scores = {name: self._one(grader, answer, item) for name, grader in inner.items()}
        try:
            return computed(self._grader["calculate_output"], scores)
        except ValueError as error:
            raise TrainingError(
                "grader_error", f"calculate_output: {error}", "method.reinforcement.grader"
            ) from None

    def _one(self, grader: Json, answer: str, item: Json) -> float:
        kind = grader["type"]
        if kind == "string_check":
            return float(checked(grader["operation"], self._fill(grader["input"], answer, item),
                                 self._fill(grader["reference"], answer, item)))  # fmt: skip
        if kind == "text_similarity":
            metric = METRICS[grader["evaluation_metric"]]
            return metric(
                self._fill(grader["input"], answer, item), self._fill(grader["reference"], answer, item)
            )
        if kind == "python":
            if not self._python:
                raise TrainingError("grader_not_allowed", "Python graders are off on this server.", "method")
            return python_reward(grader["source"], answer, item)
        if self._judge is None:
            raise TrainingError("grader_not_allowed", "This server has no judge for model graders.", "method")
        messages = [{**m, "content": self._fill(m.get("content", ""), answer, item)} for m in grader["input"]]
        if kind == "label_model":
            return float(label_of(self._judge, grader, messages) in grader["passing_labels"])
        return score_of(self._judge, grader, messages)

    def _fill(self, template: object, answer: str, item: Json) -> str:
        return filled(str(template), answer, item)


def filled(template: str, answer: str, item: object) -> str:
    """A template with `{{ sample.output_text }}` and `{{ item.some.name }}` put in."""

    def value(match: re.Match[str]) -> str:
        first, *rest = match[1].split(".")
        found: Any = {"sample": {"output_text": answer}, "item": item}.get(first)
        for name in rest:
            found = found.get(name) if isinstance(found, dict) else None
        return "" if found is None else str(found)

    return _PLACE.sub(value, template)


def checked(operation: str, given: str, wanted: str) -> bool:
    """A string check: `eq`, `ne`, `like`, `ilike`."""
    if operation in ("like", "ilike"):
        fold = str.lower if operation == "ilike" else str
        return fold(wanted) in fold(given) or fnmatch.fnmatchcase(fold(given), fold(wanted))
    return (given == wanted) == (operation == "eq")
