"""The rules, as plain functions on plain data: each returns the sentences that say what is wrong.

`props` are a job's inputs as the engine knows them in a preview, computed ones included. What is not known yet is no
violation: it is judged again when it is known. The limits are defaults, which a pack's config can change.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

JOB = "pulumi-python:dynamic/ftjobs:FineTuningJob"
MODEL = "pulumi-python:dynamic/ftjobs:FineTunedModel"
ALLOWED_BASES = ("gpt-4.1-mini", "ft:gpt-4.1-mini")
REQUIRED_METADATA = ("team", "cost-center")
USD_PER_JOB = 50.0
USD_PER_STACK = 200.0
PRODUCTION = ("prod", "production")

Props = Mapping[str, Any]


def allowed_base(props: Props, bases: Sequence[str] = ALLOWED_BASES) -> list[str]:
    """Only approved bases, their dated snapshots and fine-tunes of them."""
    model = props.get("model")
    if not isinstance(model, str) or model.startswith(tuple(bases)):
        return []
    return [f"model {model} is not one of {', '.join(bases)}"]


def required_metadata(props: Props, keys: Sequence[str] = REQUIRED_METADATA) -> list[str]:
    """Every job says who pays for it."""
    given = props.get("metadata") or {}
    missing = [key for key in keys if not given.get(key)]
    return [f"metadata lacks {', '.join(missing)}"] if missing else []


def cost(props: Props) -> float | None:
    """The upper end of the estimate in USD; None when it is not known.

    An adopted job has been paid for.
    """
    if props.get("adopt_job_id"):
        return 0.0
    high = props.get("estimated_cost_usd_high")
    return float(high) if isinstance(high, int | float) and not isinstance(high, bool) else None


def cost_of_a_job(props: Props, usd: float = USD_PER_JOB) -> list[str]:
    """No single job is expensive, and none is of unknown cost."""
    amount = cost(props)
    if amount is None:
        return ["the cost of this job is not known: set ftjobs:prices"]
    if amount > usd:
        return [f"this job may cost {amount:.2f} USD, more than {usd:.2f}"]
    return []


def cost_of_a_stack(costs: Iterable[float | None], usd: float = USD_PER_STACK) -> list[str]:
    """The jobs of a stack together, those of unknown cost left out: `cost_of_a_job` reports each of them."""
    total = sum(amount or 0.0 for amount in costs)
    if total <= usd:
        return []
    return [f"with this job the stack's jobs may cost {total:.2f} USD together, more than {usd:.2f}"]


def protected_in_production(urn: str, stacks: Sequence[str] = PRODUCTION, *, protect: bool) -> list[str]:
    """A model that production uses is not destroyed by accident.

    The stack is read from the URN: newer engines do not tell a Python pack its stack's name in any other way.
    """
    stack = urn.partition("::")[0].rpartition(":")[2]
    if protect or stack not in stacks:
        return []
    return [f"declare it with opts=pulumi.ResourceOptions(protect=True) in {stack}"]


def asked_for(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    """A job that has made its model is trained again only when `triggers` says so.

    `steps` are those of `pulumi preview --json`: a policy pack sees no old state, so `gate.py` checks this rule.
    A job's recorded status is as old as its last refresh, and often from before the wait for it. But a model is
    recorded only when its job has succeeded. With `adopt_job_id` another job is taken over and nothing trains.
    """
    seen = list(steps)
    with_model = {
        _recorded(step).get("job_id") for step in seen if _kind(step) == MODEL and _recorded(step).get("name")
    }
    found = []
    for step in seen:
        if step.get("op") != "replace" or _kind(step) != JOB:
            continue
        old, new = _recorded(step), (step.get("newState") or {}).get("inputs") or {}
        made_it = old.get("status") == "succeeded" or (step.get("oldState") or {}).get("id") in with_model
        if made_it and not new.get("adopt_job_id") and old.get("triggers") == new.get("triggers"):
            name = str(step.get("urn")).rpartition("::")[2]
            reasons = ", ".join(step.get("replaceReasons") or ())
            found.append(f"job {name} has succeeded and would train again ({reasons}): change `triggers` too")
    return found


def _kind(step: Mapping[str, Any]) -> str:
    return str((step.get("oldState") or step.get("newState") or {}).get("type"))


def _recorded(step: Mapping[str, Any]) -> Props:
    """The outputs in the state."""
    return (step.get("oldState") or {}).get("outputs") or {}
