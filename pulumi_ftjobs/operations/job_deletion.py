"""Ending a job that the stack no longer declares: cancel, confirm, and say what remains."""

from __future__ import annotations

from typing import Final

from pulumi_ftjobs.api.errors import AnswerLost, NotFound, Refused, Unauthorized
from pulumi_ftjobs.api.retry import poll
from pulumi_ftjobs.lifecycle.adoption import is_finished
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.progress import duration
from pulumi_ftjobs.lifecycle.state_schema import program_of, record_of, urn_of
from pulumi_ftjobs.operations.resource_operations import Props
from pulumi_ftjobs.operations.session import Session
from pulumi_ftjobs.operations.visibility import require_gone, require_target

CANCEL_DEADLINE: Final = 120.0
"""Seconds a cancel may take to show at the service before delete() gives up and keeps the entry."""
CANCEL_PAUSE: Final = 2.0


def end_job(session: Session, job_id: str, outputs: Props) -> None:
    """Make sure the job is finished, unless the program still declares it.

    Raises:
        FtjobsError: the job may still be running.
    """
    urn, client = urn_of(outputs), session.client
    if session.in_use(job_id):
        session.say(urn, f"kept job {job_id}: still declared")
        return
    record = record_of(outputs)
    require_target(client, record, f"job {job_id}")
    # A create() that follows in this process must not adopt the job as the listing last showed it.
    stack = program_of(outputs).get("stack")
    index = session.index(stack) if stack else None
    try:
        job = client.with_other_keys(lambda: client.job(job_id).facts())
        before = str(job.get("status"))
        if not is_finished(job):
            job = _cancel(session, job_id, program_of(outputs).get("timeout") or CANCEL_DEADLINE)
        if index:
            index.note(job)
        session.say(urn, f"{_summary(job, before)}{_what_remains(session, job)}")
    except NotFound:
        require_gone(client, record, f"job {job_id}", permanent=client.target.profile.jobs_are_permanent)
        if index:
            index.forget(job_id)
        session.say(urn, f"job {job_id} was gone already")


def _cancel(session: Session, job_id: str, deadline: float) -> Props:
    """Ask, then believe only what a fresh read says: the true answers to a late cancel are unknown."""
    client = session.client
    try:
        seen = [client.act(job_id, "cancel").facts()]
    except (Unauthorized, NotFound):
        raise
    except (Refused, AnswerLost):
        seen = [client.job(job_id).facts()]
        if not is_finished(seen[0]):
            raise
    job = poll(
        lambda: seen.pop() if seen else client.job(job_id).facts(),
        is_finished,
        client.backoff,
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
