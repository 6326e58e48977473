"""CheckpointPermission in the provider process."""

from __future__ import annotations

from pulumi_ftjobs.operations.permission_operations import PermissionOperations
from pulumi_ftjobs.provider.provider_base import FtjobsProvider


class CheckpointPermissionProvider(FtjobsProvider):
    """The life of a checkpoint permission. Import path and name are stored in users' states: frozen."""

    operations_type = PermissionOperations
