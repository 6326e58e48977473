"""FineTuningFile in the plugin."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from pulumi_ftjobs.dataset import DataFileError, rows_to_file, scan
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic
from pulumi_ftjobs.lifecycle.file_fields import FIGURES
from pulumi_ftjobs.lifecycle.values import UNKNOWN, contains_unknown
from pulumi_ftjobs.native import known_files
from pulumi_ftjobs.native.native_resource import Call, Found, NativeResource, Prepared, Values
from pulumi_ftjobs.native.resource_properties import FILE
from pulumi_ftjobs.operations.file_check import figures
from pulumi_ftjobs.operations.file_operations import FileOperations


class FileResource(NativeResource):
    """The life of an uploaded training file."""

    table = FILE
    operations = FileOperations

    def prepared(self, _call: Call, news: Values, _olds: Values) -> Prepared:
        """Put the path of a private file in place of declared rows, which stay out of the state."""
        inputs = dict(news)
        content: Any = inputs.pop("content", None)
        if (content is None) == (inputs.get("path") is None):
            wrong = Diagnostic("error", Code.CONFLICT.value, "path", "give exactly one of path and content")
            return Prepared(inputs, problems=[wrong], checkable=False)
        if content is None:
            return Prepared(inputs)
        if contains_unknown(content):
            return Prepared({**inputs, "path": UNKNOWN, **dict.fromkeys(FIGURES, UNKNOWN)})
        try:
            return Prepared({**inputs, "path": rows_to_file(content)})
        except DataFileError as error:
            wrong = Diagnostic("error", Code.DATA.value, "content", str(error))
            return Prepared(inputs, problems=[wrong], checkable=False)

    def check(self, call: Call, news: Values, olds: Values) -> tuple[Values, list[Diagnostic]]:
        """Check the file, and remember what was found for the jobs that refer to it."""
        inputs, errors = super().check(call, news, olds)
        known_files.note(call.urn, inputs)
        return inputs, errors

    def create(self, call: Call, inputs: Values) -> tuple[str, Values]:
        """Find this stack's upload of these bytes, or upload them once."""
        file_id, outputs = super().create(call, inputs)
        return file_id, {**outputs, "path": inputs.get("path")}

    def read(self, call: Call, resource_id: str, outputs: Values, inputs: Values) -> Found | None:
        """Return the file as the service has it."""
        found = super().read(call, resource_id, outputs, inputs)
        if found is None:
            return None
        path = outputs.get("path") or inputs.get(
            "path"
        )  # a state of the dynamic provider has it in the inputs only
        return Found(resource_id, {**found.outputs, "path": path}, inputs)

    def find(self, call: Call, given_id: str) -> Found:
        """Return a file of the service, with the figures of its content: the rows need not be on this machine."""
        client = call.session.client
        name = client.file(given_id).filename or f"{given_id}.jsonl"
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "content.jsonl"
            copy.write_bytes(client.file_content(given_id))
            try:
                known = figures(scan(str(copy)))
            except DataFileError as error:
                raise FtjobsError(f"file {given_id} cannot be imported: {error}") from None
        inputs = {"path": Path(name).name, "deletion_policy": "retain", **known}
        found = self.read(call, given_id, inputs, inputs)
        if found is None:
            raise FtjobsError(f"file {given_id} was deleted while it was read. Run the command again")
        return found

    def update(self, call: Call, resource_id: str, olds: Values, news: Values) -> Values:
        """Record another path or policy; the rows are the same."""
        return {**super().update(call, resource_id, olds, news), "path": news.get("path")}
