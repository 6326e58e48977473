"""Turn a declaration into exactly one job at the service: adopt, post, or stop.

The POST is the one call that costs money. It is never repeated before the service was asked whether
the first one counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Final

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import AnswerLost, ApiError, Busy, DailyLimit, NotSent, Refused, Unreadable
from pulumi_ftjobs.api.retry import may_repeat
from pulumi_ftjobs.api.stack_index import Facts, StackIndex
from pulumi_ftjobs.lifecycle.adoption import adoptable, pair, superseded, unmarked_candidates
from pulumi_ftjobs.lifecycle.change_table import same_model
from pulumi_ftjobs.lifecycle.job_request import create_body
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY
from pulumi_ftjobs.lifecycle.values import listed, one_line

TRIES: Final = 4
"""POSTs of one declaration in one create(), each after the service was asked about the one before."""
LOOKS: Final = (0.0, 2.0, 5.0)
"""Seconds before each look after a lost answer: a slow commit shows up in one of them."""
DAY: Final = 24 * 3600
"""Seconds of the service's rolling day."""
CLOCK_SLACK: Final = 5.0
"""Seconds; the service's creation times are whole seconds and its Date header is as well."""


class AnswerLostForGood(AnswerLost):
    """The service may have created a job that it does not let us find: a person must choose."""


@dataclass
class Submission:
    """How a declaration became a job."""

    job: Facts
    adopted: bool = False
    """Found, not bought."""
    marked: bool = True
    """The service keeps our pairs: the job can be found again."""
    notes: list[str] = field(default_factory=list)
    """Sentences for the user."""


class Submitter:
    """Submits the declarations of one stack to one account."""

    def __init__(self, client: Client, index: StackIndex, stack: str) -> None:
        self._client = client
        self._index = index
        self._stack = stack

    def submit(self, props: Mapping[str, Any], declaration: str) -> Submission:
        """The one job of this declaration. Raises ApiError when there is none for certain, and
        AnswerLost when there may be one that could not be found.
        """
        found = self._look(declaration)
        if found:
            return Submission(found, adopted=True)
        submission = self._post(props, declaration)
        self._index.note(submission.job)
        return submission

    def cancel_superseded(self, declaration: str, urn: str) -> list[str]:
        """Cancel unfinished jobs of the same resource with another declaration. Never raises; returns notes."""
        try:
            old = superseded(self._index.jobs(), declaration, urn)
        except ApiError as error:
            return [f"could not look for superseded jobs: {error}"]
        return [note for job in old for note in self._cancel_one(dict(job))]

    def _cancel_one(self, job: Facts) -> list[str]:
        try:
            now = self._client.act(job["id"], "cancel").facts()
        except ApiError as error:
            return [f"superseded job {job['id']} could not be cancelled yet: {error}"]
        self._index.note(now)
        return [f"cancelled job {job['id']}, which this declaration supersedes ({job.get('status')} before)"]

    def _look(self, declaration: str, max_age: float | None = None) -> Facts | None:
        jobs = self._index.jobs() if max_age is None else self._index.jobs(max_age)
        found = adoptable(jobs, declaration, self._client.model_exists)
        return dict(found) if found else None

    def _post(self, props: Mapping[str, Any], declaration: str) -> Submission:
        profile = self._client.target.profile
        body = create_body(props, profile, stack=self._stack, declaration=declaration)
        plain = create_body(props, profile, marked=False)
        marked = True
        for attempt in range(1, TRIES + 1):
            started = self._client.now()
            try:
                return self._accepted(self._client.create_job(body if marked else plain).facts(), marked)
            except AnswerLost as error:
                found = self._after_a_lost_answer(declaration, body, started, error)
                if found:
                    return Submission(
                        found, adopted=True, notes=["its answer was lost; the job was found again"]
                    )
                self._pause_or_raise(attempt, error)
            except (Busy, NotSent) as error:
                self._pause_or_raise(attempt, error)
            except DailyLimit as error:
                raise self._with_next_slot(error, body) from None
            except Refused as error:
                if not (marked and error.status == 400 and (error.param or "").startswith("metadata")):
                    raise
                if props.get("metadata"):
                    raise
                marked = False
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _with_next_slot(self, error: DailyLimit, body: Mapping[str, Any]) -> DailyLimit:
        """The refusal with the time of the next slot: a day after the oldest job of the last day, if one is seen."""
        try:
            young = _until(self._client.jobs(), self._client.now() - DAY)
            times = [
                job.created_at for job in young if same_model(body.get("model"), job.facts().get("model"))
            ]
        except ApiError:
            return error
        oldest = min((at for at in times if at), default=None)
        if oldest is None:
            return error
        free = datetime.fromtimestamp(oldest + DAY, tz=timezone.utc)
        return DailyLimit(
            error.what,
            error.answer,
            hint=f"the day is a rolling one: run the command again after {free:%Y-%m-%d %H:%M} UTC, when "
            "the oldest job of the last 24 hours leaves it",
        )

    def _accepted(self, job: Facts, marked: bool) -> Submission:
        kept = marked and pair(job, DECLARATION_KEY) is not None
        submission = Submission(job, marked=kept)
        if not kept:
            submission.notes.append(
                "this service does not keep metadata, so a job whose answer is lost cannot be found again"
            )
        return submission

    def _pause_or_raise(self, attempt: int, error: ApiError) -> None:
        # An unreadable answer comes here only after the service has answered a look in its own language.
        if attempt == TRIES or not (may_repeat(error) or isinstance(error, Unreadable)):
            raise error
        self._client.backoff.sleep(self._client.backoff.pause(attempt, error))

    def _after_a_lost_answer(
        self, declaration: str, body: Mapping[str, Any], started: float, error: AnswerLost
    ) -> Facts | None:
        looked = False
        for pause in LOOKS:
            if pause:
                self._client.backoff.sleep(pause)
            try:
                found = self._look(declaration, max_age=-1)
            except ApiError:
                looked = False
                continue
            looked = True
            if found:
                return found
        if not looked:
            raise error
        self._stop_if_it_cannot_be_told(body, started - CLOCK_SLACK, error)
        return None

    def _stop_if_it_cannot_be_told(
        self, body: Mapping[str, Any], not_before: float, error: AnswerLost
    ) -> None:
        """Without our pairs on the service's jobs nobody can say which one the lost answer was about."""
        young = [job.facts() for job in _until(self._client.jobs(), not_before)]
        candidates = unmarked_candidates(young, body, not_before)
        if candidates:
            lines = listed([f'adopt_job_id="{one_line(job["id"], 64)}"' for job in candidates], "or")
            raise AnswerLostForGood(
                error.what,
                error.answer,
                hint="this service keeps no metadata, so nothing was sent twice; jobs that may be it: "
                f"declare {lines} (or cancel them at the service and run the command again)",
            )


def _until(jobs: Any, not_before: float) -> Any:
    """Jobs, newest first, as long as they are young enough."""
    for job in jobs:
        if (job.created_at or 0) < not_before:
            return
        yield job
