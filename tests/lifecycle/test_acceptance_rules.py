"""Declared bounds on a job's final metrics."""

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.acceptance_rules import refused, rule_errors
from pulumi_ftjobs.lifecycle.values import UNKNOWN


@pytest.mark.parametrize(
    ("rules", "metrics", "reason"),
    [
        ({"valid_loss_below": 0.9}, {"valid_loss": 0.8}, None),
        ({"valid_loss_below": 0.9}, {"valid_loss": 0.9}, "valid_loss is 0.9, but must be below 0.9"),
        ({"valid_loss_at_most": 0.9}, {"valid_loss": 0.9}, None),
        ({"train_loss_at_most": 1}, {"train_loss": 1.5}, "train_loss is 1.5, but must be at most 1"),
        ({"valid_mean_token_accuracy_above": 0.5}, {"valid_mean_token_accuracy": 0.6}, None),
        ({"reward_at_least": 0.5}, {"reward": 0.4}, "reward is 0.4, but must be at least 0.5"),
        ({"valid_loss_below": 1}, {"train_loss": 0.1}, "valid_loss was not measured, but must be below 1"),
        (
            {"valid_loss_below": 1, "train_loss_below": 1},
            {"valid_loss": 2, "train_loss": 3},
            "valid_loss is 2, but must be below 1; train_loss is 3, but must be below 1",
        ),
        ({}, {}, None),
    ],
)
def test_a_model_is_refused_for_every_rule_that_its_metrics_break(
    rules: dict[str, Any], metrics: dict[str, Any], reason: str | None
) -> None:
    assert refused(rules, metrics) == reason


@pytest.mark.parametrize(
    ("rules", "errors"),
    [
        (None, []),
        (UNKNOWN, []),
        ({"valid_loss_below": UNKNOWN}, []),
        ({"valid_loss_below": 0.9}, []),
        (0.9, ["accept: must map rules to numbers, for example valid_loss_below: 0.9"]),
        ({"valid_loss_below": "0.9"}, ["accept.valid_loss_below: must be a number"]),
        ({"valid_loss_below": True}, ["accept.valid_loss_below: must be a number"]),
        (
            {"valid_loss": 0.9},
            ["accept.valid_loss: unknown rule. Known: *_below, *_above, *_at_most, *_at_least"],
        ),
        ({"_below": 1}, ["accept._below: unknown rule. Known: *_below, *_above, *_at_most, *_at_least"]),
    ],
)
def test_a_rule_that_cannot_be_judged_is_named(rules: object, errors: list[str]) -> None:
    assert rule_errors(rules) == errors
