"""FineTuningJob in the plugin."""

from __future__ import annotations

from typing import Final

from pulumi_ftjobs.lifecycle.base_error import FtjobsError, SettingsError
from pulumi_ftjobs.lifecycle.change_table import Change, job_changes
from pulumi_ftjobs.lifecycle.diagnostics import rendered
from pulumi_ftjobs.lifecycle.identity import declared_digests
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, RECORD
from pulumi_ftjobs.native import known_files
from pulumi_ftjobs.native.active_slots import wait_for_slot
from pulumi_ftjobs.native.job_inputs import declared_inputs
from pulumi_ftjobs.native.job_properties import JOB
from pulumi_ftjobs.native.native_resource import Call, Found, NativeResource, Values
from pulumi_ftjobs.operations.job_check import JobCheck
from pulumi_ftjobs.operations.job_operations import JobOperations

DATA: Final = ("training", "validation")


class JobResource(NativeResource):
    """The life of a fine-tuning job."""

    table = JOB

    def check(self, call: Call, news: Values, olds: Values) -> tuple[Values, list[str]]:
        """Report every mistake at once; offline, and with unknown values."""
        inputs, figures, problems = _with_files(news, olds)
        call.session.note_check(call.identity, inputs)
        try:
            declared = call.with_program(inputs, data=figures)
        except SettingsError as error:
            problems.append(str(error))
            declared = {**inputs, PROGRAM: {"urn": call.identity, "data": figures}}
        session = call.session
        checked, found = JobCheck(declared, session.sources, session.profile(), buying=not olds).run()
        for warning in rendered(found, "warning"):
            call.log.say(call.urn, warning, "warning")
        checked.pop(PROGRAM, None)
        return checked, problems + rendered(found, "error")

    def changes(self, call: Call, resource_id: str, olds: Values, news: Values) -> list[Change]:
        """Return the change table's changes, and say why something trains again."""
        declared = call.with_program(news)
        changes = job_changes(resource_id, olds, declared)
        session = call.session
        if session.declared(call.identity) is None:  # a refresh compares states, and pauses nothing
            changes = [change for change in changes if change.property != "paused"]
        replaces = [change for change in changes if change.effect == "replace"]
        session.note_diff(call.identity, resource_id, replaced=bool(replaces))
        if replaces:
            reasons = "; ".join(f"{change.path} {change.detail}" for change in replaces)
            call.log.say(call.urn, f"{reasons}: {_consequence(news.get('adopt_job_id'))}")
        return changes

    def create(self, call: Call, inputs: Values) -> tuple[str, Values]:
        """Adopt the job that already is this declaration, or submit it once. Never waits for its end."""
        declared = call.with_program(inputs)
        wait_for_slot(call, declared)
        return JobOperations(call.session).create(declared)

    def read(self, call: Call, resource_id: str, outputs: Values, inputs: Values) -> Found | None:
        """Return the job as the service has it now."""
        found = JobOperations(call.session).read(resource_id, call.with_program(outputs))
        return None if found is None else Found(resource_id, found, inputs)

    def find(self, call: Call, given_id: str) -> Found:
        """Return a job of the service, declared as what it was trained with."""
        job = call.session.client.job(given_id).facts()
        inputs = declared_inputs(job)
        known = {**inputs, RECORD: {"declared": declared_digests(inputs)}}
        outputs = JobOperations(call.session).read(given_id, call.with_program(known))
        if outputs is None:
            raise FtjobsError(f"job {given_id} was deleted while it was read; run the command again")
        return Found(given_id, outputs, inputs)

    def update(self, call: Call, resource_id: str, olds: Values, news: Values) -> Values:
        """Pause or resume at the service; labels change in the state only."""
        return JobOperations(call.session).update(resource_id, olds, call.with_program(news))

    def delete(self, call: Call, resource_id: str, outputs: Values) -> None:
        """Cancel an unfinished job, confirm it, and say what remains."""
        JobOperations(call.session).delete(resource_id, call.with_program(outputs))


def _with_files(news: Values, olds: Values) -> tuple[Values, Values, list[str]]:
    """The inputs with ids and digests in place of file references, the files' figures, and what is wrong."""
    inputs, figures, problems = dict(news), {}, []
    for name in DATA:
        file, data = f"{name}_file", f"{name}_data"
        if file in news and data in news:
            if news[file] == olds.get(
                file
            ):  # `ignoreChanges: [trainingFile]` puts the old id beside the reference
                inputs.pop(data)
            else:
                problems.append(f"{data}: cannot be given together with {file}. Remove one of the two")
        resolved, found = known_files.resolve(name, inputs, olds)
        inputs.pop(data, None)
        inputs |= {key: value for key, value in resolved.items() if value is not None}
        if found:
            figures[file] = found
    return inputs, figures, problems


def _consequence(adopted: object) -> str:
    if isinstance(adopted, str):
        return f"adopts job {adopted}, no job is created"
    return "retrains, or adopts this stack's existing job with the same declaration"
