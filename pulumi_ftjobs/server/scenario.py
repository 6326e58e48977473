"""A script for jobs to come: which ones fail, and where; which stay in the queue, pause by themselves, or are refused
after training. A scenario is a list of rules in JSON; a job takes the first rule that matches it, and keeps it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .errors import invalid

_NUMBERS = ("validating", "queueing", "training", "pause_at_step", "resume_after")
_FAIL = {"code", "message", "param", "at_step", "phase"}
_STAY = ("validating_files", "queued", "running")
PHASES = ("validation", "training", "moderation")


@dataclass
class Script:
    """What happens to one job. Durations are in seconds at speed 1."""

    match: dict[str, Any] = field(default_factory=dict)
    """`model`, `suffix` (patterns with *) and `metadata` (pairs that must be there); empty: every job."""
    count: int | None = None
    """How many jobs take this rule; None: all that match."""
    fail: dict[str, Any] | None = None
    """`code`, `message`, `param`, and either `at_step` or `phase`: validation, training (its end), moderation."""
    stay: str | None = None
    """The status in which the job stands still for good."""
    pause_at_step: int | None = None
    """The job pauses by itself once it has done this step."""
    resume_after: float | None = None
    """Seconds until it goes on by itself; without it somebody has to resume it."""
    validating: float | None = None
    queueing: float | None = None
    training: float | None = None


class Scenario:
    """The rules in force."""

    def __init__(self) -> None:
        self.rules: list[Script] = []

    def replace(self, document: dict[str, Any]) -> None:
        """Take the rules of a document `{"jobs": [...]}` instead of those in force; a 400 names what is wrong."""
        rules = document.get("jobs", [])
        if not isinstance(rules, list) or set(document) - {"jobs"}:
            raise invalid("A scenario has one member, jobs: a list of rules.", "jobs")
        self.rules = [_rule(rule, f"jobs[{place}]") for place, rule in enumerate(rules)]

    def load(self, path: Path) -> None:
        """Take the rules of a file; raises `ValueError` with a sentence that names it."""
        document = json.loads(path.read_text("utf-8"))
        if not isinstance(document, dict):
            raise TypeError(f"{path} holds no JSON object")
        self.replace(document)

    def take(self, body: dict[str, Any]) -> Script | None:
        """The rule for a job with this request, counted."""
        for rule in self.rules:
            if rule.count != 0 and _matches(rule.match, body):
                if rule.count is not None:
                    rule.count -= 1
                return rule
        return None

    def public(self) -> dict[str, Any]:
        """The rules with what is left of their counts."""
        return {"jobs": [asdict(rule) for rule in self.rules]}


def _rule(wish: Any, where: str) -> Script:
    if not isinstance(wish, dict):
        raise invalid(f"{where} must be an object.", where)
    known = set(Script.__dataclass_fields__)
    unknown = sorted(set(wish) - known)
    if unknown:
        raise invalid(
            f"{where} has an unknown member {unknown[0]}; known: {', '.join(sorted(known))}.", where
        )
    fail = wish.get("fail")
    if fail is not None and (not isinstance(fail, dict) or set(fail) - _FAIL or not fail.get("code")):
        raise invalid(f"{where}.fail needs a code and may have {', '.join(sorted(_FAIL))}.", where)
    if fail is not None and fail.get("phase", "training") not in PHASES:
        raise invalid(f"{where}.fail.phase must be one of {', '.join(PHASES)}.", where)
    if wish.get("stay") not in (None, *_STAY):
        raise invalid(f"{where}.stay must be one of {', '.join(_STAY)}.", where)
    for name in _NUMBERS:
        value = wish.get(name)
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0
        ):
            raise invalid(f"{where}.{name} must be a positive number.", where)
    return Script(**wish)


def _matches(match: dict[str, Any], body: dict[str, Any]) -> bool:
    for name in ("model", "suffix"):
        if name in match and not fnmatchcase(str(body.get(name) or ""), str(match[name])):
            return False
    wanted = match.get("metadata") or {}
    metadata = body.get("metadata") or {}
    return all(metadata.get(name) == value for name, value in wanted.items())
