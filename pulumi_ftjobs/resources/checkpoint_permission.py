"""CheckpointPermission: another project may use a checkpoint of a fine-tuned model."""

from __future__ import annotations

from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from pulumi_ftjobs.provider.permission import CheckpointPermissionProvider
from pulumi_ftjobs.resources.runtime.annotations import resolved_annotations
from pulumi_ftjobs.resources.runtime.arguments import suggest_arguments
from pulumi_ftjobs.resources.runtime.nullable_outputs import nullable
from pulumi_ftjobs.resources.runtime.program_inputs import program_inputs, read_inputs
from pulumi_ftjobs.resources.runtime.program_run import join_program
from pulumi_ftjobs.resources.runtime.resource_options import translated


@resolved_annotations
class CheckpointPermission(Resource, module="ftjobs", name="CheckpointPermission"):
    """A project's permission to use a checkpoint of a fine-tuned model.

    Needs an admin key (`ftjobs:adminKey` or OPENAI_ADMIN_KEY) of a user with the Owner role. A permission
    that the project has already is adopted, never granted twice. Replaced when either input changes.
    """

    TYPE: ClassVar[str] = "pulumi-python:dynamic/ftjobs:CheckpointPermission"

    checkpoint: pulumi.Output[str]
    """The checkpoint's name."""
    project_id: pulumi.Output[str]
    """The project that may use it."""
    created_at: pulumi.Output[int | None] = nullable("project_id")
    """When the permission was granted, seconds since 1970."""

    @suggest_arguments
    def __init__(
        self,
        resource_name: str,
        *,
        checkpoint: pulumi.Input[str],
        project_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a permission.

        Args:
            resource_name: its name in the stack.
            checkpoint: a `fine_tuned_model_checkpoint` of a job's checkpoints; colons belong to it.
            project_id: the project that gets access, in the same organization.
            opts: `import_` is not needed: the permission that the project has is adopted anyway.

        Raises:
            TypeError: for an argument that does not exist, with the closest one.
        """
        join_program()
        passed, _ = translated(opts)
        props: dict[str, Any] = {
            "checkpoint": checkpoint,
            "project_id": project_id,
            "created_at": None,
            PROGRAM: program_inputs(self.TYPE, resource_name, passed),
        }
        own = pulumi.ResourceOptions(hide_diffs=["created_at"])
        super().__init__(
            CheckpointPermissionProvider(), resource_name, props, pulumi.ResourceOptions.merge(own, passed)
        )

    @staticmethod
    def get(
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - Pulumi's own name for it
        *,
        checkpoint: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> CheckpointPermission:
        """Read a permission that exists, which is never revoked.

        Args:
            resource_name: its name in the stack.
            id: the permission's id at the service.
            checkpoint: the checkpoint's name: the service lists permissions by it.
            opts: resource options.
        """
        permission = CheckpointPermission.__new__(CheckpointPermission)
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        props: dict[str, Any] = {
            "checkpoint": checkpoint,
            "project_id": None,
            "created_at": None,
            PROGRAM: read_inputs(CheckpointPermission.TYPE, resource_name, options),
        }
        Resource.__init__(permission, CheckpointPermissionProvider(), resource_name, props, options)
        return permission
