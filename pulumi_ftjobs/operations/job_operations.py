"""What create, read, update and delete of a job do at the service."""

from __future__ import annotations

from typing import Any, Final, cast

from pulumi_ftjobs.api.client import with_other_keys
from pulumi_ftjobs.api.errors import AnswerLost, NotFound, Refused, Unauthorized
from pulumi_ftjobs.api.stack_index import Facts
from pulumi_ftjobs.lifecycle.adoption import differences, is_finished
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import job_changes, paused_is_satisfied
from pulumi_ftjobs.lifecycle.identity import declaration as declaration_of
from pulumi_ftjobs.lifecycle.identity import declared_digests
from pulumi_ftjobs.lifecycle.job_outputs import job_outputs
from pulumi_ftjobs.lifecycle.progress import duration
from pulumi_ftjobs.lifecycle.state_schema import Record, program_of, record_of, urn_of
from pulumi_ftjobs.operations.log import say
from pulumi_ftjobs.operations.session import Process

CANCEL_BOUND: Final = 120.0
"""Seconds a cancel may take to show at the service before delete() gives up and keeps the entry."""
CANCEL_TICK: Final = 2.0
PAUSABLE: Final = (
    "; it can be paused once it is running and has made its first step. Run `pulumi up` again then"
)


class JobService:
    """The jobs of one provider process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._online = process.online()
        self._client = self._online.client

    def create(self, props: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The id and the outputs of the one job of this declaration."""
        program = program_of(props)
        urn, stack = program.get("urn", ""), program.get("stack", "")
        declaration = declaration_of(props, urn)
        if props.get("adopt_job_id"):
            return self._adopt(str(props["adopt_job_id"]), props)
        if program.get("after_failed"):
            raise FtjobsError(
                "not submitted: it depends on a model whose job did not succeed in this update; correct that one, "
                "and run `pulumi up` again"
            )
        submitter = self._online.submitter(stack)
        submission = submitter.submit(props, declaration)
        # From here on a job is known to exist: nothing below may raise.
        job = submission.job
        self._process.note_created(job["id"])
        if submission.adopted:
            say(urn, self._adoption(job))
        notes = list(submission.notes)
        if submission.marked and not program.get("retain"):
            notes += submitter.cancel_superseded(declaration, urn)
        for note in notes:
            say(urn, note)
        record = self._record(props)
        if not submission.marked:
            record["adoption"] = "off"
        return job["id"], job_outputs(self._as_wished(job, props), props, record)

    def _adopt(self, job_id: str, props: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Take over a given job, if it is what is declared; never buy one."""
        job = self._client.job(job_id).facts()
        wrong = differences(props, job)
        if job.get("status") in {"failed", "cancelled"}:
            wrong.append(f"it {'has failed' if job['status'] == 'failed' else 'was cancelled'}")
        wrong += self._other_bytes(props, job)
        if wrong:
            raise FtjobsError(
                f"adopt_job_id: job {job_id} is not what is declared: {'; '.join(wrong)}. Declare what the job is, or "
                "another adopt_job_id; nothing was bought"
            )
        self._process.note_created(job_id)
        say(
            urn_of(props),
            f"took over job {job_id} ({job.get('status')}), as adopt_job_id says",
        )
        return job_id, job_outputs(self._as_wished(job, props), props, self._record(props))

    def _other_bytes(self, props: dict[str, Any], job: Facts) -> list[str]:
        """A declared FineTuningFile has an id of its own: then the sizes tell whether it can be the same data."""
        found = []
        for name in ("training_file", "validation_file"):
            mine, its = props.get(name), job.get(name)
            if not props.get(f"{name}_digest") or mine == its:
                continue
            if its is None:
                found.append(f"{name} is none")
                continue
            try:
                sizes = [self._client.file(str(file_id)).bytes for file_id in (mine, its)]
            except NotFound:
                continue  # its file was deleted since: nothing to compare with
            if sizes[0] != sizes[1]:
                found.append(f"{name} is {its}, {sizes[1]} bytes and not {sizes[0]}")
        return found

    def read(self, job_id: str, props: dict[str, Any]) -> dict[str, Any] | None:
        """The outputs of the job as it is now, or None when it is gone."""
        record = record_of(props)
        self._online.require_target(record.get("target"), f"job {job_id}")
        managed = not program_of(props).get("get")
        try:
            job = with_other_keys(self._client, lambda: self._find(job_id, props))
        except NotFound:
            if not managed:
                raise
            self._require_gone(record, job_id)
            return None
        record = cast("Record", {**record, **self._online.record()}) if managed else self._record({})
        return job_outputs(job, props, record)

    def update(self, job_id: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """The outputs after an update in place."""
        record = record_of(olds)
        self._online.require_target(record.get("target"), f"job {job_id}")
        job = self._client.job(job_id).facts()
        urn = urn_of(news)
        job = self._pause(job, news.get("paused"), urn)
        for change in job_changes(job_id, olds, news):
            if change.property in {"metadata", "integrations"}:
                say(urn, f"{change.property}: recorded here; the service keeps what the job was created with")
        declared = {**record, **self._record(news)}
        return job_outputs(job, news, cast("Record", declared))

    def _as_wished(self, job: Facts, props: dict[str, Any]) -> Facts:
        """A job that create() found or bought, paused or resumed where that is possible already. Never raises.

        A wish that has to wait shows in its status, so the next update tries again.
        """
        urn = urn_of(props)
        try:
            return self._pause(job, props.get("paused"), urn)
        except FtjobsError as error:
            say(urn, str(error), "warning")
            return job

    def _pause(self, job: Facts, wanted: bool | None, urn: str) -> Facts:
        """Bring the job to the wanted state of `paused`. Raises FtjobsError that says when it will be possible."""
        status, job_id = job.get("status"), job["id"]
        if paused_is_satisfied(job, wanted):
            if wanted and is_finished(job):
                say(urn, f"paused: job {job_id} is over ({status}), there is nothing to pause")
            return job
        if wanted and status != "running":
            raise FtjobsError(f"paused: job {job_id} is {status}{PAUSABLE}")
        verb = "pause" if wanted else "resume"
        try:
            now = self._client.act(job_id, verb).facts()
        except (Refused, AnswerLost) as error:
            now = self._client.job(job_id).facts()
            if not paused_is_satisfied(now, wanted):
                too_early = f"{error.what} (HTTP 400): {error.answer.message.rstrip('.')}{PAUSABLE}"
                raise FtjobsError(
                    f"paused: {too_early if wanted and error.status == 400 else error}"
                ) from None
        if paused_is_satisfied(now, wanted) and not is_finished(now):
            say(urn, f"{verb}d job {job_id}")
        else:
            say(urn, f"paused: asked job {job_id} to {verb}, and it is {now.get('status')}")
        return now

    def delete(self, job_id: str, props: dict[str, Any]) -> None:
        """Make sure the job is over, and say what remains."""
        urn = urn_of(props)
        if self._process.in_use(job_id):
            say(urn, f"job {job_id} stays: the program still declares it")
            return
        record = record_of(props)
        self._online.require_target(record.get("target"), f"job {job_id}")
        # A create() that follows in this process must not take the job over as the listing last showed it.
        stack = program_of(props).get("stack")
        index = self._online.index(stack) if stack else None
        try:
            job = with_other_keys(self._client, lambda: self._client.job(job_id).facts())
            before = str(job.get("status"))
            if not is_finished(job):
                job = self._cancel(job_id)
            if index:
                index.note(job)
            say(urn, f"{_farewell(job, before)}{self._what_remains(job)}")
        except NotFound:
            self._require_gone(record, job_id)
            if index:
                index.forget(job_id)
            say(urn, f"job {job_id} was gone already")

    def _what_remains(self, job: Facts) -> str:
        """About the model: the FineTunedModel is deleted before its job, and may have taken it down."""
        model = job.get("fine_tuned_model")
        if not model:
            return ""
        return (
            f"; its model {model} {'was deleted' if self._process.deleted(model) else 'stays at the service'}"
        )

    def _cancel(self, job_id: str) -> Facts:
        """Ask, then believe only what a fresh read says: the true answers to a late cancel are unknown."""
        try:
            job = self._client.act(job_id, "cancel").facts()
        except (Unauthorized, NotFound):
            raise
        except (Refused, AnswerLost):
            job = self._client.job(job_id).facts()
            if not is_finished(job):
                raise
        patience = self._client.patience
        deadline = patience.clock() + CANCEL_BOUND
        while not is_finished(job):
            if patience.clock() > deadline:
                raise FtjobsError(
                    f"job {job_id} accepted the cancel but is still {job.get('status')} after "
                    f"{duration(CANCEL_BOUND)}; run the command again, it asks again"
                )
            patience.sleep(CANCEL_TICK)
            job = self._client.job(job_id).facts()
        return job

    def _find(self, job_id: str, props: dict[str, Any]) -> Facts:
        """Many reads in one command are answered from one listing; what it lacks is asked for by id."""
        stack = program_of(props).get("stack")
        if stack:
            found = self._online.index(stack).find(job_id)
            if found:
                return found
        return self._client.job(job_id).facts()

    def _require_gone(self, record: Record, job_id: str) -> None:
        self._online.require_gone(
            record, f"job {job_id}", permanent=self._online.target.profile.jobs_are_permanent
        )

    def _record(self, props: dict[str, Any]) -> Record:
        return self._online.record(declared_digests(props))

    def _adoption(self, job: Facts) -> str:
        """True of a lost state, of a revert and of a forced replacement alike."""
        created = job.get("created_at")
        age = f", created {duration(self._client.now() - created, coarse=True)} ago" if created else ""
        return (
            f"took over job {job['id']} ({job.get('status')}{age}): it is this very declaration, so "
            "nothing was bought; to train again on purpose change `triggers`"
        )


def _farewell(job: Facts, before: str) -> str:
    status = job.get("status")
    job_id = job.get("id")
    if before == status:
        return (
            f"job {job_id} had {'already ' if status != 'cancelled' else 'been '}{status}: nothing to cancel"
        )
    if status == "cancelled":
        return f"cancelled job {job_id} ({before} before); what it had trained is billed by the service's own rules"
    return f"job {job_id} was {before} and has {status} before the cancel arrived"
