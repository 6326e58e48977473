"""The ways of training, as types and as small functions that return the API's own shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, TypedDict

import pulumi
from typing_extensions import NotRequired

from pulumi_ftjobs.resources.runtime.arguments import suggest_arguments

Auto: TypeAlias = Literal["auto"]
Count: TypeAlias = pulumi.Input[int] | Auto
Factor: TypeAlias = pulumi.Input[float] | Auto
Effort: TypeAlias = Literal["default", "low", "medium", "high"]
MethodType: TypeAlias = Literal["supervised", "dpo", "reinforcement"]


class SupervisedHyperparameters(TypedDict, total=False):
    """Hyperparameters of supervised training; "auto" or absent lets the service choose."""

    n_epochs: Count
    """Passes over the data, 1 to 50."""
    batch_size: Count
    """Rows per step, 1 to 256."""
    learning_rate_multiplier: Factor
    """Factor on the service's own learning rate, greater than 0."""


class OpenModelHyperparameters(SupervisedHyperparameters, total=False):
    """Supervised hyperparameters that services for open models know, under common names (docs/services.md)."""

    learning_rate: pulumi.Input[float]
    """The learning rate itself."""
    lora_rank: pulumi.Input[int]
    """Rank of the LoRA adapter."""
    lora_alpha: pulumi.Input[int]
    """Scale of the LoRA adapter."""
    lora_dropout: pulumi.Input[float]
    """Dropout of the LoRA adapter, 0 to 1."""


class DpoHyperparameters(SupervisedHyperparameters, total=False):
    """Hyperparameters of preference training."""

    beta: Factor
    """How strongly the new model keeps to the old one: greater than 0, at most 2."""


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


class SupervisedMethod(TypedDict, total=False):
    """Settings of supervised training."""

    hyperparameters: pulumi.Input[OpenModelHyperparameters]


class DpoMethod(TypedDict, total=False):
    """Settings of preference training."""

    hyperparameters: pulumi.Input[DpoHyperparameters]


class ReinforcementMethod(TypedDict):
    """Settings of reinforcement training."""

    grader: pulumi.Input[Mapping[str, Any]]
    """The API's own dict, e.g. `{"type": "string_check", ...}`."""
    response_format: NotRequired[pulumi.Input[Mapping[str, Any]]]
    """A json_schema that the answers keep to."""
    hyperparameters: NotRequired[pulumi.Input[ReinforcementHyperparameters]]


class Method(TypedDict, total=False):
    """`method` of the create call. `type` says which of the others is given."""

    type: pulumi.Input[MethodType]
    supervised: pulumi.Input[SupervisedMethod]
    dpo: pulumi.Input[DpoMethod]
    reinforcement: pulumi.Input[ReinforcementMethod]


class Wandb(TypedDict):
    """Where Weights & Biases records the run."""

    project: pulumi.Input[str]
    name: NotRequired[pulumi.Input[str]]
    entity: NotRequired[pulumi.Input[str]]
    tags: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]


class Integration(TypedDict):
    """One integration: `{"type": "wandb", "wandb": {"project": ...}}`."""

    type: pulumi.Input[Literal["wandb"]]
    wandb: pulumi.Input[Wandb]


@suggest_arguments
def supervised(
    *,
    n_epochs: Count = "auto",
    batch_size: Count = "auto",
    learning_rate_multiplier: Factor = "auto",
    learning_rate: pulumi.Input[float] | None = None,
    lora_rank: pulumi.Input[int] | None = None,
    lora_alpha: pulumi.Input[int] | None = None,
    lora_dropout: pulumi.Input[float] | None = None,
) -> Method:
    """Train on given answers.

    Args:
        n_epochs: passes over the data, 1 to 50. Default "auto": the service chooses.
        batch_size: rows per step, 1 to 256. Default "auto".
        learning_rate_multiplier: factor on the service's learning rate, greater than 0. Default "auto".
        learning_rate: the learning rate itself, at services for open models. Default: the service chooses.
        lora_rank: rank of the LoRA adapter, at services for open models. Default: the service chooses.
        lora_alpha: scale of the LoRA adapter, at services for open models. Default: the service chooses.
        lora_dropout: dropout of the LoRA adapter, 0 to 1, at services for open models. Default: the service chooses.
    """
    chosen = _chosen(
        n_epochs=n_epochs,
        batch_size=batch_size,
        learning_rate_multiplier=learning_rate_multiplier,
        learning_rate=learning_rate,
        lora_rank=lora_rank,
        lora_alpha=lora_alpha,
        lora_dropout=lora_dropout,
    )
    return {"type": "supervised", "supervised": chosen}  # type: ignore[typeddict-item]


@suggest_arguments
def dpo(
    *,
    beta: Factor = "auto",
    n_epochs: Count = "auto",
    batch_size: Count = "auto",
    learning_rate_multiplier: Factor = "auto",
) -> Method:
    """Train on preferences.

    Args:
        beta: how strongly the new model keeps to the old one, greater than 0, at most 2. Default "auto".
        n_epochs: passes over the data, 1 to 50. Default "auto".
        batch_size: rows per step, 1 to 256. Default "auto".
        learning_rate_multiplier: factor on the service's learning rate, greater than 0. Default "auto".
    """
    chosen = _chosen(
        beta=beta, n_epochs=n_epochs, batch_size=batch_size, learning_rate_multiplier=learning_rate_multiplier
    )
    return {"type": "dpo", "dpo": chosen}  # type: ignore[typeddict-item]


@suggest_arguments
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

    Args:
        grader: the API's own dict, e.g. `{"type": "string_check", ...}`; a multi grader holds a dict of others.
        response_format: a json_schema that the answers keep to. Default: none.
        n_epochs: passes over the data, 1 to 50. Default "auto".
        batch_size: rows per step, 1 to 256. Default "auto".
        learning_rate_multiplier: factor on the service's learning rate, greater than 0. Default "auto".
        compute_multiplier: greater than 0.00001, at most 10. Default "auto".
        eval_interval: steps between evaluations, at least 1. Default "auto".
        eval_samples: samples per evaluation, at least 1. Default "auto".
        reasoning_effort: "default", "low", "medium" or "high".
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
    return {"type": "reinforcement", "reinforcement": settings}  # type: ignore[typeddict-item]


def _chosen(**hyperparameters: Any) -> dict[str, Any]:
    """Only what is not left to the service."""
    chosen = {
        name: value for name, value in hyperparameters.items() if value is not None and not _is_auto(value)
    }
    return {"hyperparameters": chosen} if chosen else {}


def _is_auto(value: Any) -> bool:
    return isinstance(value, str) and value == "auto"
