"""FineTuningFile: a local training file, uploaded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from pulumi_ftjobs.dataset import DataFileError, rows_to_file
from pulumi_ftjobs.lifecycle.file_fields import FIGURES, FILE_OUTPUTS, FILE_RECORDED
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from pulumi_ftjobs.provider.file import FineTuningFileProvider
from pulumi_ftjobs.resources.runtime.annotations import resolved_annotations
from pulumi_ftjobs.resources.runtime.arguments import suggest_arguments
from pulumi_ftjobs.resources.runtime.nullable_outputs import nullable
from pulumi_ftjobs.resources.runtime.program_inputs import program_inputs, read_inputs
from pulumi_ftjobs.resources.runtime.program_run import join_program
from pulumi_ftjobs.resources.statuses import DeletionPolicy, FileFormat


@resolved_annotations
class FineTuningFile(Resource, module="ftjobs", name="FineTuningFile"):
    """A JSONL file of training rows, uploaded once and identified by its rows.

    The preview reads the file: its digests, rows, format and tokens are known before anything is
    uploaded. Another path, line ends or a byte order mark do not change the rows, so nothing trains
    again. The rows themselves never enter the state.
    """

    TYPE: ClassVar[str] = "pulumi-python:dynamic/ftjobs:FineTuningFile"

    rows_digest: pulumi.Output[str]
    """Which rows: decides whether anything trains again."""
    bytes_digest: pulumi.Output[str]
    """Which bytes: decides whether anything is uploaded again."""
    bytes: pulumi.Output[int]
    """Size in bytes."""
    rows: pulumi.Output[int]
    """Number of rows."""
    format: pulumi.Output[FileFormat | None] = nullable("rows_digest")
    """What the rows are, or None for an unknown format."""
    tokens: pulumi.Output[int | None] = nullable("rows_digest")
    """Tokens in the file, by the tokenizer if installed, else an estimate."""
    tokens_exact: pulumi.Output[bool]
    """Whether `tokens` was counted and not estimated."""
    images: pulumi.Output[int | None] = nullable("rows_digest")
    """Images in the rows, if any; their tokens are not counted."""
    created_at: pulumi.Output[int | None]
    """Upload time, seconds since 1970."""
    expires_at: pulumi.Output[int | None] = nullable("rows_digest")
    """When the service deletes it, seconds since 1970; None: never automatically."""
    filename: pulumi.Output[str | None]
    """The name it was uploaded under."""
    object: pulumi.Output[str | None]
    """`file`."""
    purpose: pulumi.Output[str | None]
    """`fine-tune`."""
    status: pulumi.Output[str | None]
    """The service's status of the upload, e.g. `processed`."""
    deletion_policy: pulumi.Output[DeletionPolicy | None] = nullable("rows_digest")
    """The policy that was declared."""
    expires_after: pulumi.Output[int | None] = nullable("rows_digest")
    """The expiry that was declared, seconds."""

    @suggest_arguments
    def __init__(
        self,
        resource_name: str,
        *,
        path: pulumi.Input[str] | None = None,
        content: pulumi.Input[Sequence[Mapping[str, Any]]] | None = None,
        deletion_policy: pulumi.Input[DeletionPolicy] | None = None,
        expires_after: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a training file: give `path` or `content`, one of the two.

        Args:
            resource_name: its name in the stack.
            path: a JSONL file, absolute or relative to the project's folder.
            content: the rows themselves. They go to a private file of your cache directory; only its path, digests
                and figures are declared.
            deletion_policy: "delete" removes the upload when the resource is deleted; "retain" keeps it. Default:
                removed, unless a job of this stack succeeded with it.
            expires_after: seconds after its creation when the service deletes the upload, 3600 to 2592000 (30 days).
                Default: never. A change applies to the next upload.
            opts: resource options.

        Raises:
            TypeError: for an argument that does not exist, with the closest one.
            pulumi.RunError: for both or neither of `path` and `content`, and for rows that cannot be written.
        """
        join_program()
        self._given_path: pulumi.Input[str] | None = _path(path, content)
        self._figures: pulumi.Output[dict[str, Any]] | None = None
        props: dict[str, Any] = {
            **dict.fromkeys((*FIGURES, *FILE_OUTPUTS)),
            "path": self._given_path,
            "deletion_policy": deletion_policy,
            "expires_after": expires_after,
            PROGRAM: program_inputs(self.TYPE, resource_name, opts),
        }
        own = pulumi.ResourceOptions(hide_diffs=list(FILE_OUTPUTS))
        super().__init__(
            FineTuningFileProvider(), resource_name, props, pulumi.ResourceOptions.merge(own, opts)
        )

    @staticmethod
    def get(
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - Pulumi's own name for it
        opts: pulumi.ResourceOptions | None = None,
    ) -> FineTuningFile:
        """Read an uploaded file, which is never changed or deleted. Its rows are not read, so it has no digests.

        Args:
            resource_name: its name in the stack.
            id: the file's id at the service.
            opts: resource options.
        """
        file = FineTuningFile.__new__(FineTuningFile)
        file._given_path, file._figures = None, None  # noqa: SLF001 - our own
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        props: dict[str, Any] = {
            **dict.fromkeys((*FIGURES, *FILE_OUTPUTS, *FILE_RECORDED)),
            PROGRAM: read_inputs(FineTuningFile.TYPE, resource_name, options),
        }
        Resource.__init__(file, FineTuningFileProvider(), resource_name, props, options)
        return file

    @property
    def given_path(self) -> pulumi.Input[str] | None:
        """The local file as it was declared, known in every preview; None for a file that is read with `get`."""
        return self._given_path


def _path(path: pulumi.Input[str] | None, content: Any) -> Any:
    if (path is None) == (content is None):
        raise pulumi.RunError("FineTuningFile: give path= or content=, one of the two")
    return path if content is None else pulumi.Output.from_input(content).apply(_written)


def _written(rows: Any) -> str:
    try:
        return rows_to_file(rows)
    except DataFileError as error:
        raise pulumi.RunError(f"FineTuningFile: {error}") from None


def file_figures(value: Any) -> pulumi.Output[dict[str, Any]] | None:
    """What a job's check wants to know about a file: a hidden input, known in preview, made once per file."""
    if not isinstance(value, FineTuningFile) or value.given_path is None:
        return None
    if value._figures is None:  # noqa: SLF001 - our own, as below
        known = {
            name: getattr(value, name) for name in ("rows", "tokens", "tokens_exact", "format", "images")
        }
        value._figures = pulumi.Output.all(path=value.given_path, **known)  # noqa: SLF001
    return value._figures  # noqa: SLF001


def file_inputs(name: str, value: Any) -> Mapping[str, Any]:
    """The inputs of a job for one of its files: the id, and for a FineTuningFile the digest of its rows.

    Raises pulumi.RunError for a resource that is no file.
    """
    if isinstance(value, FineTuningFile):
        return {name: value.id, f"{name}_digest": None if value.given_path is None else value.rows_digest}
    if isinstance(value, pulumi.Resource):
        kind = type(value).__name__
        raise pulumi.RunError(f"{name}: must be a FineTuningFile, or a file's id as a string, not a {kind}")
    return {name: value, f"{name}_digest": None}
