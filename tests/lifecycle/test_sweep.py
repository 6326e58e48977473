"""The points of a sweep and the best of them."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.cost import Training, total_estimate
from pulumi_ftjobs.lifecycle.sweep import Point, best_of, grid_errors, grid_points

GRID: dict[str, Any] = {"n_epochs": [2, 3], "learning_rate_multiplier": [0.5, 1]}


def test_a_grid_is_every_combination_of_its_values() -> None:
    assert [point.values for point in grid_points(GRID)] == [
        {"n_epochs": 2, "learning_rate_multiplier": 0.5},
        {"n_epochs": 2, "learning_rate_multiplier": 1},
        {"n_epochs": 3, "learning_rate_multiplier": 0.5},
        {"n_epochs": 3, "learning_rate_multiplier": 1},
    ]


def test_the_name_of_a_point_does_not_depend_on_the_order_or_on_other_points() -> None:
    one = Point({"n_epochs": 2, "learning_rate_multiplier": 0.5}).name
    assert one == Point({"learning_rate_multiplier": 0.5, "n_epochs": 2}).name
    assert one == "learning_rate_multiplier-0.5-n_epochs-2"


@pytest.mark.parametrize(
    ("base", "values", "arguments"),
    [
        (
            {"model": "m"},
            {"n_epochs": 2},
            {
                "model": "m",
                "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}},
            },
        ),
        (
            {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.1, "n_epochs": 1}}}},
            {"n_epochs": 2},
            {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.1, "n_epochs": 2}}}},
        ),
        (
            {"seed": 1},
            {"seed": 2},
            {"seed": 2, "method": {"type": "supervised", "supervised": {"hyperparameters": {}}}},
        ),
    ],
)
def test_a_point_adds_its_values_to_what_all_jobs_share(base: Any, values: Any, arguments: Any) -> None:
    assert Point(values).job_arguments(base) == arguments


@pytest.mark.parametrize(
    ("grid", "error"),
    [
        ({}, "grid: must map hyperparameters to lists"),
        ([1], "grid: must map hyperparameters to lists"),
        ({"n_epoch": [1]}, "grid.n_epoch: is no hyperparameter of this method; did you mean n_epochs?"),
        ({"beta": [1]}, "grid.beta: is no hyperparameter of this method"),
        ({"n_epochs": 3}, "grid.n_epochs: must be a list of values"),
        ({"n_epochs": []}, "grid.n_epochs: must be a list of values"),
        ({"n_epochs": [1, 1]}, "grid.n_epochs: names a value twice"),
        ({"n_epochs": list(range(50)), "seed": list(range(5))}, "grid: has more than 200 points"),
    ],
)
def test_a_grid_that_cannot_be_used_is_explained(grid: Any, error: str) -> None:
    assert grid_errors({}, grid)[0].startswith(error)


def test_a_grid_that_can_be_used_has_no_errors() -> None:
    assert grid_errors({}, {**GRID, "seed": [1, 2]}) == []
    assert grid_errors({"method": {"type": "dpo", "dpo": {}}}, {"beta": [0.1]}) == []


ROWS = [
    {"name": "a", "metric": 0.7},
    {"name": "b", "metric": 0.5},
    {"name": "c", "metric": 0.5},
    {"name": "d"},
]


@pytest.mark.parametrize(("goal", "name"), [("min", "b"), ("max", "a")])
def test_the_best_is_the_first_with_the_best_metric(goal: str, name: str) -> None:
    found = best_of(ROWS, goal)
    assert found is not None
    assert found["name"] == name


def test_nothing_measured_is_no_best() -> None:
    assert best_of([{"metric": None}], "min") is None


def test_the_estimate_of_several_trainings_is_their_sum_or_unknown() -> None:
    one = Training(model="m", tokens=1_000_000, n_epochs=2)
    assert total_estimate([one, one], {"m": 3.0}).amount == total_estimate([one] * 2, {"m": 3.0}).amount
    assert total_estimate([one] * 3, {"m": 3.0}).high == pytest.approx(
        3 * (total_estimate([one], {"m": 3.0}).high or 0)
    )
    assert total_estimate([one, Training(model="x", tokens=1)], {"m": 3.0}).high is None
