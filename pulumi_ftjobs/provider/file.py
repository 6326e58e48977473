"""FineTuningFile in the provider process: reads the local file offline, uploads it once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.diagnostics import rendered
from pulumi_ftjobs.lifecycle.state_schema import urn_of
from pulumi_ftjobs.operations.file_check import DELETE, checked, file_changes
from pulumi_ftjobs.operations.log import say
from pulumi_ftjobs.provider.provider_base import FtjobsProvider, one_clean_line
from pulumi_ftjobs.provider.serialization import failures, policy_errors, unwrap, wrap

if TYPE_CHECKING:
    from pulumi_ftjobs.operations.file_operations import FileService


class FineTuningFileProvider(FtjobsProvider):
    """The life of an uploaded training file. Import path and name lie in users' states: frozen."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Read the file and add what a reviewer should see: digests, rows, format, tokens."""
        props = unwrap(news)
        urn = urn_of(props)
        self.process.note_check(urn)
        inputs, found = checked(props, unwrap(_olds), self.process.profile())
        errors = rendered(found, "error")
        errors += policy_errors(props.get("deletion_policy"), DELETE)
        try:
            self.process.account()
        except FtjobsError as error:
            errors.append(str(error))
        for warning in rendered(found, "warning"):
            say(urn, warning, "warning")
        return CheckResult(wrap(inputs), failures(errors))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Replaced only when the rows change."""
        olds, news = unwrap(_olds), unwrap(_news)
        replaces, updates = file_changes(olds, news)
        urn = urn_of(news)
        self.process.note_diff(urn, _id, replaced=bool(replaces))
        return DiffResult(changes=bool(replaces or updates), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Find this stack's upload of these bytes, or upload them once."""
        with one_clean_line():
            file_id, outs = self._service().create(unwrap(props))
        return CreateResult(file_id, wrap(outs))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The file as the service has it; empty when it is gone."""
        with one_clean_line():
            outs = self._service().read(id_, unwrap(props))
        return ReadResult(id_ if outs else "", wrap(outs or {}))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Another path or other line ends, the same rows: only the record changes."""
        with one_clean_line():
            outs = self._service().update(unwrap(_olds), unwrap(_news))
        return UpdateResult(wrap(outs))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the upload, unless the declaration says to keep it."""
        with one_clean_line():
            self._service().delete(_id, unwrap(_props))

    def _service(self) -> FileService:
        from pulumi_ftjobs.operations.file_operations import FileService  # noqa: PLC0415 - imports the client

        return FileService(self.process)
