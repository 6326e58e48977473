"""The functions for the ways of training return the API's own shape, and nothing that was left to the service."""

from __future__ import annotations

from typing import Any

import pytest

import pulumi_ftjobs as ft
from pulumi_ftjobs.lifecycle.declaration_rules import check_job
from pulumi_ftjobs.lifecycle.identity import declaration
from pulumi_ftjobs.lifecycle.profiles import OPENAI
from tests.lifecycle.props import LEGACY, MODEL, URN

GRADER = {"type": "string_check", "name": "n", "input": "i", "reference": "r", "operation": "eq"}

SHAPES: list[tuple[Any, dict[str, Any]]] = [
    (ft.supervised(), {"type": "supervised", "supervised": {}}),
    (
        ft.supervised(n_epochs=3, batch_size="auto", learning_rate_multiplier=0.5),
        {
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 3, "learning_rate_multiplier": 0.5}},
        },
    ),
    (ft.dpo(beta=0.1), {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.1}}}),
    (ft.reinforcement(GRADER), {"type": "reinforcement", "reinforcement": {"grader": GRADER}}),
    (
        ft.reinforcement(GRADER, reasoning_effort="low", response_format={"type": "json_schema"}),
        {
            "type": "reinforcement",
            "reinforcement": {
                "grader": GRADER,
                "hyperparameters": {"reasoning_effort": "low"},
                "response_format": {"type": "json_schema"},
            },
        },
    ),
]


@pytest.mark.parametrize(("made", "shape"), SHAPES)
def test_the_shape_is_the_apis_own(made: Any, shape: dict[str, Any]) -> None:
    assert made == shape


@pytest.mark.parametrize("made", [made for made, _shape in SHAPES])
def test_what_the_functions_return_passes_every_check(made: Any) -> None:
    props = {"model": MODEL, "training_file": "file-1", "method": made}
    assert check_job(props, OPENAI) == []


def test_the_function_the_dict_and_the_legacy_form_declare_the_same_training() -> None:
    by_function = {**LEGACY, "hyperparameters": None, "method": ft.supervised(n_epochs=3)}
    assert declaration(by_function, URN) == declaration(LEGACY, URN)
    nothing_chosen = {"model": MODEL, "training_file": "file-train"}
    assert declaration({**nothing_chosen, "method": ft.supervised()}, URN) == declaration(nothing_chosen, URN)
