"""The operations of a training file: read offline, uploaded once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pulumi_ftjobs.api.errors import AnswerLost, ApiError, Busy, NotFound, Unauthorized
from pulumi_ftjobs.api.retry import poll, repeat
from pulumi_ftjobs.dataset import DataFileError, FileReport, scan
from pulumi_ftjobs.dataset.file_io import stream_digest
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import Change
from pulumi_ftjobs.lifecycle.file_fields import FIGURES, FILE_RECORDED
from pulumi_ftjobs.lifecycle.identity import upload_mark, upload_name
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, RECORD, program_of, record_of, urn_of
from pulumi_ftjobs.operations.file_check import DELETE, check_file, file_changes
from pulumi_ftjobs.operations.resource_operations import Checked, Props, ResourceOperations, check_policy
from pulumi_ftjobs.operations.visibility import dropped, require_gone, require_target

if TYPE_CHECKING:
    from pulumi_ftjobs.api.schemas import File

ATTEMPTS: Final = 4
"""Uploads of one file in one create(), each after the service was asked about the one before."""
READY: Final = frozenset({"uploaded", "processed"})
READY_DEADLINE: Final = 60.0
"""Seconds that a file may take until the service calls it ready; a job waits for its files anyway."""

_one_upload_at_a_time = threading.Lock()


class FileOperations(ResourceOperations):
    """The training files of one provider process."""

    def checked(self, inputs: Props, old_inputs: Props) -> Checked:
        """Read the file and add what a reviewer should see: digests, rows, format, tokens."""
        found, diagnostics = check_file(inputs, old_inputs, self.session.profile())
        return Checked(found, diagnostics + check_policy(inputs, DELETE))

    def changes(self, object_id: str, olds: Props, news: Props) -> list[Change]:  # noqa: ARG002
        """Replaced only when the rows change."""
        return file_changes(olds, news)

    def create(self, inputs: Props) -> tuple[str, Props]:
        """Find this stack's upload of these bytes, or upload them once."""
        stack = program_of(inputs).get("stack", "")
        path = str(inputs["path"])
        report = _scan(path)
        declared = inputs.get("rows_digest")
        if declared and declared != report.rows_digest:
            raise FtjobsError(
                f"path: {path} changed while the command ran; run it again, nothing was uploaded"
            )
        uploads = self.session.uploads
        with _one_upload_at_a_time:  # equal bytes declared twice in a stack are one upload
            found = uploads.find(upload_mark(stack, report.bytes_digest))
            file = found or self._upload(path, stack, report, inputs.get("expires_after"))
            uploads.note(file)
        if found:
            self.session.say(urn_of(inputs), f"re-used file {file.id}, uploaded by this stack before")
        else:
            self.session.note_uploaded(file.id)
        self.session.note_created(urn_of(inputs), file.id)
        return file.id, self._outputs(self._ready(file), inputs)

    def read(self, object_id: str, outputs: Props) -> Props | None:
        """The file as the service has it."""
        client = self.session.client
        require_target(client, record_of(outputs), f"file {object_id}")
        try:
            return self._outputs(client.with_other_keys(lambda: client.file(object_id)), outputs)
        except NotFound as error:
            require_gone(
                client,
                error,
                record_of(outputs),
                f"file {object_id}",
                lambda: self.session.uploads.still_lists(object_id),
            )
            self.session.say(urn_of(outputs), dropped(f"file {object_id}"), "warning")
            return None

    def update(self, object_id: str, olds: Props, news: Props) -> Props:  # noqa: ARG002
        """Another path or other line ends, the same rows: only the record changes."""
        if news.get("expires_after") != olds.get("expires_after"):
            self.session.say(
                urn_of(news),
                "expires_after: recorded here; it applies to the next upload, this one keeps its own",
            )
        kept = {name: value for name, value in olds.items() if name not in (*FILE_RECORDED, PROGRAM)}
        return kept | _declared(news)

    def delete(self, object_id: str, outputs: Props, urn: str | None = None) -> None:  # noqa: ARG002
        """Delete the upload unless another resource or the policy keeps it."""
        policy = outputs.get("deletion_policy")
        if self.session.in_use(object_id) or policy == "retain":
            return
        client = self.session.client
        require_target(client, record_of(outputs), f"file {object_id}")
        try:
            model = (
                None if policy else client.with_other_keys(lambda: self._trained_model(object_id, outputs))
            )
        except Unauthorized:
            raise
        except ApiError as error:
            self.session.say(
                urn_of(outputs),
                f"kept file {object_id}: whether a model was trained on it cannot be asked ({error}). "
                'deletion_policy="delete" deletes it all the same',
                "warning",
            )
            return
        if model:
            self.session.say(
                urn_of(outputs),
                f'kept file {object_id}: {model} was trained on it. deletion_policy="delete" deletes it all the same',
            )
            return
        client.with_other_keys(lambda: client.delete_file(object_id))
        self.session.uploads.forget(object_id)

    def _trained_model(self, file_id: str, outputs: Props) -> str | None:
        """The model of a job of this stack that succeeded with the file: its training data outlives the stack."""
        stack = program_of(outputs).get("stack")
        for job in self.session.index(stack).jobs() if stack else ():
            used = file_id in (job.get("training_file"), job.get("validation_file"))
            if used and job.get("status") == "succeeded":
                return str(job.get("fine_tuned_model") or f"job {job['id']}")
        return None

    def _upload(self, path: str, stack: str, report: FileReport, expires_after: int | None) -> File:
        client, uploads = self.session.client, self.session.uploads
        bytes_digest, size = report.bytes_digest, report.size
        name = upload_name(Path(path).name, stack, bytes_digest)
        fields = {"purpose": "fine-tune"}
        if expires_after is not None:
            fields |= {"expires_after[anchor]": "created_at", "expires_after[seconds]": str(expires_after)}

        def upload() -> File:
            try:
                chunks = stream_digest(path, size=size, bytes_digest=bytes_digest)
                return client.upload(name, chunks, size, fields)
            except DataFileError as error:
                raise FtjobsError(f"path: {error}") from None

        def look(error: ApiError) -> File | None:
            # A gateway may answer 429 or 503 although the service has the file.
            doubtful = isinstance(error, AnswerLost | Busy)
            return uploads.find(upload_mark(stack, bytes_digest), max_age=-1) if doubtful else None

        return repeat(upload, client.backoff, ATTEMPTS, recover=look)

    def _ready(self, file: File) -> File:
        """The file once the service can use it."""
        client, first = self.session.client, [file]
        found = poll(
            lambda: first.pop() if first else client.file(file.id),
            lambda seen: seen.status is None or seen.status in READY or seen.status == "error",
            client.backoff,
            deadline=READY_DEADLINE,
        )
        if found.status == "error":
            raise FtjobsError(f"path: the service refuses file {found.id}; see its status_details there")
        return found

    def _outputs(self, file: File, props: Props) -> Props:
        facts = file.facts()
        outs = {
            name: facts[name]
            for name in ("created_at", "expires_at", "filename", "object", "purpose", "status")
            if name in facts
        }
        record = self.session.record()
        return outs | {"id": file.id} | _declared(props) | {RECORD: dict(record)}


def _declared(props: Props) -> Props:
    names = (*FIGURES, *FILE_RECORDED, PROGRAM)
    return {name: props[name] for name in names if props.get(name) is not None}


def _scan(path: str) -> FileReport:
    try:
        return scan(path)
    except DataFileError as error:
        raise FtjobsError(f"path: {error}") from None
