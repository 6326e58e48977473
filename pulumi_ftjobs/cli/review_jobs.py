"""The lines of a review comment about one job: whether it trains and why, and what happens to the old one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi_ftjobs.cli.markdown_code import code
from pulumi_ftjobs.cli.preview_json import (
    Step,
    changed_by,
    inputs,
    inputs_before,
    is_retained,
    kind,
    label,
    last_known,
    outputs_before,
)
from pulumi_ftjobs.cli.review_training import cost_range, is_number, shown_range, training_lines
from pulumi_ftjobs.cli.terminal_output import timestamp
from pulumi_ftjobs.lifecycle.change_table import job_changes
from pulumi_ftjobs.lifecycle.job_fields import JOB_INPUTS
from pulumi_ftjobs.lifecycle.state_schema import RECORD, TERMINAL_STATUSES
from pulumi_ftjobs.lifecycle.values import UNKNOWN

_RETAINED: Final = (
    "nothing is cancelled (`retain_on_delete`); an unfinished job keeps running at the service and is billed"
)
_UNSUCCESSFUL: Final = TERMINAL_STATUSES - {"succeeded"}


def job_lines(step: Step, steps: Sequence[Step], *, fails: bool) -> Iterator[str]:
    """The lines about one job.

    Args:
        step: The job's step.
        steps: All steps of the preview.
        fails: Whether the preview has errors, so that nothing is certain.
    """
    job, op = label(step, steps), step["op"]
    trains = "would train" if fails else "trains"
    if op == "delete":
        yield f"**{job} is removed from the stack.** {_removed(step, steps)}"
    elif op == "update":
        yield f"**{job} changes in place**{_changed(step)}. {_effect_on_job(step, steps)}"
    elif op in {"create", "replace"} and adopts(step):
        current = ", in place of its current job" if op == "replace" else ""
        yield f"**{job} adopts** job {code(inputs(step)['adopt_job_id'])}{current}. No job is created, no charge."
        yield from _until_then(step, steps) if current else ()
    elif op == "replace":
        yield (
            f"**{job} {trains} again**, unless this stack has a job with the same declaration: then that one is "
            "adopted at no charge."
        )
        yield from _causes(step)
        yield from training_lines(step)
        yield from _until_then(step, steps)
    elif op == "create":
        yield f"**{job} {trains}.**"
        yield from training_lines(step)


def failed_lines(steps: Sequence[Step]) -> list[str]:
    """A line for each job that stays in the stack and did not succeed: every `pulumi up` fails with it."""
    lines = []
    for step in steps:
        outputs = outputs_before(step)
        stays = step["op"] in {"same", "update", "read", "refresh"}
        if kind(step) == "FineTuningJob" and stays and outputs.get("status") in _UNSUCCESSFUL:
            reason = (outputs.get("error") or {}).get("code")
            because = f" ({code(reason)})" if reason else ""
            lines.append(
                f"- **{label(step, steps)}: its job {code(outputs['status'])}**{because}. `pulumi up` fails where its "
                "model is used, until an input or `triggers` changes."
            )
    return lines


def adopts(step: Step) -> bool:
    """Whether a given job is adopted."""
    return bool(inputs(step).get("adopt_job_id"))


def _changed(step: Step) -> str:
    """The changed inputs in brackets, without hidden and computed ones."""
    new, old = inputs(step), inputs_before(step)
    names = sorted(set(new) | set(old))
    changed = [code(one) for one in names if one in JOB_INPUTS and new.get(one) != old.get(one)]
    return f" ({', '.join(changed)})" if changed else ""


def _effect_on_job(step: Step, steps: Sequence[Step]) -> str:
    """What an update does to the job itself: `paused` is compared with its status."""
    paused, status = inputs(step).get("paused"), last_known(step, steps).get("status")
    if paused is None or status in TERMINAL_STATUSES or (paused is True and status == "paused"):
        return "Nothing trains."
    if paused is UNKNOWN:
        return "Whether the job is paused is not known yet."
    if paused:
        return "The job is paused."
    resumed = status == "paused" or inputs_before(step).get("paused")
    return "The job is resumed." if resumed else "Nothing trains."


def _causes(step: Step) -> Iterator[str]:
    """Why the job is replaced: the inputs that the provider named, with what changed in each."""
    named: dict[str, None] = dict.fromkeys(step.get("replaceReasons") or ())
    old = outputs_before(step)
    job_id = str((step.get("oldState") or {}).get("id"))
    changes = job_changes(job_id, old, inputs(step)) if RECORD in old else []
    for change in changes:
        if change.effect == "replace" and change.property in named:
            yield f"- because {code(f'{change.path}: {change.detail}', 200)}"
    explained = {change.property for change in changes}
    yield from (f"- because {code(reason, 200)}" for reason in named if reason not in explained)


def _until_then(step: Step, steps: Sequence[Step]) -> Iterator[str]:
    """What serves until the new model exists, what changes then, and how to go back."""
    old = last_known(step, steps)
    status = old.get("status")
    if status == "succeeded":
        day = timestamp(old.get("finished_at"))[:10] or "an unknown day"
        yield (
            f"- until then model {code(old.get('fine_tuned_model') or 'of the old job', 120)}, trained on {day}"
            f"{_paid(old)}, keeps serving"
        )
    elif status in TERMINAL_STATUSES:
        yield f"- the old job {code(status)}: it has no model that serves"
    else:
        then = (
            _RETAINED if is_retained(step) else "it is cancelled if unfinished, once the new one is accepted"
        )
        yield f"- the old job was {code(status or 'unfinished')} when last read: {then}"
    users = [f"{what} {code(user)}".lstrip() for what, user in changed_by(step, steps)]
    if users:
        yield f"- once it has succeeded, these change: {', '.join(users)}"
    if status == "succeeded" and old.get("deletion_policy") == "delete":
        yield "- no way back without training: the old model is then deleted at the service (`deletion_policy`)"
    elif status == "succeeded":
        yield "- to go back: revert the change; the old job is adopted and nothing trains"


def _paid(old: Mapping[str, Any]) -> str:
    """About what a finished job cost: the estimate, corrected by the billed tokens."""
    known = cost_range(old)
    if not known:
        return ""
    billed, estimated = old.get("trained_tokens"), old.get("estimated_tokens")
    if is_number(billed) and is_number(estimated) and billed and estimated and known[0] == known[1]:
        cost = known[0] * billed / estimated
        return f" for about {code(shown_range(cost, cost))} USD ({billed:,} tokens)"
    return f" for about {code(shown_range(*known))} USD"


def _removed(step: Step, steps: Sequence[Step]) -> str:
    """What happens to a job that is removed from the stack, and to its model."""
    old = last_known(step, steps)
    status, model = old.get("status"), old.get("fine_tuned_model")
    if status not in TERMINAL_STATUSES:
        then = _RETAINED if is_retained(step) else "it is cancelled if unfinished"
        return f"It was {code(status or 'unfinished')} when last read: {then}."
    deleted = old.get("deletion_policy") == "delete"
    then = "is deleted at the service (`deletion_policy`)" if deleted else "stays at the service"
    return f"It has finished ({code(status)}), nothing is cancelled." + (
        f" Its model {code(model, 120)} {then}." if model else ""
    )
