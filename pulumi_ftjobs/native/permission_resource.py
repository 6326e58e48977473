"""CheckpointPermission in the plugin."""

from __future__ import annotations

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.native.native_resource import Call, Found, NativeResource
from pulumi_ftjobs.native.resource_tables import PERMISSION
from pulumi_ftjobs.operations.permission_operations import PermissionOperations


class PermissionResource(NativeResource):
    """The life of a checkpoint permission."""

    table = PERMISSION
    operations = PermissionOperations

    def find(self, call: Call, given_id: str) -> Found:
        """Return the permission that `CHECKPOINT/PROJECT` names: the service lists them by checkpoint only."""
        checkpoint, _, project = given_id.rpartition("/")
        if not checkpoint or not project:
            raise FtjobsError(
                f"permission {given_id}: give its checkpoint and its project as CHECKPOINT/PROJECT_ID, because the "
                "service finds permissions by checkpoint only"
            )
        inputs = {"checkpoint": checkpoint, "project_id": project}
        found = self.operations(call.session).find(inputs)
        if found is None:
            raise FtjobsError(f"project {project} has no permission for checkpoint {checkpoint}")
        return Found(*found, inputs)
