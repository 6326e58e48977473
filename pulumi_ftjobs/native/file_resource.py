"""FineTuningFile in the plugin."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from pulumi_ftjobs.dataset import DataFileError, rows_to_file, scan
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import Change
from pulumi_ftjobs.lifecycle.diagnostics import rendered
from pulumi_ftjobs.lifecycle.values import UNKNOWN, contains_unknown
from pulumi_ftjobs.native import known_files
from pulumi_ftjobs.native.native_resource import Call, Found, NativeResource, Values
from pulumi_ftjobs.native.policy import policy_errors
from pulumi_ftjobs.native.resource_tables import FILE
from pulumi_ftjobs.operations.file_check import DELETE, FIGURES, check_file, figures, file_changes
from pulumi_ftjobs.operations.file_operations import FileOperations


class FileResource(NativeResource):
    """The life of an uploaded training file."""

    table = FILE

    def check(self, call: Call, news: Values, olds: Values) -> tuple[Values, list[str]]:
        """Read the file and add what a reviewer should see: digests, rows, format, tokens."""
        call.session.note_check(call.identity, news)
        inputs, problems = _with_path(news)
        if problems:
            return inputs, problems
        inputs, found = check_file(inputs, olds, call.session.profile())
        errors = rendered(found, "error")
        errors += policy_errors(inputs.get("deletion_policy"), DELETE)
        try:
            call.configuration.stack(call.urn)
            call.session.account()
        except FtjobsError as error:
            errors.append(str(error))
        for warning in rendered(found, "warning"):
            call.log.say(call.urn, warning, "warning")
        known_files.note(call.urn, inputs)
        return inputs, errors

    def changes(self, call: Call, resource_id: str, olds: Values, news: Values) -> list[Change]:
        """Return what replaces the upload (other rows) and what only changes the record."""
        found = file_changes(olds, news)
        replaced = any(change.effect == "replace" for change in found)
        call.session.note_diff(call.identity, resource_id, replaced=replaced)
        return found

    def create(self, call: Call, inputs: Values) -> tuple[str, Values]:
        """Find this stack's upload of these bytes, or upload them once."""
        file_id, outputs = FileOperations(call.session).create(call.with_program(inputs))
        return file_id, {**outputs, "path": inputs.get("path")}

    def read(self, call: Call, resource_id: str, outputs: Values, inputs: Values) -> Found | None:
        """Return the file as the service has it."""
        found = FileOperations(call.session).read(resource_id, call.with_program(outputs))
        return None if found is None else Found(resource_id, {**found, "path": outputs.get("path")}, inputs)

    def find(self, call: Call, given_id: str) -> Found:
        """Return a file of the service, with the figures of its content: the rows need not be on this machine."""
        client = call.session.client
        name = client.file(given_id).filename or f"{given_id}.jsonl"
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "content.jsonl"
            copy.write_bytes(client.file_content(given_id))
            try:
                found = figures(scan(str(copy)))
            except DataFileError as error:
                raise FtjobsError(f"file {given_id} cannot be imported: {error}") from None
        inputs = {"path": Path(name).name, "deletion_policy": "retain"}
        outputs = FileOperations(call.session).read(given_id, call.with_program({**inputs, **found}))
        if outputs is None:
            raise FtjobsError(f"file {given_id} was deleted while it was read; run the command again")
        return Found(given_id, {**outputs, "path": inputs["path"]}, {**inputs, **found})

    def update(self, call: Call, _resource_id: str, olds: Values, news: Values) -> Values:
        """Record another path or policy; the rows are the same."""
        outputs = FileOperations(call.session).update(_resource_id, olds, call.with_program(news))
        return {**outputs, "path": news.get("path")}

    def delete(self, call: Call, resource_id: str, outputs: Values) -> None:
        """Delete the upload, unless the policy says to keep it."""
        FileOperations(call.session).delete(resource_id, call.with_program(outputs))


def _with_path(news: Values) -> tuple[Values, list[str]]:
    """The inputs with the path of a private file in place of rows, and what is wrong."""
    inputs = dict(news)
    content: Any = inputs.pop("content", None)
    if (content is None) == (inputs.get("path") is None):
        return inputs, ["path: give exactly one of path and content"]
    if content is None:
        return inputs, []
    if contains_unknown(content):
        return {**inputs, "path": UNKNOWN, **dict.fromkeys(FIGURES, UNKNOWN)}, []
    try:
        return {**inputs, "path": rows_to_file(content)}, []
    except DataFileError as error:
        return inputs, [f"content: {error}"]
