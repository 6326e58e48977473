"""Ending a job that the stack no longer declares: cancel, confirm, and say what remains."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pulumi_ftjobs.api.errors import AnswerLost, ApiError, NotFound, Refused, Unauthorized
from pulumi_ftjobs.api.retry import poll
from pulumi_ftjobs.lifecycle.adoption import duplicates, is_finished, pair
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import job_changes
from pulumi_ftjobs.lifecycle.progress import duration
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, program_of, record_of, urn_of
from pulumi_ftjobs.operations.resource_operations import Props
from pulumi_ftjobs.operations.session import Session
from pulumi_ftjobs.operations.visibility import require_job_gone, require_target

CANCEL_DEADLINE: Final = 120.0
"""Seconds a cancel may take to show at the service before delete() gives up and keeps the entry."""
CANCEL_PAUSE: Final = 2.0


def end_job(session: Session, job_id: str, outputs: Props, urn_now: str | None = None) -> None:
    """Make sure the job is finished, unless the program still declares it.

    Args:
        session: this process's session.
        job_id: the job.
        outputs: what the state has of it.
        urn_now: the URN as the engine has it now; another stack's where the entry was moved.

    Raises:
        FtjobsError: the job may still be running.
    """
    urn, client = urn_of(outputs), session.client
    row = urn_now if urn_now and _stack_of(urn_now) != _stack_of(urn) else urn
    if session.in_use(job_id) or _is_declared(session, job_id, outputs):
        session.say(row, f"kept job {job_id}: still declared")
        return
    record = record_of(outputs)
    require_target(client, record, f"job {job_id}")
    stack = program_of(outputs).get("stack") or ""
    # A create() that follows in this process must not adopt the job as the listing last showed it.
    index = session.index(stack) if stack else None
    try:
        job = client.with_other_keys(lambda: session.find_job(job_id, stack))
        before = str(job.get("status"))
        if not is_finished(job):
            _require_own_stack(job_id, urn, stack, urn_now)
            job = _cancel(session, job_id, program_of(outputs).get("timeout") or CANCEL_DEADLINE)
        if index:
            index.note(job)
    except NotFound as error:
        require_job_gone(session, error, job_id, record, stack)
        if index:
            index.forget(job_id)
        session.say(row, f"job {job_id} no longer exists at the service: there is nothing to cancel")
        return
    session.say(row, f"{_summary(job, before)}{_what_remains(session, job)}")
    _end_duplicates(session, job, stack, row)


def _is_declared(session: Session, job_id: str, outputs: Props) -> bool:
    """Whether the program declares exactly this job: a forced replacement that deletes first must not end it."""
    urn = urn_of(outputs)
    declared = session.declared(urn)
    if declared is None or session.uses_another(urn, job_id):
        return False
    return not any(change.effect == "replace" for change in job_changes(job_id, outputs, declared))


def _require_own_stack(job_id: str, urn: str, stack: str, urn_now: str | None) -> None:
    """Refuse to cancel a job that another stack declared: an entry that was moved has two owners."""
    declared, current = _stack_of(urn), _stack_of(urn_now or urn)
    named = f"/{declared[1]}/{declared[0]}" in stack  # a pair from ftjobs:stackId is the same in both
    if declared == current or not named:
        return
    raise FtjobsError(
        f"job {job_id} was declared by stack {declared[0]} (project {declared[1]}), and this is {current[0]} "
        f"({current[1]}), so it was not cancelled. If that stack no longer declares it (it was renamed, or the entry "
        f"moved for good), run `ftjobs cancel {job_id}` and this command again; to forget it here: `pulumi state "
        "delete URN`"
    )


def _stack_of(urn: str) -> tuple[str, str]:
    """The stack and the project in a URN."""
    stack, project, *_ = [*urn.removeprefix("urn:pulumi:").split("::"), "", ""]
    return stack, project


def _end_duplicates(session: Session, job: Props, stack: str, urn: str) -> None:
    """Cancel every other unfinished job of the same declaration: nothing else would ever mention it."""
    declaration = pair(job, DECLARATION_KEY)
    if not stack or declaration is None:
        return
    try:
        jobs = session.index(stack).related([declaration])
    except ApiError as error:
        session.say(urn, f"could not look for duplicates of job {job['id']}: {error}", "warning")
        return
    for other in duplicates(jobs, {declaration}):
        if other["id"] != job["id"] and not session.in_use(str(other["id"])):
            try:
                session.index(stack).note(_cancel(session, str(other["id"]), CANCEL_DEADLINE))
            except NotFound as error:
                session.say(
                    urn, f"a duplicate of job {job['id']} is listed but not visible: {error}", "warning"
                )
                continue
            session.say(urn, f"cancelled job {other['id']}, a duplicate of {job['id']}")


def _cancel(session: Session, job_id: str, deadline: float) -> Props:
    """Ask, then believe only what a fresh read says: the true answers to a late cancel are unknown."""
    client = session.client
    try:
        client.act(job_id, "cancel")
    except Unauthorized:
        raise
    except (Refused, AnswerLost):  # a 404 too: it may mean that the service has no such route
        job = client.job(job_id).facts()
        if not is_finished(job):
            raise
        return job
    job = poll(
        lambda: client.job(job_id).facts(),
        is_finished,
        replace(client.backoff, sleep=session.pause or client.backoff.sleep),
        deadline=deadline,
        pause=CANCEL_PAUSE,
    )
    if not is_finished(job):
        raise FtjobsError(
            f"job {job_id} accepted the cancel but is still {job.get('status')} after "
            f"{duration(deadline)}; run the command again, it asks again"
        )
    return job


def _what_remains(session: Session, job: Props) -> str:
    """About the model: the FineTunedModel is deleted before its job, and may have taken it down."""
    model = job.get("fine_tuned_model")
    if not model:
        return ""
    return f"; its model {model} {'was deleted' if session.deleted(model) else 'stays at the service'}"


def _summary(job: Props, before: str) -> str:
    status, job_id = job.get("status"), job.get("id")
    if before == status:
        already = "had already " if status != "cancelled" else "had been "
        return f"job {job_id} {already}{status}: nothing to cancel"
    if status == "cancelled":
        return f"cancelled job {job_id} ({before} before); what it had trained is billed by the service's own rules"
    return f"job {job_id} was {before} and has {status} before the cancel arrived"
