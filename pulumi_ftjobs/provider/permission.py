"""CheckpointPermission in the provider process: check and diff offline, the rest through the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.state_schema import urn_of
from pulumi_ftjobs.lifecycle.values import UNKNOWN
from pulumi_ftjobs.provider.provider_base import FtjobsProvider, one_clean_line
from pulumi_ftjobs.provider.serialization import failures, unwrap, wrap

if TYPE_CHECKING:
    from pulumi_ftjobs.operations.permission_operations import PermissionService

INPUTS: Final = {
    "checkpoint": "the name of a checkpoint, e.g. ft:gpt-4.1-mini-2025-04-14:acme::B7R9VjQd:ckpt-step-42",
    "project_id": "the id of a project, e.g. proj_abc",
}
"""The inputs, and what they must be."""


class CheckpointPermissionProvider(FtjobsProvider):
    """The life of a checkpoint permission. Import path and name lie in users' states: frozen."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Both inputs, offline."""
        props = unwrap(news)
        errors = [
            f"{name}: is required, {what}" for name, what in INPUTS.items() if not _named(props.get(name))
        ]
        self.process.note_check(urn_of(props))
        try:
            self.process.account()
        except FtjobsError as error:
            errors.append(str(error))
        return CheckResult(wrap(props), failures(errors))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another checkpoint or project is another permission."""
        olds, news = unwrap(_olds), unwrap(_news)
        replaces = [name for name in INPUTS if olds.get(name) != news.get(name)]
        self.process.note_diff(urn_of(news), _id, replaced=bool(replaces))
        return DiffResult(changes=bool(replaces), replaces=replaces, stables=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Take over the permission that this project has, or grant it."""
        with one_clean_line():
            permission_id, outs = self._service().create(unwrap(props))
        return CreateResult(permission_id, wrap(outs))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The permission as the service lists it; empty when it is gone."""
        with one_clean_line():
            outs = self._service().read(id_, unwrap(props))
        return ReadResult(id_ if outs else "", wrap(outs or {}))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Take the permission back."""
        with one_clean_line():
            self._service().delete(_id, unwrap(_props))

    def _service(self) -> PermissionService:
        from pulumi_ftjobs.operations.permission_operations import (  # noqa: PLC0415 - imports the client
            PermissionService,
        )

        return PermissionService(self.process)


def _named(value: Any) -> bool:
    return value is UNKNOWN or (isinstance(value, str) and bool(value))
