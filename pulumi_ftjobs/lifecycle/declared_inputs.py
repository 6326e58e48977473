"""What to declare so that an existing job is the declaration's: the inputs of an imported job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi_ftjobs.lifecycle.identity import effective_method
from pulumi_ftjobs.lifecycle.state_schema import OWN_METADATA
from pulumi_ftjobs.lifecycle.values import whole_numbers, without_nulls

_WANDB: Final = ("project", "name", "entity", "tags")


def inputs_of_job(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of `job`, pinned to what the service trained with."""
    method = effective_method(job)
    chosen = method["hyperparameters"]
    settings = {**method["body"], **({"hyperparameters": chosen} if chosen else {})}
    inputs = {
        "model": job.get("model"),
        "training_file": job.get("training_file"),
        "validation_file": job.get("validation_file"),
        "method": {"type": method["type"], method["type"]: settings},
        "suffix": job.get("user_provided_suffix") or None,
        "seed": job.get("seed"),
        "metadata": {k: v for k, v in (job.get("metadata") or {}).items() if k not in OWN_METADATA} or None,
        "integrations": [_integration(item) for item in job.get("integrations") or ()] or None,
    }
    return dict(whole_numbers(without_nulls(inputs)))


def _integration(item: Mapping[str, Any]) -> dict[str, Any]:
    """An integration as it is declared: without what the service adds, such as the id of the run."""
    wandb = item.get("wandb") or {}
    return {"type": item.get("type"), "wandb": {name: wandb[name] for name in _WANDB if wandb.get(name)}}
