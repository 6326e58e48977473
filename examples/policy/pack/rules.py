"""The rules, as plain functions on plain data: each returns the sentences that say what is wrong.

`props` are a job's inputs as the engine knows them in a preview, computed ones included. What is not known yet is no
violation: it is judged again when it is known.
"""

from collections.abc import Iterable, Mapping
from typing import Any

JOB = "pulumi-python:dynamic/ftjobs:FineTuningJob"
MODEL = "pulumi-python:dynamic/ftjobs:FineTunedModel"
ALLOWED_BASES = ("gpt-4.1-mini", "gpt-4.1-nano", "ft:gpt-4.1-mini")
REQUIRED_METADATA = ("team", "cost-center")
USD_PER_JOB = 50.0
USD_PER_STACK = 200.0

Props = Mapping[str, Any]


def allowed_base(props: Props) -> list[str]:
    """Only bases that somebody has agreed to, and fine-tunes of them."""
    model = props.get("model")
    if not isinstance(model, str) or model.startswith(ALLOWED_BASES):
        return []
    return [f"model {model} is not one of {', '.join(ALLOWED_BASES)}"]


def required_metadata(props: Props) -> list[str]:
    """Every job says who pays for it."""
    given = props.get("metadata") or {}
    return [f"metadata.{key} is missing" for key in REQUIRED_METADATA if not given.get(key)]


def cost(props: Props) -> float | None:
    """The upper end of the estimate in USD ("0.65", "2.46 to 4.92"); None when it is not known."""
    text = str(props.get("estimated_cost_usd") or "unknown")
    try:
        return (
            None
            if text.startswith("at least")
            else float(text.rsplit(" to ", maxsplit=1)[-1].replace(",", ""))
        )
    except ValueError:
        return None


def cost_of_a_job(props: Props) -> list[str]:
    """No single job is expensive, and none is of unknown cost."""
    amount = cost(props)
    if amount is None:
        return ["the cost of this job is not known: set ftjobs:prices"]
    if amount > USD_PER_JOB:
        return [f"this job may cost {amount:.2f} USD, more than {USD_PER_JOB:.2f}"]
    return []


def cost_of_a_stack(jobs: Iterable[Props]) -> list[str]:
    """All jobs of a stack together."""
    total = sum(cost(props) or 0.0 for props in jobs)
    if total <= USD_PER_STACK:
        return []
    return [f"the jobs of this stack may cost {total:.2f} USD together, more than {USD_PER_STACK:.2f}"]


def protected_in_production(stack: str, *, protect: bool) -> list[str]:
    """A model that production uses is not destroyed by accident."""
    if stack != "production" or protect:
        return []
    return ["declare it with opts=pulumi.ResourceOptions(protect=True) in production"]


def asked_for(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    """A finished job is trained again only when `triggers` says so.

    `steps` are those of `pulumi preview --json`: a policy pack sees no old state, so `gate.py` checks this rule.
    """
    found = []
    for step in steps:
        old, new = step.get("oldState") or {}, step.get("newState") or {}
        if step.get("op") != "replace" or new.get("type") != JOB:
            continue
        outputs = old.get("outputs") or {}
        if outputs.get("status") == "succeeded" and outputs.get("triggers") == (new.get("inputs") or {}).get(
            "triggers"
        ):
            name = str(step.get("urn")).rpartition("::")[2]
            reasons = ", ".join(step.get("replaceReasons") or ())
            found.append(f"job {name} has succeeded and would train again ({reasons}): change `triggers` too")
    return found
