"""The sentences about a job that users read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulumi_ftjobs.lifecycle.values import one_line

NOT_WAITING: Final = (
    " - Ctrl-C ends the wait, not the job; FTJOBS_WAIT=0 in the environment waits for nothing"
)
"""Added to the first row that waits."""
SWITCHED_OFF: Final = "ftjobs:wait=false or FTJOBS_WAIT=0"
"""Why nothing waits, as a rule."""
SET_MAX_ACTIVE: Final = "set ftjobs:maxActiveJobs to the account's limit, and jobs beyond it wait their turn"
"""What to do about a refusal for too many active jobs."""
LAST_EVENTS: Final = "last_events"
"""Where a follower puts the last events of a job that did not succeed."""


def failed_job(job: Mapping[str, Any]) -> str:
    """Why nothing came of a job, its last events, and what to do now."""
    job_id, status = job.get("id"), job.get("status")
    error: Mapping[str, Any] = job.get("error") or {}
    told = one_line(str(error.get("message") or "")).rstrip(".")
    marks = ", ".join(one_line(str(error[name]), 80) for name in ("code", "param") if error.get(name))
    because = f" ({marks})" if marks else ""
    said = f": {told}" if told else ""
    ended = "was cancelled" if status == "cancelled" else "has failed"
    events: Sequence[str] = job.get(LAST_EVENTS) or ()
    heard = f" Last events: {' / '.join(event.rstrip('.') for event in events)}." if events else ""
    return (
        f"job {job_id} {ended}{because}{said}.{heard} Nothing trains again by itself: correct the cause and change "
        "an input, or change `triggers`, and run `pulumi up`; until then whatever uses an earlier model keeps it"
    )


def stopped_waiting(job_id: str, reason: object) -> str:
    """Why a wait ended before the job did."""
    return f"stopped waiting for job {job_id}, which goes on at the service: {reason}"


def interrupted(waits: Sequence[str]) -> str:
    """What Ctrl-C ended: `waits` in words, and that nothing is lost."""
    more = f" and {len(waits) - 5} more" if len(waits) > 5 else ""
    return (
        f"interrupted: stopped waiting for {', '.join(waits[:5])}{more}; what was submitted goes on at the service, "
        "and `pulumi up` goes on waiting"
    )


def not_visible(job_id: str) -> str:
    """Why a wait ended for a job that the service does not show."""
    return (
        f"stopped waiting for job {job_id}: the service does not show it (HTTP 404); check that key, project and "
        "ftjobs:baseUrl are those it was made with; where it was deleted, `pulumi refresh` drops it and the next "
        "`pulumi up` trains anew"
    )


def not_accepted(job_id: str, metrics: Mapping[str, Any] | None, why: str | None = None) -> str:
    """Why a finished model is not used."""
    figures = ", ".join(f"{name} {value}" for name, value in sorted((metrics or {}).items()))
    reason = f" ({one_line(why)})" if why else ""
    return (
        f"job {job_id} has succeeded but its model is not accepted{reason}: "
        f"{one_line(figures) or 'no metrics are known'}. "
        "The job stays recorded and whatever uses an earlier model keeps it; change `accept`, or an input to train anew"
    )


def not_judged(job_id: str, reason: object) -> str:
    """Why a finished model could not be judged."""
    return f"job {job_id} has succeeded, but `accept` cannot judge its model, the metrics could not be read: {reason}"


def still_running(job_id: str, status: str, why: str = SWITCHED_OFF) -> str:
    """What is said about a job that nobody waits for, and why nobody does."""
    goes_on = "" if status == "paused" else " and runs on at the service"
    return (
        f"job {job_id} is {one_line(status, 40)}{goes_on}; its model and whatever uses it stay "
        f"as they are, and a later `pulumi up` records the end (nothing waits: {why})"
    )


def passed_by(sentence: str) -> str:
    """What is said about an end that would fail an update, where nothing waits and nothing fails."""
    return f"{sentence} (passed by: FTJOBS_WAIT=ignore)"
