"""`paused` is desired state: a job is brought to it at every create and update where that is possible."""

from __future__ import annotations

from typing import Final

from pulumi_ftjobs.api.errors import AnswerLost, Refused
from pulumi_ftjobs.lifecycle.adoption import is_finished
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import paused_is_satisfied
from pulumi_ftjobs.operations.resource_operations import Props
from pulumi_ftjobs.operations.session import Session

PAUSABLE: Final = (
    "; it can be paused once it is running and has made its first step. Run `pulumi up` again then"
)


def try_paused(session: Session, job: Props, wanted: bool | None, urn: str) -> Props:
    """The job, brought to the wanted state of `paused`, or as it was with a warning: never raises.

    What has to wait shows in the job's status, so the next update tries again.
    """
    try:
        return _apply_paused(session, job, wanted, urn)
    except FtjobsError as error:
        session.say(urn, str(error), "warning")
        return job


def _apply_paused(session: Session, job: Props, wanted: bool | None, urn: str) -> Props:
    """Bring the job to the wanted state of `paused`. Raises FtjobsError that says when it will be possible."""
    status, job_id = job.get("status"), job["id"]
    if paused_is_satisfied(job, wanted):
        if wanted and is_finished(job):
            session.say(urn, f"paused: job {job_id} is over ({status}), there is nothing to pause")
        return job
    if wanted and status != "running":
        raise FtjobsError(f"paused: job {job_id} is {status}{PAUSABLE}")
    verb = "pause" if wanted else "resume"
    try:
        now = session.client.act(job_id, verb).facts()
    except (Refused, AnswerLost) as error:
        now = session.client.job(job_id).facts()
        if not paused_is_satisfied(now, wanted):
            too_early = f"{error.what} (HTTP 400): {error.answer.message.rstrip('.')}{PAUSABLE}"
            raise FtjobsError(f"paused: {too_early if wanted and error.status == 400 else error}") from None
    if paused_is_satisfied(now, wanted) and not is_finished(now):
        session.say(urn, f"{verb}d job {job_id}")
    else:
        session.say(urn, f"paused: asked job {job_id} to {verb}, and it is {now.get('status')}")
    return now
