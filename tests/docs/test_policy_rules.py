"""The policy example's rules, as the functions they are."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest

from tests.docs.pages import ROOT


@pytest.fixture(scope="module")
def rules() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rules", ROOT / "examples/policy/pack/rules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("high", "expected"),
    [
        (0.65, []),
        (50.0, []),
        (50, []),
        (50.01, ["this job may cost 50.01 USD, more than 50.00"]),
        (1250.0, ["this job may cost 1250.00 USD, more than 50.00"]),
        (None, ["the cost of this job is not known: set ftjobs:prices"]),
    ],
)
def test_a_job_is_held_to_the_upper_end_of_its_estimate(
    rules: ModuleType, high: float | None, expected: list[str]
) -> None:
    assert rules.cost_of_a_job({"estimated_cost_usd_high": high}) == expected


@pytest.mark.parametrize(
    ("costs", "good"),
    [([50.0, 150.0], True), ([50.0, 150.01], False), ([None, 200.0], True), ([], True)],
)
def test_a_stack_is_held_to_the_sum(rules: ModuleType, costs: list[float | None], good: bool) -> None:
    assert bool(rules.cost_of_a_stack(costs)) != good


def test_a_job_that_is_taken_over_has_been_paid_for(rules: ModuleType) -> None:
    assert rules.cost({"adopt_job_id": "ftjob-1", "estimated_cost_usd_high": 90.0}) == 0
    assert rules.cost_of_a_job({"adopt_job_id": "ftjob-1"}) == []


@pytest.mark.parametrize(
    ("stack", "protect", "good"),
    [("production", True, True), ("prod", False, False), ("dev", False, True), ("reproduction", False, True)],
)
def test_what_production_uses_is_protected(rules: ModuleType, stack: str, protect: bool, good: bool) -> None:
    urn = f"urn:pulumi:{stack}::shop::{rules.MODEL}::support"
    assert bool(rules.protected_in_production(urn, protect=protect)) != good


@pytest.mark.parametrize(
    ("model", "good"),
    [("gpt-4.1-mini-2025-04-14", True), ("ft:gpt-4.1-mini:us::x", True), ("gpt-4o", False), (None, True)],
)
def test_only_agreed_bases_are_allowed(rules: ModuleType, model: str | None, good: bool) -> None:
    assert bool(rules.allowed_base({"model": model})) != good


def test_every_job_says_who_pays(rules: ModuleType) -> None:
    assert rules.required_metadata({"metadata": {"team": "blue"}}) == ["metadata lacks cost-center"]
    assert rules.required_metadata({}) == ["metadata lacks team, cost-center"]
    assert rules.required_metadata({"metadata": {"team": "blue", "cost-center": "7"}}) == []


def replaced(rules: ModuleType, status: str, before: Any = None, now: Any = None, op: str = "replace") -> Any:
    """The step of a job in a preview."""
    return {
        "op": op,
        "urn": "urn:pulumi:dev::shop::x::support",
        "replaceReasons": ["model"],
        "oldState": {"type": rules.JOB, "id": "ftjob-1", "outputs": {"status": status, "triggers": before}},
        "newState": {"type": rules.JOB, "inputs": {"triggers": now}},
    }


@pytest.mark.parametrize(
    ("op", "status", "before", "now", "expected"),
    [
        ("replace", "succeeded", None, None, 1),
        ("replace", "succeeded", "1", "2", 0),
        ("replace", "running", None, None, 0),
        ("replace", "failed", None, None, 0),
        ("update", "succeeded", None, None, 0),
    ],
)
def test_a_finished_job_trains_again_only_when_triggers_say_so(
    rules: ModuleType, op: str, status: str, before: Any, now: Any, expected: int
) -> None:
    assert len(rules.asked_for([replaced(rules, status, before, now, op)])) == expected


def test_taking_another_job_over_is_no_training(rules: ModuleType) -> None:
    step = replaced(rules, "succeeded")
    step["newState"]["inputs"]["adopt_job_id"] = "ftjob-2"
    assert rules.asked_for([step]) == []


@pytest.mark.parametrize(
    ("op", "job_id", "name", "now", "expected"),
    [
        ("replace", "ftjob-1", "ft:m", None, 1),
        ("delete", "ftjob-1", "ft:m", None, 1),
        ("replace", "ftjob-1", "ft:m", "2026-11", 0),
        ("replace", "ftjob-0", "ft:m", None, 0),
        ("replace", "ftjob-1", None, None, 0),
    ],
)
def test_a_job_with_a_model_is_finished_whatever_its_recorded_status_says(
    rules: ModuleType, op: str, job_id: str, name: str | None, now: str | None, expected: int
) -> None:
    outputs = {"job_id": job_id, "name": name}
    model = {"op": op, "urn": "urn:m", "oldState": {"type": rules.MODEL, "outputs": outputs}}
    steps = [replaced(rules, "validating_files", now=now), model]
    assert len(rules.asked_for(steps)) == expected
    assert len(rules.asked_for(reversed(steps))) == expected


@pytest.mark.parametrize("text", ["", "no json", "[]"])
def test_the_gate_says_when_it_was_given_something_else(text: str) -> None:
    gate = [sys.executable, str(ROOT / "examples/policy/pack/gate.py")]
    said = subprocess.run(gate, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert (said.returncode, said.stderr) == (
        2,
        "gate.py: stdin is no output of `pulumi preview --json`\n",
    )
