"""Two machines that create one declaration at once: after an own POST look, keep the oldest, cancel the others."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import ApiError
from pulumi_ftjobs.api.stack_index import Facts, StackIndex
from pulumi_ftjobs.api.submission import JobRequest, Say, Submission
from pulumi_ftjobs.lifecycle.adoption import duplicates, is_finished

FOLLOWS: Final = 0.25
"""Seconds to wait for the next create where an engine asks for several at a time; a look costs a listing."""
FOLLOWS_EACH: Final = 0.01
"""The same for each create so far: a short update waits less."""


class DuplicateGuard:
    """Looks for duplicates of this process's jobs; the last of several creates looks once for all of them."""

    def __init__(self, client: Client, index: StackIndex, say: Say) -> None:
        self._client = client
        self._index = index
        self._say = say
        self._changed = threading.Condition()
        self._begun = 0
        self._running = 0
        self._parallel = False
        self._unsettled: list[tuple[JobRequest, str]] = []

    def run(self, request: JobRequest, create: Callable[[], Submission]) -> Submission:
        """The submission of `create`, after a look for duplicates, which the last create makes whatever its end."""
        with self._changed:
            self._begun += 1
            self._running += 1
            self._parallel = self._parallel or self._running > 1
            self._changed.notify_all()
        own_id = None
        try:
            submission = create()
            if submission.marked and not submission.adopted:
                own_id = str(submission.job["id"])
        finally:
            kept = self._end(request, own_id)
        return replace(submission, job=kept, adopted=True) if kept else submission

    def _end(self, request: JobRequest, own_id: str | None) -> Facts | None:
        """Look, unless another create will; the job to keep in place of the one just created, if it is another."""
        with self._changed:
            self._running -= 1
            if own_id:
                self._unsettled.append((request, own_id))
            pause = min(FOLLOWS, FOLLOWS_EACH * self._begun) if self._parallel else 0
            if self._running or self._changed.wait_for(lambda: self._running > 0, pause):
                return None
            unsettled, self._unsettled = self._unsettled, []
        if not unsettled:
            return None
        try:
            self._index.jobs(max_age=-1)
        except ApiError as error:
            self._say(request.urn, f"could not look for duplicate jobs: {error}")
            return None
        kept = [self._settle(other, job_id, is_current=job_id == own_id) for other, job_id in unsettled]
        return next((job for job in kept if job), None)

    def _settle(self, request: JobRequest, job_id: str, *, is_current: bool) -> Facts | None:
        """Cancel all but the oldest job of a declaration; the oldest, if the create under way shall return it."""
        jobs = self._index.related(request.declarations, math.inf)
        found = [
            dict(job)
            for job in duplicates(jobs, request.declarations)
            if str(job["id"]) not in request.others
        ]
        if len(found) < 2 or job_id not in {job["id"] for job in found}:
            return None
        oldest = found[0]
        if oldest["id"] != job_id and not is_current:  # its create() has returned this id already
            self._say(request.urn, _undecided(job_id, oldest))
            return None
        for job in found[1:]:
            reason = f"job {oldest['id']} of the same declaration is older"
            self._say(request.urn, cancel_job(self._client, self._index, job, reason))
        return oldest if oldest["id"] != job_id else None

    def end_others(self, request: JobRequest, submission: Submission) -> None:
        """Cancel every other unfinished job of an adopted submission's declaration.

        There may be one where a name was used twice: the job that an alias finds, and one of the resource's own name.
        """
        job_id = str(submission.job["id"])
        known = {job_id} | request.others | request.replaced
        for job in duplicates(self._index.related(request.declarations, math.inf), request.declarations):
            if job["id"] not in known:
                reason = f"job {job_id} is this declaration already"
                self._say(request.urn, cancel_job(self._client, self._index, dict(job), reason))


def cancel_job(client: Client, index: StackIndex, job: Facts, reason: str) -> str:
    """Cancel a job that is one too many. Never raises; returns what to say, by what a read shows after it."""
    job_id, failure = str(job["id"]), None
    try:
        client.act(job_id, "cancel")
    except ApiError as error:  # also where the job is over
        failure = error
    try:
        now = client.job(job_id).facts()
    except ApiError as error:
        return f"job {job_id} could not be cancelled yet, although {reason}: {failure or error}"
    index.note(now)
    status = now.get("status")
    if status == "cancelled":
        return f"cancelled job {job_id} ({job.get('status')} before): {reason}"
    if is_finished(now):
        return f"job {job_id} has {status} before it could be cancelled, although {reason}"
    if failure:
        return f"job {job_id} could not be cancelled yet, although {reason}: {failure}"
    return f"asked job {job_id} to cancel, and it is still {status}: {reason}"


def _undecided(job_id: str, oldest: Facts) -> str:
    return (
        f"job {oldest['id']} of the same declaration was created at the same time, by another command; both are "
        f"unfinished. This stack's state has {job_id}: cancel {oldest['id']} unless another stack uses it"
    )
