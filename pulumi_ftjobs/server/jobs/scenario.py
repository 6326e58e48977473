"""Scenarios: rules for new jobs, such as a failure at a step, a stop in the queue, a pause or a refusal after training.

A scenario is a list of rules in JSON; a job takes the first rule that matches it, and keeps it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pulumi_ftjobs.server.server_clock import is_number
from pulumi_ftjobs.server.server_errors import ApiError, invalid
from pulumi_ftjobs.server.strict_json import parse_json

_SECONDS = ("validating", "queueing", "training", "resume_after")
_LONGEST = 1e9  # seconds
_FAIL = {"code", "message", "param", "at_step", "phase"}
_MATCH = {"model", "suffix", "metadata"}
_STAY = ("validating_files", "queued", "running")
PHASES = ("validation", "training", "moderation")


@dataclass
class ScenarioRule:
    """What happens to one job. Durations are in seconds at speed 1."""

    match: dict[str, Any] = field(default_factory=dict)
    """`model`, `suffix` (patterns with *) and `metadata` (pairs that must be there); empty: every job."""
    count: int | None = None
    """How many jobs take this rule; None: all that match."""
    fail: dict[str, Any] | None = None
    """`code`, `message`, `param`, and either `at_step` or `phase`: validation, training (its end), moderation."""
    stay: str | None = None
    """The status in which the job stays until an operator's `thaw`."""
    pause_at_step: int | None = None
    """The job pauses after this step."""
    resume_after: float | None = None
    """Seconds until the paused job continues; None: until it is resumed."""
    validating: float | None = None
    queueing: float | None = None
    training: float | None = None


class Scenario:
    """The active rules."""

    def __init__(self) -> None:
        self.rules: list[ScenarioRule] = []

    def replace(self, document: dict[str, Any]) -> None:
        """Replace the active rules by those of a document `{"jobs": [...]}`; a 400 names what is wrong."""
        rules = document.get("jobs", [])
        if not isinstance(rules, list) or set(document) - {"jobs"}:
            raise invalid("A scenario has one member, jobs: a list of rules.", "jobs")
        self.rules = [_rule(rule, f"jobs[{place}]") for place, rule in enumerate(rules)]

    def load(self, path: Path) -> None:
        """Replace the active rules by those of a file. Raises `ValueError` with one sentence that names it."""
        try:
            document = parse_json(path.read_bytes())
            if isinstance(document, dict):
                self.replace(document)
                return
        except ValueError as error:
            raise ValueError(f"{path}: it is not JSON: {error}") from None
        except ApiError as error:
            raise ValueError(f"{path}: {error.message}") from None
        raise ValueError(f"{path}: a scenario is an object with the list jobs")

    def take(self, body: dict[str, Any]) -> ScenarioRule | None:
        """Return the first rule that matches a create request, and count its use."""
        for rule in self.rules:
            if rule.count != 0 and _matches(rule.match, body):
                if rule.count is not None:
                    rule.count -= 1
                return rule
        return None

    def public(self) -> dict[str, Any]:
        """Return the rules with their remaining counts."""
        return {"jobs": [asdict(rule) for rule in self.rules]}


def _rule(rule: Any, where: str) -> ScenarioRule:
    _known(rule, set(ScenarioRule.__dataclass_fields__), where)
    for name, check in (("match", _check_match), ("fail", _check_fail)):
        if rule.get(name) is not None:
            check(rule[name], f"{where}.{name}")
    if rule.get("stay") not in (None, *_STAY):
        raise invalid(f"{where}.stay must be one of {', '.join(_STAY)}.", f"{where}.stay")
    for name in _SECONDS:
        value = rule.get(name)
        if value is not None and not is_number(value, 0, _LONGEST):
            raise invalid(f"{where}.{name} must be seconds, from 0 to {_LONGEST:.0f}.", f"{where}.{name}")
    for name in ("count", "pause_at_step"):
        if rule.get(name) is not None:
            _check_whole(rule[name], 0, f"{where}.{name}")
    return ScenarioRule(**{name: value for name, value in rule.items() if value is not None})


def _known(rule: Any, known: set[str], where: str) -> None:
    if not isinstance(rule, dict):
        raise invalid(f"{where} must be an object.", where)
    unknown = sorted(set(rule) - known)
    if unknown:
        text = f"{where} has an unknown member {unknown[0]}; known: {', '.join(sorted(known))}."
        raise invalid(text, f"{where}.{unknown[0]}")


def _check_match(match: Any, where: str) -> None:
    _known(match, _MATCH, where)
    for name in ("model", "suffix"):
        _check_text(match.get(name), f"{where}.{name}")
    pairs = match.get("metadata")
    if pairs is not None and not (
        isinstance(pairs, dict) and all(isinstance(v, str) for v in pairs.values())
    ):
        raise invalid(f"{where}.metadata must be an object of strings.", f"{where}.metadata")


def _check_fail(fail: Any, where: str) -> None:
    _known(fail, _FAIL, where)
    if not fail.get("code"):
        raise invalid(f"{where}.code is missing: why the job fails.", f"{where}.code")
    for name in ("code", "message", "param"):
        _check_text(fail.get(name), f"{where}.{name}")
    if fail.get("phase", "training") not in PHASES:
        raise invalid(f"{where}.phase must be one of {', '.join(PHASES)}.", f"{where}.phase")
    if fail.get("at_step") is not None:
        _check_whole(fail["at_step"], 1, f"{where}.at_step")


def _check_text(value: Any, where: str) -> None:
    if value is not None and not isinstance(value, str):
        raise invalid(f"{where} must be a string.", where)


def _check_whole(value: Any, least: int, where: str) -> None:
    if not isinstance(value, int) or not is_number(value, least, _LONGEST):
        raise invalid(f"{where} must be a whole number, from {least}.", where)


def _matches(match: dict[str, Any], body: dict[str, Any]) -> bool:
    for name in ("model", "suffix"):
        if name in match and not fnmatchcase(str(body.get(name) or ""), str(match[name])):
            return False
    wanted = match.get("metadata") or {}
    metadata = body.get("metadata") or {}
    return all(metadata.get(name) == value for name, value in wanted.items())
