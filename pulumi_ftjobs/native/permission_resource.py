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

    def find(self, _call: Call, given_id: str) -> Found:
        """Refuse: the service lists permissions by checkpoint only, which an id does not name."""
        raise FtjobsError(
            f"permission {given_id} cannot be imported, because the service finds permissions by checkpoint only. "
            "Declare it: the permission that the project has is adopted, none is granted twice"
        )
