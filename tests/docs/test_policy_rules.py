"""The policy example's rules, as the functions they are."""

from __future__ import annotations

import importlib.util
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
    ("estimate", "told"),
    [
        ("0.65", []),
        ("10.00 to 50.00", []),
        ("10.00 to 50.01", ["this job may cost 50.01 USD, more than 50.00"]),
        ("1,250.00", ["this job may cost 1250.00 USD, more than 50.00"]),
        ("at least 3.00", ["the cost of this job is not known: set ftjobs:prices"]),
        ("unknown", ["the cost of this job is not known: set ftjobs:prices"]),
        (None, ["the cost of this job is not known: set ftjobs:prices"]),
    ],
)
def test_a_job_is_held_to_the_upper_end_of_its_estimate(
    rules: ModuleType, estimate: str | None, told: list[str]
) -> None:
    assert rules.cost_of_a_job({"estimated_cost_usd": estimate}) == told


@pytest.mark.parametrize(
    ("estimates", "told"),
    [
        (["50.00", "100.00 to 150.00"], []),
        (
            ["50.00", "100.00 to 150.01"],
            ["the jobs of this stack may cost 200.01 USD together, more than 200.00"],
        ),
        (["unknown"], []),
        ([], []),
    ],
)
def test_a_stack_is_held_to_the_sum(rules: ModuleType, estimates: list[str], told: list[str]) -> None:
    assert rules.cost_of_a_stack([{"estimated_cost_usd": amount} for amount in estimates]) == told


@pytest.mark.parametrize(
    ("stack", "protect", "good"),
    [
        ("production", True, True),
        ("production", False, False),
        ("dev", False, True),
    ],
)
def test_what_production_uses_is_protected(rules: ModuleType, stack: str, protect: bool, good: bool) -> None:
    assert bool(rules.protected_in_production(stack, protect=protect)) != good


@pytest.mark.parametrize(
    ("model", "good"),
    [("gpt-4.1-mini-2025-04-14", True), ("ft:gpt-4.1-mini:us::x", True), ("gpt-4o", False), (None, True)],
)
def test_only_agreed_bases_are_allowed(rules: ModuleType, model: str | None, good: bool) -> None:
    assert bool(rules.allowed_base({"model": model})) != good


def test_every_job_says_who_pays(rules: ModuleType) -> None:
    assert rules.required_metadata({"metadata": {"team": "blue"}}) == ["metadata.cost-center is missing"]
    assert rules.required_metadata({"metadata": {"team": "blue", "cost-center": "7"}}) == []


@pytest.mark.parametrize(
    ("op", "status", "before", "now", "told"),
    [
        ("replace", "succeeded", None, None, 1),
        ("replace", "succeeded", "1", "2", 0),
        ("replace", "running", None, None, 0),
        ("update", "succeeded", None, None, 0),
    ],
)
def test_a_finished_job_trains_again_only_when_triggers_say_so(
    rules: ModuleType, op: str, status: str, before: Any, now: Any, told: int
) -> None:
    step = {
        "op": op,
        "urn": "urn:pulumi:dev::shop::x::support",
        "replaceReasons": ["model"],
        "oldState": {"outputs": {"status": status, "triggers": before}},
        "newState": {"type": rules.JOB, "inputs": {"triggers": now}},
    }
    assert len(rules.asked_for([step])) == told
