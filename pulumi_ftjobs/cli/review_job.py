"""What a comment says about one job: whether it trains and why, on what, for how much, what becomes of the old one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_ftjobs.cli.markdown import code
from pulumi_ftjobs.cli.output import moment
from pulumi_ftjobs.cli.steps import Step, changed_by, inputs, inputs_before, last_known, name
from pulumi_ftjobs.lifecycle.contract import FINISHED, JOB_INPUTS, PROGRAM
from pulumi_ftjobs.lifecycle.cost import usd


def about(step: Step, steps: Sequence[Step], said: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The lines about one job. `steps`: all of the preview; `said`: its diagnostics."""
    job, op = code(name(step)), step["op"]
    if op == "delete":
        yield f"**{job} is given up.** {_given_up(last_known(step, steps))}"
    elif op == "update":
        changed = ", ".join(map(code, _changed(step)))
        yield f"**{job} changes in place**{f' ({changed})' if changed else ''}. Nothing trains."
    elif op == "replace":
        yield (
            f"**{job} trains again**, unless this stack has a job of exactly this declaration: then that one is "
            "taken back and nothing is paid."
        )
        yield from _because(step, said)
        yield from _training(step)
        yield from _until_then(step, steps)
    elif op == "create" and adopts(step):
        yield f"**{job} takes over** job {code(inputs(step)['adopt_job_id'])}. Nothing is bought."
    elif op == "create":
        yield f"**{job} trains.**"
        yield from _training(step)


def adopts(step: Step) -> bool:
    """Whether an existing job is taken over."""
    return bool(inputs(step).get("adopt_job_id"))


def cost_range(step: Step) -> tuple[float, float] | None:
    """The estimate's ends in USD, None when it has no upper one."""
    text = str(inputs(step).get("estimated_cost_usd") or "")
    try:
        ends = [float(part) for part in text.replace(",", "").split(" to ")]
    except ValueError:
        return None
    return ends[0], ends[-1]


def _changed(step: Step) -> list[str]:
    """The inputs that differ, hidden and computed ones left out."""
    new, old = inputs(step), inputs_before(step)
    names = sorted(set(new) | set(old))
    return [one for one in names if one in JOB_INPUTS and new.get(one) != old.get(one)]


def _because(step: Step, said: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Why: in the provider's words, else the names of the inputs."""
    told = [str(d.get("message")) for d in said if d.get("urn") == step["urn"] and ": trains anew" in str(d)]
    reasons = told[0].partition(": trains anew")[0].split("; ") if told else step.get("replaceReasons") or ()
    yield from (f"- because {code(reason, 200)}" for reason in reasons)


def _training(step: Step) -> Iterator[str]:
    """On what, and for how much."""
    new = inputs(step)
    method = (new.get("method") or {}).get("type")
    yield f"- base {code(new.get('model', 'not known yet'))}" + (f", method {code(method)}" if method else "")
    for role, word in (("training_file", "data"), ("validation_file", "validation")):
        if new.get(role) is not None or new.get(f"{role}_digest") is not None:
            yield f"- {word}: {_rows(step, role)}"
    tokens = new.get("estimated_tokens")
    amount = new.get("estimated_cost_usd") or "unknown"
    yield f"- cost: about {code(amount)} USD" + (
        f", {tokens:,} tokens over all epochs" if _number(tokens) else ""
    )
    if amount == "unknown" or str(amount).startswith("at least"):
        yield (
            "- why it is not known: no price for this base, a method that bills by the hour, or images; "
            "see `ftjobs:prices`"
        )


def _rows(step: Step, role: str) -> str:
    """Rows, tokens and digest of a file, and those before where they differ."""
    new, old = inputs(step), inputs_before(step)
    digest, was = new.get(f"{role}_digest"), old.get(f"{role}_digest")
    told = _figures(new, role) or "a file at the service, its rows are not known"
    told += f", {code(digest, 20)}" if digest else ""
    if was and was != digest:
        told += f" (before: {_figures(old, role) or 'other rows'}, {code(was, 20)})"
    return told


def _figures(declared: Mapping[str, Any], role: str) -> str:
    figures = ((declared.get(PROGRAM) or {}).get("data") or {}).get(role) or {}
    parts = [f"{figures[key]:,} {key}" for key in ("rows", "tokens") if _number(figures.get(key))]
    return ", ".join(parts)


def _until_then(step: Step, steps: Sequence[Step]) -> Iterator[str]:
    """What serves until the new model exists, who changes then, and the way back."""
    old = last_known(step, steps)
    status = old.get("status")
    if status == "succeeded":
        day = moment(old.get("finished_at"))[:10] or "an unknown day"
        yield (
            f"- until then model {code(old.get('fine_tuned_model') or 'of the old job', 120)}, trained on {day}"
            f"{_paid(old)}, keeps serving"
        )
    elif status in FINISHED:
        yield f"- the old job {code(status)}: no model of it serves"
    else:
        yield (
            f"- the old job was {code(status or 'unfinished')} when last seen: it is cancelled once the "
            "new one is accepted"
        )
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
    if billed and estimated and _number(billed) and _number(estimated) and " " not in cost:
        cost = usd(float(cost.replace(",", "")) * billed / estimated)
        return f" for about {code(cost)} USD ({billed:,} tokens)"
    return f" for about {code(cost)} USD"


def _given_up(old: Mapping[str, Any]) -> str:
    status, model = old.get("status"), old.get("fine_tuned_model")
    if status not in FINISHED:
        return f"It was {code(status or 'unfinished')} when last seen, and is cancelled if it still runs."
    deleted = old.get("deletion_policy") == "delete"
    becomes = "is deleted at the service (`deletion_policy`)" if deleted else "stays at the service"
    return f"It is over ({code(status)}), nothing is cancelled." + (
        f" Its model {code(model, 120)} {becomes}." if model else ""
    )


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
