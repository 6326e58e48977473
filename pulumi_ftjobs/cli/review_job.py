"""What a comment says about one job: whether it trains and why, and what becomes of the old one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi_ftjobs.cli.markdown_code import code
from pulumi_ftjobs.cli.preview_json import (
    NOT_YET,
    Step,
    changed_by,
    inputs,
    inputs_before,
    kept,
    label,
    last_known,
)
from pulumi_ftjobs.cli.review_training import is_number, training
from pulumi_ftjobs.cli.terminal_output import timestamp
from pulumi_ftjobs.lifecycle.cost import usd
from pulumi_ftjobs.lifecycle.job_fields import JOB_INPUTS
from pulumi_ftjobs.lifecycle.state_schema import TERMINAL_STATUSES

_ANEW: Final = ": trains anew"
_GOES_ON: Final = (
    "nothing is cancelled (`retain_on_delete`), so if it still runs it goes on at the service and is billed"
)


def about(step: Step, steps: Sequence[Step], said: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The lines about one job. `steps`: all of the preview; `said`: its diagnostics."""
    job, op = label(step, steps), step["op"]
    would = any(one.get("severity") == "error" for one in said)
    trains = "would train" if would else "trains"
    if op == "delete":
        yield f"**{job} is given up.** {_given_up(step, steps)}"
    elif op == "update":
        yield f"**{job} changes in place**{_changed(step)}. {_resting(step, steps)}"
    elif op in {"create", "replace"} and adopts(step):
        instead = " in place of its own" if op == "replace" else ""
        yield f"**{job} takes over** job {code(inputs(step)['adopt_job_id'])}{instead}. Nothing is bought."
        yield from _until_then(step, steps) if instead else ()
    elif op == "replace":
        yield (
            f"**{job} {trains} again**, unless this stack has a job of exactly this declaration: then that one is "
            "taken back and nothing is paid."
        )
        yield from _because(step["urn"], said) or _named(step)
        yield from training(step)
        yield from _until_then(step, steps)
    elif op == "create":
        yield f"**{job} {trains}.**"
        yield from training(step)


def not_planned(steps: Sequence[Step], said: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The jobs that a failing preview has no step for, though it knew that they would train again."""
    planned = {step["urn"] for step in steps if step["op"] == "replace"}
    told = {str(one.get("urn")): one for one in said if _ANEW in str(one.get("message"))}
    for urn, one in told.items():
        if urn not in planned:
            yield f"**{label(one, [*steps, *said])} would train again**"
            yield from (*_because(urn, said), "")


def adopts(step: Step) -> bool:
    """Whether an existing job is taken over."""
    return bool(inputs(step).get("adopt_job_id"))


def _changed(step: Step) -> str:
    """The inputs that differ in brackets, hidden and computed ones left out."""
    new, old = inputs(step), inputs_before(step)
    names = sorted(set(new) | set(old))
    changed = [code(one) for one in names if one in JOB_INPUTS and new.get(one) != old.get(one)]
    return f" ({', '.join(changed)})" if changed else ""


def _resting(step: Step, steps: Sequence[Step]) -> str:
    """What an update does to the job itself: `paused` is held against the status, not against an earlier wish."""
    wish, status = inputs(step).get("paused"), last_known(step, steps).get("status")
    if wish is None or status in TERMINAL_STATUSES or (wish and status == "paused"):
        return "Nothing trains."
    if wish == NOT_YET:
        return "Whether the job is paused is not known yet."
    if wish:
        return "The job is paused."
    resumed = status == "paused" or inputs_before(step).get("paused")
    return "The job is resumed." if resumed else "Nothing trains."


def _because(urn: str, said: Sequence[Mapping[str, Any]]) -> list[str]:
    """Why, in the provider's words."""
    told = [str(one.get("message")) for one in said if one.get("urn") == urn]
    reasons = next((text.partition(_ANEW)[0].split("; ") for text in told if _ANEW in text), [])
    return [f"- because {code(reason, 200)}" for reason in reasons]


def _named(step: Step) -> list[str]:
    """Why, by the names of the inputs."""
    return [f"- because {code(reason, 200)}" for reason in step.get("replaceReasons") or ()]


def _until_then(step: Step, steps: Sequence[Step]) -> Iterator[str]:
    """What serves until the new model exists, who changes then, and the way back."""
    old = last_known(step, steps)
    status = old.get("status")
    if status == "succeeded":
        day = timestamp(old.get("finished_at"))[:10] or "an unknown day"
        yield (
            f"- until then model {code(old.get('fine_tuned_model') or 'of the old job', 120)}, trained on {day}"
            f"{_paid(old)}, keeps serving"
        )
    elif status in TERMINAL_STATUSES:
        yield f"- the old job {code(status)}: no model of it serves"
    else:
        becomes = _GOES_ON if kept(step) else "it is cancelled if it still runs, once the new one is accepted"
        yield f"- the old job was {code(status or 'unfinished')} when last seen: {becomes}"
    users = [f"{kind} {code(user)}".lstrip() for kind, user in changed_by(step, steps)]
    if users:
        yield f"- when it has succeeded these change: {', '.join(users)}"
    if status == "succeeded" and old.get("deletion_policy") == "delete":
        yield "- no way back without training: the old model is then deleted at the service (`deletion_policy`)"
    elif status == "succeeded":
        yield "- to go back: revert; its job is taken back and nothing trains"


def _paid(old: Mapping[str, Any]) -> str:
    """About what a finished job cost: the estimate, corrected by the tokens that were billed."""
    cost = str(old.get("estimated_cost_usd") or "unknown")
    if cost == "unknown":
        return ""
    billed, estimated = old.get("trained_tokens"), old.get("estimated_tokens")
    if billed and estimated and is_number(billed) and is_number(estimated) and " " not in cost:
        cost = usd(float(cost.replace(",", "")) * billed / estimated)
        return f" for about {code(cost)} USD ({billed:,} tokens)"
    return f" for about {code(cost)} USD"


def _given_up(step: Step, steps: Sequence[Step]) -> str:
    old = last_known(step, steps)
    status, model = old.get("status"), old.get("fine_tuned_model")
    if status not in TERMINAL_STATUSES:
        becomes = _GOES_ON if kept(step) else "it is cancelled if it still runs"
        return f"It was {code(status or 'unfinished')} when last seen: {becomes}."
    deleted = old.get("deletion_policy") == "delete"
    becomes = "is deleted at the service (`deletion_policy`)" if deleted else "stays at the service"
    return f"It is over ({code(status)}), nothing is cancelled." + (
        f" Its model {code(model, 120)} {becomes}." if model else ""
    )
