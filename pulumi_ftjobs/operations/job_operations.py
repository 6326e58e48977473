"""The operations of a fine-tuning job: check and diff offline, the rest through the service."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from pulumi_ftjobs.api.errors import ApiError, NotFound
from pulumi_ftjobs.api.submission import JobRequest, Submission
from pulumi_ftjobs.lifecycle.adoption import dropped_in_creation, duplicates, is_finished, pair
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import Change, job_changes
from pulumi_ftjobs.lifecycle.identity import declared_digests
from pulumi_ftjobs.lifecycle.job_outputs import job_outputs
from pulumi_ftjobs.lifecycle.progress import duration
from pulumi_ftjobs.lifecycle.state_schema import (
    DECLARATION_KEY,
    STACK_KEY,
    Record,
    aliases_of,
    program_of,
    record_of,
    urn_of,
)
from pulumi_ftjobs.lifecycle.values import one_line
from pulumi_ftjobs.operations.job_adoption import adopt_given_job
from pulumi_ftjobs.operations.job_check import JobCheck
from pulumi_ftjobs.operations.job_deletion import end_job
from pulumi_ftjobs.operations.job_pausing import try_paused
from pulumi_ftjobs.operations.price_request import price_note
from pulumi_ftjobs.operations.resource_operations import Checked, Props, ResourceOperations
from pulumi_ftjobs.operations.visibility import dropped, require_job_gone, require_target


class JobOperations(ResourceOperations):
    """The jobs of one provider process."""

    def checked(self, inputs: Props, old_inputs: Props) -> Checked:
        """Every mistake at once, by property path; offline, and with unknown values."""
        session = self.session
        return Checked(*JobCheck(inputs, session.sources, session.profile(), creating=not old_inputs).run())

    def changes(self, object_id: str, olds: Props, news: Props) -> list[Change]:
        """The change table; says why something trains again."""
        urn = urn_of(news)
        found = job_changes(object_id, olds, news)
        replaces = [change for change in found if change.effect == "replace"]
        if not replaces and program_of(news).get("preview") and olds.get("status") in {"failed", "cancelled"}:
            self.session.say(urn, _ended_badly(object_id, olds), "warning")
        if replaces:
            self.session.say(urn, _why(replaces, news.get("adopt_job_id")))
        else:
            for change in found:
                if change.property == "paused":  # the engine draws inputs, and this compares with the status
                    self.session.say(urn, f"{change.path}: {change.detail}")
        return found

    def create(self, inputs: Props) -> tuple[str, Props]:
        """Adopt the job that already is this declaration, or POST it once. Never waits."""
        session, program = self.session, program_of(inputs)
        urn, stack = program.get("urn", ""), program.get("stack", "")
        if inputs.get("adopt_job_id"):
            return self._created(adopt_given_job(session, inputs), inputs, self._record(inputs))
        if program.get("after_failed"):
            raise FtjobsError(
                "not submitted: it depends on a model whose job did not succeed in this update; correct that one, "
                "and run `pulumi up` again"
            )
        quote = price_note(session.client, session.sources, inputs)
        if quote:
            session.say(urn, quote)
        submitter = session.submitter(stack)
        request = JobRequest(
            inputs,
            urn,
            aliases_of(inputs),
            others=session.others(urn),
            replaced=session.replaced(urn),
            listing_is_optional=session.uploaded(inputs.get("training_file"))
            and session.sources.creates_without_listing(),
        )
        submission = self._kept_job(urn, stack) or submitter.submit(request)
        # From here on a job is known to exist: nothing below may raise.
        session.note_created(urn, submission.job["id"])
        if submission.adopted and not submission.found_again:
            session.say(urn, self._adoption(submission.job))
        elif lost := dropped_in_creation(inputs, submission.job):
            session.say(urn, _created_otherwise(submission.job["id"], lost), "warning")
        if submission.marked:
            # By now more of the program's resources are known than when this create began.
            request = replace(request, others=session.others(urn))
            submitter.end_superseded(request, retain=program.get("retain", False))
        record = self._record(inputs)
        if not submission.marked:
            record["adoption"] = "off"
        return self._created(submission.job, inputs, record)

    def _kept_job(self, urn: str, stack: str) -> Submission | None:
        """The job that this program's diff kept for the resource: a forced replacement is still this declaration."""
        job_id = self.session.kept(urn)
        if job_id is None:
            return None
        try:
            job = self.session.client.job(job_id).facts()
        except NotFound as error:
            if not error.answer.is_api_error:
                raise  # a proxy's answer says nothing about the job
            return None
        if job.get("status") in {"failed", "cancelled"}:
            return None
        return Submission(job, adopted=True, marked=pair(job, STACK_KEY) == stack)

    def read(self, object_id: str, outputs: Props) -> Props | None:
        """The job as the service has it now."""
        client, record = self.session.client, record_of(outputs)
        require_target(client, record, f"job {object_id}")
        managed = not program_of(outputs).get("get")
        try:
            job = client.with_other_keys(lambda: self._find(object_id, outputs))
        except NotFound as error:
            if not managed:
                raise
            require_job_gone(self.session, error, object_id, record, program_of(outputs).get("stack", ""))
            self.session.say(urn_of(outputs), dropped(f"job {object_id}"), "warning")
            return None
        if managed:
            try:
                self._warn_of_duplicates(job, outputs)
            except ApiError as error:
                text = f"could not look for duplicates of this stack's jobs: {error}"
                self.session.say(urn_of(outputs), text, "warning", for_all=True)
        record = cast("Record", {**record, **self.session.record()}) if managed else self._record({})
        return job_outputs(job, outputs, record)

    def update(self, object_id: str, olds: Props, news: Props) -> Props:
        """What changes in place: labels in the state only, pause and resume at the service."""
        client, record, urn = self.session.client, record_of(olds), urn_of(news)
        require_target(client, record, f"job {object_id}")
        job = try_paused(self.session, client.job(object_id).facts(), news.get("paused"), urn)
        for change in job_changes(object_id, olds, news):
            if change.property in {"metadata", "integrations"}:
                self.session.say(
                    urn, f"{change.property}: recorded here; the service keeps what the job was created with"
                )
        return job_outputs(job, news, cast("Record", {**record, **self._record(news)}))

    def delete(self, object_id: str, outputs: Props, urn: str | None = None) -> None:
        """Cancel what is unfinished, confirm it, and say what remains."""
        end_job(self.session, object_id, outputs, urn)

    def _created(self, job: Props, inputs: Props, record: Record) -> tuple[str, Props]:
        job = try_paused(self.session, job, inputs.get("paused"), urn_of(inputs))
        return job["id"], job_outputs(job, inputs, record)

    def _find(self, job_id: str, props: Props) -> Props:
        """Many reads in one command are answered from one listing; what it lacks is asked for by id."""
        return self.session.find_job(job_id, program_of(props).get("stack"))

    def _warn_of_duplicates(self, job: Props, outputs: Props) -> None:
        """Name every other unfinished job of the declaration: nothing else would ever mention it."""
        stack, declaration = program_of(outputs).get("stack"), pair(job, DECLARATION_KEY)
        if not stack or not self.session.is_listed(stack) or declaration is None or is_finished(job):
            return
        for other in duplicates(self.session.index(stack).related([declaration]), {declaration}):
            if other["id"] != job["id"]:
                self.session.say(
                    urn_of(outputs),
                    f"job {other['id']} of the same declaration is unfinished too, and is billed as well. Cancel it "
                    f"with `ftjobs cancel {other['id']}`; `pulumi destroy` cancels both",
                    "warning",
                )

    def _record(self, props: Props) -> Record:
        return self.session.record(declared_digests(props))

    def _adoption(self, job: Props) -> str:
        """True of a lost state, of a revert and of a forced replacement alike."""
        created: Any = job.get("created_at")
        age = ""
        if created:
            age = f", created {duration(self.session.client.now() - created, coarse=True)} ago"
        return (
            f"adopted job {job['id']} ({job.get('status')}{age}): it has the same declaration, so no job was "
            "created; to train again on purpose change `triggers`"
        )


def _ended_badly(job_id: str, outputs: Props) -> str:
    """What a preview says about a job that came to nothing: it shows as unchanged."""
    error = outputs.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    because = f" ({one_line(str(code), 80)})" if code else ""
    return (
        f"job {job_id} {'was cancelled' if outputs['status'] == 'cancelled' else 'failed'}{because}. Nothing trains "
        "again until an input or `triggers` changes; an `up` that waits for its model fails until then"
    )


def _created_otherwise(job_id: str, lost: list[str]) -> str:
    """What to say about a job that is not what was sent: some gateways drop members of a request."""
    return (
        f"job {job_id} is not what was declared: {'; '.join(lost)}. A gateway in between may drop fields; if this "
        f"is not the training you want, stop it with `ftjobs cancel {job_id}`"
    )


def _why(replaces: list[Change], adopted: object) -> str:
    reasons = "; ".join(f"{change.path}: {change.detail}" for change in replaces)
    if isinstance(adopted, str):
        return f"{reasons}. Adopts job {adopted}; no job is created"
    return f"{reasons}. Retrains, or adopts this stack's existing job with the same declaration"
