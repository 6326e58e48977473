"""Turn a declaration into exactly one job at the service: adopt, post, or stop.

The POST is the one call that costs money. Before a POST that is not certainly the first one of its declaration the
service is asked; what cannot be proven is said, never assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.daily_limit import with_next_slot
from pulumi_ftjobs.api.duplicate_jobs import DuplicateGuard, cancel_job
from pulumi_ftjobs.api.errors import AnswerLost, ApiError, Busy, DailyLimit, NotSent, Refused
from pulumi_ftjobs.api.retry import poll, repeat
from pulumi_ftjobs.api.stack_index import FRESH, Facts, StackIndex
from pulumi_ftjobs.api.submission import ChoiceNeeded, JobRequest, Say, Submission
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


@dataclass
class _Posting:
    """What one create has learnt while it posts."""

    before: frozenset[str] | None
    """Ids of all jobs before the first POST; None where the pairs tell the jobs apart."""
    marked: bool = True
    """Whether the next POST carries the pairs."""
    in_doubt: bool = False
    """Whether an attempt may have created a job."""


class Submitter:
    """Submits the declarations of one stack to one account. Thread-safe."""

    def __init__(self, client: Client, index: StackIndex, stack: str, say: Say) -> None:
        self._client = client
        self._index = index
        self._stack = stack
        self._say = say
        self._duplicates = DuplicateGuard(client, index, say)

    def submit(self, request: JobRequest) -> Submission:
        """The one job of a declaration.

        Raises:
            ApiError: there certainly is none.
            AnswerLost: there may be one that did not show up; nothing was sent again.
            ChoiceNeeded: jobs exist that may be it, and a person must decide.
        """
        return self._duplicates.run(request, lambda: self._adopted_or_posted(request))

    def end_superseded(self, request: JobRequest, *, retain: bool = False) -> None:
        """Cancel unfinished jobs of the same resource with another declaration; with `retain` only name them.

        Never raises. A job of another resource stays: it may have had this one's name before.
        """
        try:
            old = superseded(self._index.related(request.declarations), request.declarations, request.urns)
        except ApiError as error:
            self._say(request.urn, f"could not look for superseded jobs: {error}")
            return
        for job in old:
            if job["id"] in request.others:
                continue
            if retain:
                self._say(request.urn, _superseded(job))
            else:
                reason = "this declaration supersedes it"
                self._say(request.urn, cancel_job(self._client, self._index, dict(job), reason))

    def _adopted_or_posted(self, request: JobRequest) -> Submission:
        found = before = None
        try:
            found, before = self._look_first(request)
        except ApiError as error:
            if not request.listing_is_optional:
                raise _unlisted(error) from None
            self._say(request.urn, f"{UNLISTED} ({error.what}: HTTP {error.status})")
        if found:
            self._duplicates.end_others(request, found)
            return found
        submission = self._post(request, before)
        self._index.note(submission.job)
        return submission

    # -- looking -----------------------------------------------------------------------------------

    def _look_first(self, request: JobRequest) -> tuple[Submission | None, frozenset[str] | None]:
        """The job that exists already; or the ids of all jobs there are, where the service may not keep our pairs."""
        found = self._look(request)
        if found or self._pairs_are_kept():
            return found, None
        jobs = self._index.all_jobs()
        return self._recognised(request, jobs, "nothing was sent"), _ids(jobs)

    def _look(self, request: JobRequest, max_age: float = FRESH) -> Submission | None:
        """The job that the listing, or this program's own state, shows for the declaration."""
        jobs = [
            job
            for job in self._index.related(request.declarations, max_age)
            if job["id"] not in request.others
        ]
        found = adoptable(jobs, request.declarations, self._client.model_exists)
        if found is None:
            return None
        if not found.model_proven:
            self._say(request.urn, UNPROVEN)
        return Submission(dict(found.job), adopted=True)

    def _pairs_are_kept(self) -> bool:
        return self._client.target.profile.keeps_metadata or self._index.keeps_metadata

    def _candidates(self, request: JobRequest, jobs: Iterable[Facts]) -> list[Facts]:
        found = candidates(jobs, request.props, self._stack)
        known = request.others | request.replaced
        return [dict(job) for job in found if str(job["id"]) not in known and not self._model_is_gone(job)]

    def _model_is_gone(self, job: Mapping[str, Any]) -> bool:
        model = job.get("fine_tuned_model")
        return (
            job.get("status") == "succeeded"
            and bool(model)
            and self._client.model_exists(str(model)) is False
        )

    def _recognised(self, request: JobRequest, jobs: Iterable[Facts], outcome: str) -> Submission | None:
        """The one candidate that trains on an upload of this stack: only this stack uses that file.

        Raises:
            ChoiceNeeded: other jobs may be the declaration; `outcome` says what was done about it so far.
        """
        found = self._candidates(request, jobs)
        if not found:
            return None
        if len(found) > 1 or not self._is_own_upload(str(found[0].get("training_file"))):
            raise ChoiceNeeded(found, outcome)
        text = f"job {found[0]['id']} is recognised by its file, which only this stack uploads"
        self._say(request.urn, text)
        return Submission(found[0], adopted=True, marked=False)

    def _is_own_upload(self, file_id: str) -> bool:
        try:
            return stack_upload_mark(self._stack) in self._client.file(file_id).filename
        except Refused:
            return False

    # -- posting -----------------------------------------------------------------------------------

    def _post(self, request: JobRequest, before: frozenset[str] | None) -> Submission:
        posting = _Posting(before)
        return repeat(
            lambda: self._send(request, posting),
            self._client.backoff,
            ATTEMPTS,
            recover=lambda error: self._recover(request, posting, error),
        )

    def _send(self, request: JobRequest, posting: _Posting) -> Submission:
        """POST once, or return what the attempt before created."""
        if posting.in_doubt:  # a listing may show only after the pause what the attempt before created
            found = self._look(request, max_age=-1) or self._appeared(request, posting.before)
            if found:
                return self._found_again(request, found)
        try:
            job = self._client.create_job(self._body(request, marked=posting.marked)).facts()
        except Refused as error:
            refuses_pairs = error.status == 400 and (error.param or "").startswith("metadata")
            if not posting.marked or not refuses_pairs or request.props.get("metadata"):
                raise
            posting.marked = False
            if posting.before is None:
                # The pairs were expected to be kept: there was no look for jobs without them.
                jobs = self._index.all_jobs(max_age=-1)
                found = self._recognised(request, jobs, "nothing was created")
                if found:
                    return found
                posting.before = _ids(jobs)
            job = self._client.create_job(self._body(request, marked=False)).facts()
        return self._accepted(request, job)

    def _recover(self, request: JobRequest, posting: _Posting, error: ApiError) -> Submission | None:
        if isinstance(error, DailyLimit):
            raise with_next_slot(self._client, error, request.props.get("model")) from None
        if isinstance(error, Refused):
            raise error  # never sent again, whatever its x-should-retry says
        if isinstance(error, NotSent):
            return None
        posting.in_doubt = True
        return self._after_doubt(request, error, posting.before)

    def _body(self, request: JobRequest, *, marked: bool) -> dict[str, Any]:
        profile = self._client.target.profile
        if not marked:
            return create_body(request.props, profile, marked=False)
        return create_body(request.props, profile, stack=self._stack, declaration=request.declaration)

    def _accepted(self, request: JobRequest, job: Facts) -> Submission:
        if keeps_pairs(job, self._stack, request.declaration):
            return Submission(job)
        self._say(request.urn, NO_METADATA)
        return Submission(job, marked=False)

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
            return self._found_again(request, found)
        if isinstance(error, Busy):
            return None
        raise _unresolved(error, asked=asked)

    def _appeared(self, request: JobRequest, before: frozenset[str] | None) -> Submission | None:
        """A job that was not there before the POST, where the service may not keep our pairs."""
        if before is None:
            return None
        new = [job for job in self._index.all_jobs(max_age=-1) if str(job["id"]) not in before]
        return self._recognised(request, new, "nothing was sent again")

    def _found_again(self, request: JobRequest, found: Submission) -> Submission:
        self._say(request.urn, FOUND_AGAIN)
        return replace(found, found_again=True)


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


def _ids(jobs: Iterable[Facts]) -> frozenset[str]:
    return frozenset(str(job["id"]) for job in jobs)


def _superseded(job: Mapping[str, Any]) -> str:
    return (
        f"job {job['id']} of an earlier declaration is {job.get('status')}: it is cancelled when the engine deletes "
        "it, at the end of an update, and never where it is retained on delete; to cancel it now: "
        f"`ftjobs cancel {job['id']}`"
    )


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
