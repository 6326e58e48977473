"""Two machines that create one declaration at once: after an own POST look, keep the oldest, cancel the others."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import ApiError
from pulumi_ftjobs.api.stack_index import Facts, StackIndex
from pulumi_ftjobs.api.submission import JobRequest, Note, Submission
from pulumi_ftjobs.lifecycle.adoption import duplicates


class DuplicateGuard:
    """Looks for duplicates of this process's jobs; the last of several creates looks once for all of them."""

    def __init__(self, client: Client, index: StackIndex) -> None:
        self._client = client
        self._index = index
        self._lock = threading.Lock()
        self._running = 0
        self._unsettled: list[tuple[JobRequest, str]] = []

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count one create."""
        with self._lock:
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1

    def settle(self, request: JobRequest, submission: Submission) -> Submission:
        """The submission after a fresh look; while other creates are under way, the look is left to them."""
        with self._lock:
            self._unsettled.append((request, str(submission.job["id"])))
            if self._running > 1:
                return submission
            unsettled, self._unsettled = self._unsettled, []
        try:
            self._index.jobs(max_age=-1)
        except ApiError as error:
            note = Note(request.urn, f"could not look for duplicate jobs: {error}")
            return replace(submission, notes=[*submission.notes, note])
        kept, notes = submission.job, list(submission.notes)
        for other, job_id in unsettled:
            found = [
                dict(job)
                for job in duplicates(self._index.related(other.declarations, math.inf), other.declarations)
            ]
            if len(found) < 2 or job_id not in {job["id"] for job in found}:
                continue
            oldest = found[0]
            is_current = job_id == submission.job["id"]
            if is_current:
                kept = oldest
            elif oldest["id"] != job_id:  # its create() has returned this id already
                notes.append(Note(other.urn, _undecided(job_id, oldest)))
                continue
            reason = f"job {oldest['id']} of the same declaration is older"
            notes += [
                Note(other.urn, cancel_job(self._client, self._index, job, reason)) for job in found[1:]
            ]
        return replace(
            submission,
            job=kept,
            adopted=kept["id"] != submission.job["id"] or submission.adopted,
            notes=notes,
        )

    def without_others(self, request: JobRequest, submission: Submission) -> Submission:
        """An adopted submission, after every other unfinished job of its declaration was cancelled.

        There may be one where a name was used twice: the job that an alias finds, and one of the resource's own name.
        """
        job_id = str(submission.job["id"])
        reason = f"job {job_id} is this declaration already"
        notes = [
            Note(request.urn, cancel_job(self._client, self._index, dict(job), reason))
            for job in duplicates(self._index.related(request.declarations, math.inf), request.declarations)
            if job["id"] != job_id and job["id"] not in request.others
        ]
        return replace(submission, notes=[*submission.notes, *notes])


def cancel_job(client: Client, index: StackIndex, job: Facts, reason: str) -> str:
    """Cancel a job that is one too many. Never raises; returns what to say."""
    try:
        now = client.act(job["id"], "cancel").facts()
    except ApiError as error:
        return f"job {job['id']} could not be cancelled yet, although {reason}: {error}"
    index.note(now)
    return f"cancelled job {job['id']} ({job.get('status')} before): {reason}"


def _undecided(job_id: str, oldest: Facts) -> str:
    return (
        f"job {oldest['id']} of the same declaration was created at the same time, by another command; both are "
        f"unfinished. This stack's state has {job_id}: cancel {oldest['id']} unless another stack uses it"
    )
