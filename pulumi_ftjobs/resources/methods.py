"""The ways of training, as small functions that return the API's own shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

import pulumi

Auto = Literal["auto"]
Count = pulumi.Input[int] | Auto
Factor = pulumi.Input[float] | Auto
Effort = Literal["default", "low", "medium", "high"]


class SupervisedHyperparameters(TypedDict, total=False):
    """Hyperparameters of supervised training; "auto" or absent lets the service choose."""

    n_epochs: Count
    """1 to 50."""
    batch_size: Count
    """1 to 256."""
    learning_rate_multiplier: Factor
    """Greater than 0."""


class DpoHyperparameters(SupervisedHyperparameters, total=False):
    """Hyperparameters of preference training."""

    beta: Factor
    """Greater than 0, at most 2: how strongly the new model keeps to the old one."""


class ReinforcementHyperparameters(SupervisedHyperparameters, total=False):
    """Hyperparameters of reinforcement training."""

    compute_multiplier: Factor
    """Greater than 0.00001, at most 10."""
    eval_interval: Count
    """Steps between evaluations, at least 1."""
    eval_samples: Count
    """Samples per evaluation, at least 1."""
    reasoning_effort: pulumi.Input[Effort]
    """`default`, `low`, `medium` or `high`."""


class Method(TypedDict, total=False):
    """`method` of the create call. `type` says which of the others is given."""

    type: pulumi.Input[Literal["supervised", "dpo", "reinforcement"]]
    supervised: pulumi.Input[Mapping[str, Any]]
    dpo: pulumi.Input[Mapping[str, Any]]
    reinforcement: pulumi.Input[Mapping[str, Any]]


class Wandb(TypedDict, total=False):
    """Where Weights & Biases records the run. `project` is required."""

    project: pulumi.Input[str]
    name: pulumi.Input[str]
    entity: pulumi.Input[str]
    tags: pulumi.Input[list[pulumi.Input[str]]]


class Integration(TypedDict):
    """One integration: `{"type": "wandb", "wandb": {"project": ...}}`."""

    type: pulumi.Input[Literal["wandb"]]
    wandb: pulumi.Input[Wandb]


def supervised(
    *, n_epochs: Count = "auto", batch_size: Count = "auto", learning_rate_multiplier: Factor = "auto"
) -> Method:
    """Train on given answers. n_epochs 1 to 50, batch_size 1 to 256, learning_rate_multiplier > 0; default "auto"."""
    chosen = _chosen(
        n_epochs=n_epochs, batch_size=batch_size, learning_rate_multiplier=learning_rate_multiplier
    )
    return {"type": "supervised", "supervised": chosen}


def dpo(
    *,
    beta: Factor = "auto",
    n_epochs: Count = "auto",
    batch_size: Count = "auto",
    learning_rate_multiplier: Factor = "auto",
) -> Method:
    """Train on preferences. beta > 0 and at most 2; the others as in `supervised`; default "auto"."""
    chosen = _chosen(
        beta=beta, n_epochs=n_epochs, batch_size=batch_size, learning_rate_multiplier=learning_rate_multiplier
    )
    return {"type": "dpo", "dpo": chosen}


def reinforcement(  # noqa: PLR0913 - one argument per hyperparameter
    grader: pulumi.Input[Mapping[str, Any]],
    *,
    response_format: pulumi.Input[Mapping[str, Any]] | None = None,
    n_epochs: Count = "auto",
    batch_size: Count = "auto",
    learning_rate_multiplier: Factor = "auto",
    compute_multiplier: Factor = "auto",
    eval_interval: Count = "auto",
    eval_samples: Count = "auto",
    reasoning_effort: pulumi.Input[Effort] = "default",
) -> Method:
    """Train towards a grader's score.

    grader: the API's own dict, e.g. `{"type": "string_check", ...}`; a multi grader holds a dict of others.
    response_format: a json_schema the answers keep to.
    compute_multiplier > 0.00001 and at most 10; eval_interval and eval_samples at least 1;
    reasoning_effort "default", "low", "medium" or "high"; the others as in `supervised`; default "auto".
    """
    chosen = _chosen(
        n_epochs=n_epochs,
        batch_size=batch_size,
        learning_rate_multiplier=learning_rate_multiplier,
        compute_multiplier=compute_multiplier,
        eval_interval=eval_interval,
        eval_samples=eval_samples,
        reasoning_effort="auto" if reasoning_effort == "default" else reasoning_effort,
    )
    settings: dict[str, Any] = {"grader": grader, **chosen}
    if response_format is not None:
        settings["response_format"] = response_format
    return {"type": "reinforcement", "reinforcement": settings}


def _chosen(**hyperparameters: Any) -> dict[str, Any]:
    """Only what is not left to the service."""
    chosen = {name: value for name, value in hyperparameters.items() if not _is_auto(value)}
    return {"hyperparameters": chosen} if chosen else {}


def _is_auto(value: Any) -> bool:
    return isinstance(value, str) and value == "auto"
