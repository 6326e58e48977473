"""What create, read, update and delete of a training file do at the service."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final

from pulumi_ftjobs.api.client import with_other_keys
from pulumi_ftjobs.api.errors import AnswerLost, ApiError, Busy, NotFound, NotSent
from pulumi_ftjobs.api.retry import may_repeat
from pulumi_ftjobs.api.schemas import File
from pulumi_ftjobs.dataset import DataFileError, FileReport, scan
from pulumi_ftjobs.dataset.file_io import stream_digest
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.identity import upload_mark, upload_name
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, RECORD, program_of, record_of, urn_of
from pulumi_ftjobs.operations.file_check import DELETE, FIGURES
from pulumi_ftjobs.operations.log import say
from pulumi_ftjobs.operations.session import Process

DECLARED: Final = ("deletion_policy", "expires_after")
"""Inputs that the state keeps beside the figures."""
TRIES: Final = 4
"""Uploads of one file in one create(), each after the service was asked about the one before."""
READY: Final = frozenset({"uploaded", "processed"})
READY_BOUND: Final = 60
"""Looks, a second apart, at a file that the service does not call ready yet."""

_one_upload_at_a_time = threading.Lock()


class FileService:
    """The training files of one provider process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._online = process.online()
        self._client = self._online.client

    def create(self, props: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The id and outputs of this stack's upload of these bytes."""
        stack = program_of(props).get("stack", "")
        path = str(props["path"])
        report = _scan(path)
        declared = props.get("rows_digest")
        if declared and declared != report.rows_digest:
            raise FtjobsError(
                f"path: {path} changed while the command ran; run it again, nothing was uploaded"
            )
        with _one_upload_at_a_time:  # equal bytes declared twice in a stack are one upload
            mark = upload_mark(stack, report.bytes_digest)
            found = self._online.uploads.find(mark)
            file = found or self._upload(path, stack, report, props.get("expires_after"))
            self._online.uploads.note(file)
        if found:
            say(urn_of(props), f"re-used file {file.id}, uploaded by this stack before")
        self._process.note_created(file.id)
        return file.id, self._outputs(self._ready(file), props)

    def read(self, file_id: str, props: dict[str, Any]) -> dict[str, Any] | None:
        """The outputs of the file as it is now, or None when it is gone."""
        self._online.require_target(record_of(props).get("target"), f"file {file_id}")
        try:
            return self._outputs(with_other_keys(self._client, lambda: self._client.file(file_id)), props)
        except NotFound:
            self._online.require_gone(record_of(props), f"file {file_id}")
            return None

    def update(self, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """The outputs with what is declared now."""
        if news.get("expires_after") != olds.get("expires_after"):
            say(
                urn_of(news),
                "expires_after: recorded here; it applies to the next upload, this one keeps its own",
            )
        kept = {name: value for name, value in olds.items() if name not in (*DECLARED, PROGRAM)}
        return kept | _declared(news)

    def delete(self, file_id: str, props: dict[str, Any]) -> None:
        """Delete the upload unless another resource or the policy keeps it."""
        if self._process.in_use(file_id) or (props.get("deletion_policy") or DELETE) != DELETE:
            return
        self._online.require_target(record_of(props).get("target"), f"file {file_id}")
        with_other_keys(self._client, lambda: self._client.delete_file(file_id))
        self._online.uploads.forget(file_id)

    def _upload(self, path: str, stack: str, report: FileReport, expires_after: int | None) -> File:
        bytes_digest, size = report.bytes_digest, report.size
        name = upload_name(Path(path).name, stack, bytes_digest)
        fields = {"purpose": "fine-tune"}
        if expires_after is not None:
            fields |= {"expires_after[anchor]": "created_at", "expires_after[seconds]": str(expires_after)}
        for attempt in range(1, TRIES + 1):
            try:
                chunks = stream_digest(path, size=size, bytes_digest=bytes_digest)
                return self._client.upload(name, chunks, size, fields)
            except DataFileError as error:
                raise FtjobsError(f"path: {error}") from None
            except AnswerLost as error:
                found = self._online.uploads.find(upload_mark(stack, bytes_digest), max_age=-1)
                if found:
                    return found
                self._pause_or_raise(attempt, error)
            except (Busy, NotSent) as error:
                self._pause_or_raise(attempt, error)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _pause_or_raise(self, attempt: int, error: ApiError) -> None:
        if attempt == TRIES or not may_repeat(error):
            raise error
        self._client.patience.sleep(self._client.patience.pause(attempt, error))

    def _ready(self, file: File) -> File:
        """The file once the service can use it; within a bound, as a job waits for its files anyway."""
        for _look in range(READY_BOUND):
            if file.status in READY or file.status is None:
                break
            if file.status == "error":
                raise FtjobsError(f"path: the service refuses file {file.id}; see its status_details there")
            self._client.patience.sleep(1.0)
            file = self._client.file(file.id)
        return file

    def _outputs(self, file: File, props: dict[str, Any]) -> dict[str, Any]:
        facts = file.facts()
        outs = {
            name: facts[name]
            for name in ("created_at", "expires_at", "filename", "object", "purpose", "status")
            if name in facts
        }
        record = self._online.record()
        return outs | {"id": file.id} | _declared(props) | {RECORD: dict(record)}


def _declared(props: dict[str, Any]) -> dict[str, Any]:
    names = (*FIGURES, *DECLARED, PROGRAM)
    return {name: props[name] for name in names if props.get(name) is not None}


def _scan(path: str) -> FileReport:
    try:
        return scan(path)
    except DataFileError as error:
        raise FtjobsError(f"path: {error}") from None
