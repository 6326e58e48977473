"""FineTuningJob in the plugin."""

from __future__ import annotations

from typing import Final

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.declared_inputs import inputs_of_job
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic
from pulumi_ftjobs.lifecycle.identity import declaration, declared_digests
from pulumi_ftjobs.lifecycle.state_schema import RECORD, program_of
from pulumi_ftjobs.native import known_files
from pulumi_ftjobs.native.active_slots import wait_for_slot
from pulumi_ftjobs.native.native_resource import Call, Found, NativeResource, Prepared, Values
from pulumi_ftjobs.native.property_values import Reference
from pulumi_ftjobs.native.resource_properties import JOB
from pulumi_ftjobs.operations.job_operations import JobOperations

_DATA: Final = {"training_file": "training_data", "validation_file": "validation_data"}
"""The property that takes a file by reference. YAML allows a resource where its id is expected: it means the same."""


class JobResource(NativeResource):
    """The life of a fine-tuning job."""

    table = JOB
    operations = JobOperations

    def prepared(self, call: Call, news: Values, olds: Values) -> Prepared:
        """Put ids and digests in place of references to files."""
        news = {
            _DATA.get(name, name) if isinstance(value, Reference) else name: value
            for name, value in news.items()
        }
        inputs, figures, problems = dict(news), {}, []
        for file, data in _DATA.items():
            # `ignoreChanges: [trainingFile]` puts the old id beside the reference: the old file stays.
            ignored = data in news and file in news and news[file] == olds.get(file)
            if data in news and file in news and not ignored:
                message = f"cannot be given together with {file}. Remove one of the two"
                problems.append(Diagnostic("error", Code.CONFLICT.value, data, message))
            reference = None if ignored else news.get(data)
            if isinstance(reference, Reference):
                known_files.note_use(call.urn, file, reference)
            resolved, figures[file] = known_files.resolve(file, inputs.get(file), reference, olds)
            inputs.pop(data, None)
            inputs |= {key: value for key, value in resolved.items() if value is not None}
        return Prepared(inputs, {"data": {file: found for file, found in figures.items() if found}}, problems)

    def create(self, call: Call, inputs: Values) -> tuple[str, Values]:
        """Adopt the job that already is this declaration, or submit it once, when a slot is free."""
        _require_comparable_rows(call, inputs)
        wait_for_slot(call, call.with_program(inputs))
        return super().create(call, inputs)

    def find(self, call: Call, given_id: str) -> Found:
        """Return a job of the service, declared as what it was trained with."""
        inputs = inputs_of_job(call.session.client.job(given_id).facts())
        found = self.read(call, given_id, {**inputs, RECORD: {"declared": declared_digests(inputs)}}, inputs)
        if found is None:
            raise FtjobsError(f"job {given_id} was deleted while it was read. Run the command again")
        return found


def _require_comparable_rows(call: Call, inputs: Values) -> None:
    """Refuse a job whose file is not part of the update where an existing job of the resource may be the same one.

    A forced replacement of a job alone brings neither the file's rows nor what was recorded of them.
    """
    missing = known_files.unknown_file(call.urn, inputs)
    stack = program_of(call.with_program(inputs)).get("stack")
    if missing is None or not stack:
        return
    for job in call.session.index(stack).related([declaration(inputs, call.identity)]):
        is_over = job.get("status") in {"failed", "cancelled"}
        if job.get("training_file") == inputs.get("training_file") and not is_over:
            raise FtjobsError(
                f"not submitted: job {job['id']} ({job.get('status')}) of this resource uses the same file, and "
                "whether it is this declaration cannot be compared, because the file's resource is not part of this "
                f"update. Target it too: --target '{missing}'"
            )
