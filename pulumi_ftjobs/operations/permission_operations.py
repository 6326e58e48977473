"""What create, read and delete of a checkpoint permission do at the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pulumi_ftjobs.api.client import with_other_keys
from pulumi_ftjobs.api.errors import Forbidden, NotFound, Unauthorized
from pulumi_ftjobs.api.retry import repeat
from pulumi_ftjobs.api.schemas import Permission
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.job_outputs import kept_hints
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, RECORD, Record, record_of, urn_of
from pulumi_ftjobs.operations.log import say
from pulumi_ftjobs.operations.session import Process

T = TypeVar("T")


class PermissionService:
    """The checkpoint permissions of one provider process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._online = process.admin()
        self._client = self._online.client

    def create(self, props: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The id and the outputs of the one permission of this project."""
        checkpoint, project = str(props["checkpoint"]), str(props["project_id"])
        found = self._as_admin(
            lambda: repeat(lambda: self._have_or_grant(checkpoint, project), self._client.patience)
        )
        self._process.note_created(found.id)
        return found.id, self._outputs(found, props)

    def read(self, permission_id: str, props: dict[str, Any]) -> dict[str, Any] | None:
        """The outputs as they are now, or None when the permission, or its checkpoint, is gone."""
        self._require_target(permission_id, props)
        try:
            listed = self._as_admin(lambda: list(self._client.permissions(str(props.get("checkpoint")))))
        except NotFound:
            return None
        found = next((permission for permission in listed if permission.id == permission_id), None)
        return self._outputs(found, props) if found else None

    def delete(self, permission_id: str, props: dict[str, Any]) -> None:
        """Take it back, unless the program still declares it. One that is gone already is no error."""
        if self._process.in_use(permission_id):
            return
        self._require_target(permission_id, props)
        checkpoint = str(props.get("checkpoint"))
        self._as_admin(lambda: self._client.delete_permission(checkpoint, permission_id))
        say(urn_of(props), f"project {props.get('project_id')} may no longer use {checkpoint}")

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
            return with_other_keys(self._client, call)
        except (Unauthorized, Forbidden) as error:
            raise FtjobsError(
                f"{error.what} (HTTP {error.status}): permissions need an admin key of somebody with the Owner role; "
                "set it with `pulumi config set --secret ftjobs:adminKey ...` or in the environment as OPENAI_ADMIN_KEY"
            ) from None

    def _require_target(self, permission_id: str, props: dict[str, Any]) -> None:
        recorded = record_of(props).get("target")
        self._online.require_target(recorded, f"permission {permission_id}")

    def _outputs(self, permission: Permission, props: dict[str, Any]) -> dict[str, Any]:
        return {
            "checkpoint": props["checkpoint"],
            "project_id": permission.project_id,
            "created_at": permission.facts()["created_at"],
            PROGRAM: kept_hints(props),
            RECORD: dict(Record(target=self._online.target.identity)),
        }


def _of_project(permissions: list[Permission], project: str) -> Permission | None:
    return next((permission for permission in permissions if permission.project_id == project), None)
