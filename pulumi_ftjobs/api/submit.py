"""Turn a declaration into exactly one job at the service: adopt, post, or stop.

The POST is the one call that costs money. Before a POST that is not certainly the first one of its declaration the
service is asked; what cannot be proven is said, never assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.daily_limit import with_next_slot
from pulumi_ftjobs.api.duplicate_jobs import DuplicateGuard, cancel_job
from pulumi_ftjobs.api.errors import AnswerLost, ApiError, Busy, DailyLimit, NotSent, Refused
from pulumi_ftjobs.api.retry import poll, repeat
from pulumi_ftjobs.api.stack_index import FRESH, Facts, StackIndex
from pulumi_ftjobs.api.submission import ChoiceNeeded, JobRequest, Note, Submission
from pulumi_ftjobs.lifecycle.adoption import adoptable, candidates, keeps_pairs, superseded
from pulumi_ftjobs.lifecycle.identity import stack_upload_mark
from pulumi_ftjobs.lifecycle.job_request import create_body

ATTEMPTS: Final = 4
"""POSTs of one declaration in one create(), each after the service was asked about the one before."""
LOOK_DEADLINE: Final = 90.0
"""Seconds to look for a job after a lost answer; a listing may show it that much later than it was created."""
LOOK_PAUSE: Final = 1.0
NO_METADATA: Final = (
    "this service does not keep metadata: a lost job is recognised by its training file alone"
)
UNPROVEN: Final = "whether its model still exists cannot be proven at this service"
UNLISTED: Final = (
    "sent without a look for an existing job (ftjobs:createWithoutListing): jobs cannot be listed here"
)
FOUND_AGAIN: Final = "the answer to the create call was lost; the job was found again"


class Submitter:
    """Submits the declarations of one stack to one account. Thread-safe."""

    def __init__(self, client: Client, index: StackIndex, stack: str) -> None:
        self._client = client
        self._index = index
        self._stack = stack
        self._duplicates = DuplicateGuard(client, index)

    def submit(self, request: JobRequest) -> Submission:
        """The one job of a declaration.

        Raises:
            ApiError: there certainly is none.
            AnswerLost: there may be one that did not show up; nothing was sent again.
            ChoiceNeeded: jobs exist that may be it, and a person must decide.
        """
        with self._duplicates.under_way():
            try:
                found, before = self._look_first(request)
            except ApiError as error:
                if not request.listing_is_optional:
                    raise _unlisted(error) from None
                found, before = None, None
                notes = [Note(request.urn, f"{UNLISTED} ({error.what}: HTTP {error.status})")]
            else:
                notes = []
            if found:
                return self._duplicates.without_others(request, found)
            submission = self._post(request, before)
            submission = replace(submission, notes=[*notes, *submission.notes])
            self._index.note(submission.job)
            if submission.marked and not submission.adopted:
                submission = self._duplicates.settle(request, submission)
            return submission

    def cancel_superseded(self, request: JobRequest) -> list[str]:
        """Cancel unfinished jobs of the same resource with another declaration. Never raises; returns notes."""
        try:
            old = superseded(self._index.related(request.declarations), request.declarations, request.urns)
        except ApiError as error:
            return [f"could not look for superseded jobs: {error}"]
        return [
            cancel_job(self._client, self._index, dict(job), "this declaration supersedes it") for job in old
        ]

    # -- looking -----------------------------------------------------------------------------------

    def _look_first(self, request: JobRequest) -> tuple[Submission | None, frozenset[str] | None]:
        """The job that exists already; or the ids of all jobs there are, where the service may not keep our pairs."""
        found = self._look(request)
        if found or self._pairs_are_kept():
            return found, None
        jobs = self._index.all_jobs()
        found = self._recognised(request, jobs)
        if found is None:
            self._require_no_candidates(request, jobs, "nothing was sent")
        return found, frozenset(str(job["id"]) for job in jobs)

    def _look(self, request: JobRequest, max_age: float = FRESH) -> Submission | None:
        """The job that the listing, or this program's own state, shows for the declaration."""
        jobs = self._index.related(request.declarations, max_age)
        found = adoptable(jobs, request.declarations, self._client.model_exists)
        if found is None:
            return None
        notes = [] if found.model_proven else [Note(request.urn, UNPROVEN)]
        return Submission(dict(found.job), adopted=True, notes=notes)

    def _pairs_are_kept(self) -> bool:
        return self._client.target.profile.keeps_metadata or self._index.keeps_metadata

    def _require_no_candidates(self, request: JobRequest, jobs: Iterable[Facts], outcome: str) -> None:
        found = self._candidates(request, jobs)
        if found:
            raise ChoiceNeeded(found, outcome)

    def _candidates(self, request: JobRequest, jobs: Iterable[Facts]) -> list[Facts]:
        found = candidates(jobs, request.props, self._stack)
        return [
            dict(job)
            for job in found
            if str(job["id"]) not in request.others and not self._model_is_gone(job)
        ]

    def _model_is_gone(self, job: Mapping[str, Any]) -> bool:
        model = job.get("fine_tuned_model")
        return (
            job.get("status") == "succeeded"
            and bool(model)
            and self._client.model_exists(str(model)) is False
        )

    def _recognised(self, request: JobRequest, jobs: Iterable[Facts]) -> Submission | None:
        """The one candidate that trains on an upload of this stack: only this stack uses that file."""
        found = self._candidates(request, jobs)
        if len(found) != 1 or not self._is_own_upload(str(found[0].get("training_file"))):
            return None
        note = Note(
            request.urn, f"job {found[0]['id']} is recognised by its file, which only this stack uploads"
        )
        return Submission(found[0], adopted=True, marked=False, notes=[note])

    def _is_own_upload(self, file_id: str) -> bool:
        try:
            return stack_upload_mark(self._stack) in self._client.file(file_id).filename
        except Refused:
            return False

    # -- posting -----------------------------------------------------------------------------------

    def _post(self, request: JobRequest, before: frozenset[str] | None) -> Submission:
        profile = self._client.target.profile
        marked = create_body(request.props, profile, stack=self._stack, declaration=request.declaration)
        plain = create_body(request.props, profile, marked=False)
        bodies = [plain, marked]
        doubts: list[ApiError] = []

        def post() -> Submission:
            if doubts:  # a listing may show only after the pause what the attempt before created
                found = self._look(request, max_age=-1) or self._appeared(request, before)
                if found:
                    return _found_again(request, found)
            try:
                job = self._client.create_job(bodies[-1]).facts()
            except Refused as error:
                refuses_pairs = error.status == 400 and (error.param or "").startswith("metadata")
                if len(bodies) == 1 or not refuses_pairs or request.props.get("metadata"):
                    raise
                bodies.pop()
                job = self._client.create_job(plain).facts()
            return self._accepted(request, job)

        def recover(error: ApiError) -> Submission | None:
            if isinstance(error, DailyLimit):
                raise with_next_slot(self._client, error, marked.get("model")) from None
            if isinstance(error, Refused):
                raise error  # never sent again, whatever its x-should-retry says
            if isinstance(error, NotSent):
                return None
            doubts.append(error)
            return self._after_doubt(request, error, before)

        return repeat(post, self._client.backoff, ATTEMPTS, recover=recover)

    def _accepted(self, request: JobRequest, job: Facts) -> Submission:
        if keeps_pairs(job, self._stack, request.declaration):
            return Submission(job)
        return Submission(job, marked=False, notes=[Note(request.urn, NO_METADATA)])

    def _after_doubt(
        self, request: JobRequest, error: ApiError, before: frozenset[str] | None
    ) -> Submission | None:
        """What a POST that failed may have created after all.

        Returns:
            The job; None where the service itself said that it did nothing and no job shows.

        Raises:
            ApiError: `error`, where the service cannot be asked, or may have created a job that does not show.
            ChoiceNeeded: jobs appeared that may be it.
        """
        backoff = self._client.backoff
        asked = False

        def look() -> Submission | None:
            nonlocal asked
            try:
                found = self._look(request, max_age=-1) or self._appeared(request, before)
            except ChoiceNeeded:
                raise
            except ApiError:
                return None
            asked = True
            return found

        if isinstance(error, Busy):
            found = look()
            if not asked:
                raise error
        else:
            found = poll(
                look, lambda seen: seen is not None, backoff, deadline=LOOK_DEADLINE, pause=LOOK_PAUSE
            )
        if found:
            return _found_again(request, found)
        if isinstance(error, Busy):
            return None
        raise _unresolved(error, asked=asked)

    def _appeared(self, request: JobRequest, before: frozenset[str] | None) -> Submission | None:
        """A job that was not there before the POST, where the service may not keep our pairs."""
        if before is None:
            return None
        new = [job for job in self._index.all_jobs(max_age=-1) if str(job["id"]) not in before]
        found = self._recognised(request, new)
        if found is None:
            self._require_no_candidates(request, new, "nothing was sent again")
        return found


def _unlisted(error: ApiError) -> ApiError:
    """The same error, with what helps behind a gateway that answered, and will never list jobs."""
    if not (isinstance(error, AnswerLost) and error.status):
        return error
    return type(error)(
        error.what,
        error.answer,
        hint="no job was sent. Run the command again; for a gateway that never lists jobs there is "
        "ftjobs:createWithoutListing",
    )


def _found_again(request: JobRequest, found: Submission) -> Submission:
    return replace(found, notes=[Note(request.urn, FOUND_AGAIN), *found.notes])


def _unresolved(error: ApiError, *, asked: bool) -> AnswerLost:
    seen = (
        f"no job of this declaration showed up within {LOOK_DEADLINE:.0f} seconds"
        if asked
        else "the service could not be asked for it"
    )
    return AnswerLost(
        error.what,
        error.answer,
        hint=f"a job may have been created; {seen}, and nothing was sent again. Run `pulumi up` again: it looks for "
        "the job before it creates one",
    )
