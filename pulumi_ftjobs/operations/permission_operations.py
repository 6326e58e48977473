"""The operations of a checkpoint permission."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from pulumi_ftjobs.api.errors import Forbidden, NotFound, Unauthorized
from pulumi_ftjobs.api.retry import repeat
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import Change
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic
from pulumi_ftjobs.lifecycle.job_outputs import kept_hints
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, RECORD, Record, record_of, urn_of
from pulumi_ftjobs.operations.resource_operations import Checked, Props, ResourceOperations, required_text
from pulumi_ftjobs.operations.visibility import require_target

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.schemas import Permission

T = TypeVar("T")

INPUTS: Final = {
    "checkpoint": "the name of a checkpoint, e.g. ft:gpt-4.1-mini-2025-04-14:acme::B7R9VjQd:ckpt-step-42",
    "project_id": "the id of a project, e.g. proj_abc",
}
"""The inputs, and what they must be."""


class PermissionOperations(ResourceOperations):
    """The checkpoint permissions of one provider process."""

    @property
    def _client(self) -> Client:
        return self.session.admin_client

    def checked(self, inputs: Props, old_inputs: Props) -> Checked:  # noqa: ARG002
        """Both inputs are required."""
        missing = [name for name in INPUTS if not required_text(inputs.get(name))]
        return Checked(
            inputs,
            [
                Diagnostic("error", Code.REQUIRED.value, name, f"is required, {INPUTS[name]}")
                for name in missing
            ],
        )

    def changes(self, object_id: str, olds: Props, news: Props) -> list[Change]:  # noqa: ARG002
        """Another checkpoint or project is another permission."""
        changed = [name for name in INPUTS if olds.get(name) != news.get(name)]
        return [Change(name, "replace", name, "changed") for name in changed]

    def create(self, inputs: Props) -> tuple[str, Props]:
        """Adopt the permission that this project has, or grant it."""
        checkpoint, project = str(inputs["checkpoint"]), str(inputs["project_id"])
        found = self._as_admin(
            lambda: repeat(lambda: self._have_or_grant(checkpoint, project), self._client.backoff)
        )
        self.session.note_created(urn_of(inputs), found.id)
        return found.id, self._outputs(found, inputs)

    def find(self, inputs: Props) -> tuple[str, Props] | None:
        """The id and the outputs of the permission that the project has, if it has one."""
        checkpoint, project = str(inputs["checkpoint"]), str(inputs["project_id"])
        found = _of_project(self._as_admin(lambda: list(self._client.permissions(checkpoint))), project)
        return (found.id, self._outputs(found, inputs)) if found else None

    def read(self, object_id: str, outputs: Props) -> Props | None:
        """The permission as the service lists it; None when it, or its checkpoint, is gone."""
        require_target(self._client, record_of(outputs), f"permission {object_id}")
        try:
            listed = self._as_admin(lambda: list(self._client.permissions(str(outputs.get("checkpoint")))))
        except NotFound:
            return None
        found = next((permission for permission in listed if permission.id == object_id), None)
        return self._outputs(found, outputs) if found else None

    def delete(self, object_id: str, outputs: Props, urn: str | None = None) -> None:  # noqa: ARG002
        """Revoke it, unless the program still declares it. One that is gone already is no error."""
        if self.session.in_use(object_id):
            return
        require_target(self._client, record_of(outputs), f"permission {object_id}")
        checkpoint = str(outputs.get("checkpoint"))
        self._as_admin(lambda: self._client.delete_permission(checkpoint, object_id))
        self.session.say(
            urn_of(outputs), f"project {outputs.get('project_id')} may no longer use {checkpoint}"
        )

    def _have_or_grant(self, checkpoint: str, project: str) -> Permission:
        """Look, then grant: after a lost answer the look finds what was granted."""
        found = _of_project(list(self._client.permissions(checkpoint)), project)
        if found is None:
            found = _of_project(self._client.create_permissions(checkpoint, [project]), project)
        if found is None:
            raise FtjobsError(
                f"sharing checkpoint {checkpoint}: the service answered without a permission for {project}; "
                "run the command again, it looks for it before it grants anything"
            )
        return found

    def _as_admin(self, call: Callable[[], T]) -> T:
        try:
            return self._client.with_other_keys(call)
        except (Unauthorized, Forbidden) as error:
            raise FtjobsError(
                f"{error.what} (HTTP {error.status}): permissions need an admin key of a user with the Owner role; "
                "set it with `pulumi config set --secret ftjobs:adminKey ...` or in the environment as OPENAI_ADMIN_KEY"
            ) from None

    def _outputs(self, permission: Permission, props: Props) -> Props:
        return {
            "checkpoint": props["checkpoint"],
            "project_id": permission.project_id,
            "created_at": permission.facts()["created_at"],
            PROGRAM: kept_hints(props),
            RECORD: dict(Record(target=self._client.target.identity)),
        }


def _of_project(permissions: list[Permission], project: str) -> Permission | None:
    return next((permission for permission in permissions if permission.project_id == project), None)
