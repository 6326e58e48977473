"""What a job is made of and what came of it, under names that `blame` and `compare` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_ftjobs.cli.billing import CostOf
from pulumi_ftjobs.lifecycle.adoption import pair
from pulumi_ftjobs.lifecycle.cost import usd
from pulumi_ftjobs.lifecycle.identity import effective_method
from pulumi_ftjobs.lifecycle.state_schema import OWN_METADATA, STACK_KEY

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.schemas import Job


def summary_of(client: Client, job: Job, cost: CostOf) -> dict[str, Any]:
    """Settings, data, metrics, tokens and cost of a job, as the service reports them."""
    facts = job.facts()
    method = effective_method(facts)
    billed_by_tokens = method["type"] != "reinforcement"
    amount = cost(facts.get("model"), facts.get("trained_tokens")) if billed_by_tokens else None
    return {
        "job": job.id,
        "base_model": facts.get("model"),
        "created_at": facts.get("created_at"),
        "finished_at": facts.get("finished_at"),
        "stack": pair(facts, STACK_KEY),
        "metadata": {k: v for k, v in (facts.get("metadata") or {}).items() if k not in OWN_METADATA},
        "training_file": facts.get("training_file"),
        "validation_file": facts.get("validation_file"),
        "method": method["type"],
        "hyperparameters": method["hyperparameters"],
        "seed": facts.get("seed"),
        "final_metrics": client.final_metrics(job.id),
        "trained_tokens": facts.get("trained_tokens"),
        "cost_usd": "unknown" if amount is None else usd(amount),
    }
