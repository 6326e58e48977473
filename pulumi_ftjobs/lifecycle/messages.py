"""Messages about a job, shown to users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulumi_ftjobs.lifecycle.values import one_line

NOT_WAITING: Final = " · Ctrl-C ends the wait, not the job; FTJOBS_WAIT=0 in the environment disables waiting"
"""Added to the first row that waits."""
SWITCHED_OFF: Final = "ftjobs:wait=false or FTJOBS_WAIT=0"
"""The usual reason why waiting is disabled."""
TOO_MANY_ACTIVE: Final = "[too_many_active_jobs]"
"""The code at the end of a refusal for too many active jobs: an error reaches the program as text alone."""
SET_MAX_ACTIVE: Final = "set ftjobs:maxActiveJobs to the account's limit, and jobs beyond it wait their turn"
"""What to do about a refusal for too many active jobs."""
LAST_EVENTS: Final = "last_events"
"""Where a watcher puts the last events of a job that did not succeed."""


def failed_job(job: Mapping[str, Any]) -> str:
    """Why nothing came of a job, its last events, and what to do now."""
    job_id, status = job.get("id"), job.get("status")
    error: Mapping[str, Any] = job.get("error") or {}
    said = one_line(str(error.get("message") or "")).rstrip(".")
    codes = ", ".join(one_line(str(error[name]), 80) for name in ("code", "param") if error.get(name))
    because = f" ({codes})" if codes else ""
    said = f": {said}" if said else ""
    ended = "was cancelled" if status == "cancelled" else "has failed"
    events: Sequence[str] = job.get(LAST_EVENTS) or ()
    last = f" Last events: {' / '.join(event.rstrip('.') for event in events)}." if events else ""
    return (
        f"job {job_id} {ended}{because}{said}.{last} Nothing trains again automatically: correct the cause, change "
        "an input or change `triggers`, and run `pulumi up`. Until then resources that use an earlier model keep it"
    )


def stopped_waiting(job_id: str, reason: object) -> str:
    """Why a wait ended before the job did."""
    return f"stopped waiting for job {job_id}, which keeps running at the service: {reason}"


def interrupted(waits: Sequence[str]) -> str:
    """What Ctrl-C ended: `waits` by name, and that nothing is lost."""
    more = f" and {len(waits) - 5} more" if len(waits) > 5 else ""
    return (
        f"interrupted: stopped waiting for {', '.join(waits[:5])}{more}; submitted jobs keep running at "
        "the service, and the next `pulumi up` waits for them again"
    )


def not_visible(job_id: str) -> str:
    """Why a wait ended for a job that the service does not find."""
    return (
        f"stopped waiting for job {job_id}: not visible with this key (HTTP 404). Check that key, project and "
        "ftjobs:baseUrl are those it was created with. If it was deleted, `pulumi refresh` drops it and the next "
        "`pulumi up` retrains"
    )


def not_accepted(job_id: str, metrics: Mapping[str, Any] | None, why: str | None = None) -> str:
    """Why a finished model is not used."""
    figures = ", ".join(f"{name} {value}" for name, value in sorted((metrics or {}).items()))
    reason = f" ({one_line(why)})" if why else ""
    return (
        f"job {job_id} has succeeded but its model is not accepted{reason}: "
        f"{one_line(figures) or 'no metrics are known'}. "
        "The job stays recorded, and resources that use an earlier model keep it. Change `accept`, or an input to "
        "retrain"
    )


def not_judged(job_id: str, reason: object) -> str:
    """Why `accept` could not be called for a finished model."""
    return f"job {job_id} has succeeded, but `accept` cannot judge its model: the metrics could not be read: {reason}"


def still_running(job_id: str, status: str, why: str = SWITCHED_OFF) -> str:
    """What to say about an unfinished job while waiting is disabled, and why it is."""
    running = "" if status == "paused" else " and keeps running at the service"
    return (
        f"job {job_id} is {one_line(status, 40)}{running}; its model and resources that use it stay "
        f"as they are, and a later `pulumi up` records its end (waiting is disabled: {why})"
    )


def ignored(sentence: str, why: str) -> str:
    """What to say about an end that would fail an update, where failures are ignored."""
    return f"{sentence} (ignored: {why})"
