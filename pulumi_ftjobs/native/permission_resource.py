"""CheckpointPermission in the plugin."""

from __future__ import annotations

from typing import Final

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import Change
from pulumi_ftjobs.lifecycle.values import UNKNOWN
from pulumi_ftjobs.native.native_resource import Call, Found, NativeResource, Values
from pulumi_ftjobs.native.resource_tables import PERMISSION
from pulumi_ftjobs.operations.permission_operations import PermissionOperations

INPUTS: Final = {
    "checkpoint": "the name of a checkpoint, for example ft:gpt-4.1-mini-2025-04-14:acme::B7R9VjQd:ckpt-step-42",
    "project_id": "the id of a project, for example proj_abc",
}


class PermissionResource(NativeResource):
    """The life of a checkpoint permission."""

    table = PERMISSION

    def check(self, call: Call, news: Values, _olds: Values) -> tuple[Values, list[str]]:
        """Require both inputs; offline."""
        errors = [
            f"{name}: is required, {what}" for name, what in INPUTS.items() if not _given(news.get(name))
        ]
        call.session.note_check(call.identity, news)
        try:
            call.session.account()
        except FtjobsError as error:
            errors.append(str(error))
        return news, errors

    def changes(self, call: Call, resource_id: str, olds: Values, news: Values) -> list[Change]:
        """Return the inputs that make it another permission."""
        changed = [name for name in INPUTS if olds.get(name) != news.get(name)]
        call.session.note_diff(call.identity, resource_id, replaced=bool(changed))
        return [Change(name, "replace", name, "changed") for name in changed]

    def create(self, call: Call, inputs: Values) -> tuple[str, Values]:
        """Adopt the permission that the project has, or grant it."""
        return PermissionOperations(call.session).create(call.with_program(inputs))

    def read(self, call: Call, resource_id: str, outputs: Values, inputs: Values) -> Found | None:
        """Return the permission as the service lists it."""
        found = PermissionOperations(call.session).read(resource_id, call.with_program(outputs))
        return None if found is None else Found(resource_id, found, inputs)

    def find(self, _call: Call, given_id: str) -> Found:
        """Refuse: the service lists permissions by checkpoint only, which an id does not name."""
        raise FtjobsError(
            f"permission {given_id} cannot be imported, because the service finds permissions by checkpoint only. "
            "Declare it: the permission that the project has is adopted, none is granted twice"
        )

    def update(self, _call: Call, _resource_id: str, _olds: Values, _news: Values) -> Values:
        """Never called: every change replaces."""
        raise FtjobsError("a permission cannot be updated")

    def delete(self, call: Call, resource_id: str, outputs: Values) -> None:
        """Revoke the permission."""
        PermissionOperations(call.session).delete(resource_id, call.with_program(outputs))


def _given(value: object) -> bool:
    return value is UNKNOWN or (isinstance(value, str) and bool(value))
