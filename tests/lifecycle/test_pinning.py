"""Pinning is free: declaring the very value that the service had chosen trains nothing."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.change_table import job_changes, same_model
from tests.lifecycle.props import JOB_ID, LEGACY, MODEL, state


def supervised(**hyperparameters: Any) -> dict[str, Any]:
    return {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}}


BARE = {"model": "gpt-4.1-mini", "training_file": "file-train"}
ANSWERED = {"model": MODEL}


@pytest.mark.parametrize(
    ("declared", "now"),
    [
        (BARE, {**BARE, "model": MODEL}),
        ({**BARE, "model": MODEL}, BARE),
        (BARE, {**BARE, "seed": 123_456}),
        (BARE, {**BARE, "seed": 123_456.0}),
        (BARE, {**BARE, "method": {"type": "supervised"}}),
        (BARE, {**BARE, "method": supervised()}),
        (BARE, {**BARE, "method": supervised(n_epochs="auto")}),
        (BARE, {**BARE, "method": supervised(n_epochs=3)}),
        (BARE, {**BARE, "method": supervised(n_epochs=3, batch_size=1, learning_rate_multiplier=1.8)}),
        (BARE, {**BARE, "hyperparameters": {"n_epochs": 3.0}}),
        ({**BARE, "method": supervised(n_epochs="auto")}, {**BARE, "method": supervised(n_epochs=5)}),
        (LEGACY, {**LEGACY, "hyperparameters": None, "method": supervised(n_epochs=3)}),
        ({**BARE, "method": supervised(n_epochs=3)}, {**BARE, "hyperparameters": {"n_epochs": 3}}),
        ({**BARE, "seed": 3}, {**BARE, "seed": 3.0}),
        ({**BARE, "triggers": [1, {"a": 2.0}]}, {**BARE, "triggers": [1.0, {"a": 2}]}),
        (BARE, {**BARE, "adopt_job_id": JOB_ID}),
        (BARE, {**BARE, "metadata": None}),
    ],
)
def test_declaring_what_is_already_so_changes_nothing(declared: dict[str, Any], now: dict[str, Any]) -> None:
    facts = {} if declared["model"] == now["model"] == "x" else ANSWERED
    assert job_changes(JOB_ID, state(declared, **facts), now) == []


@pytest.mark.parametrize(
    ("declared", "now"),
    [
        (BARE, {**BARE, "seed": 123_457}),
        (BARE, {**BARE, "method": supervised(n_epochs=4)}),
        (BARE, {**BARE, "model": "gpt-4.1-mini-2026-01-01"}),
        (BARE, {**BARE, "model": "gpt-4.1"}),
        ({**BARE, "method": supervised(n_epochs=3)}, BARE),
        ({**BARE, "seed": 123_456}, BARE),
    ],
)
def test_declaring_something_else_trains_again(declared: dict[str, Any], now: dict[str, Any]) -> None:
    found = job_changes(JOB_ID, state(declared, **ANSWERED), now)
    assert {change.effect for change in found} == {"replace"}


@pytest.mark.parametrize(
    ("declared", "resolved", "same"),
    [
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", True),
        ("gpt-3.5-turbo", "gpt-3.5-turbo-0613", True),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini-2024-07-18", True),
        ("gpt-4o", "gpt-4o-mini-2024-07-18", False),
        ("gpt-4.1", "gpt-4.1-mini", False),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini", False),
        (None, "gpt-4o-mini", False),
        ("gpt-4o-mini", None, False),
    ],
)
def test_an_alias_is_its_dated_snapshot_and_nothing_else(
    declared: object, resolved: object, same: bool
) -> None:
    assert same_model(declared, resolved) is same
