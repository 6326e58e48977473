"""Result types and errors of reading a training file.

Nothing here ever contains the content of a row: training data is often personal data, and these
values travel into previews, states and logs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.diagnostics import Diagnostic

Format = Literal["chat", "preference", "reinforcement", "completion"]

SHOWN = 20
"""Diagnostics of each severity that are spelled out; the rest is only counted."""


@dataclass(frozen=True)
class FileReport:
    """A training file as it was read, in figures.

    Attributes:
        path: the path as given.
        rows_digest: "v1:" and 32 hex digits; decides whether to train again (see `digests`).
        bytes_digest: "sha256:" and 64 hex digits; decides whether to upload again.
        size: bytes.
        rows: lines that are not blank.
        format: what the rows are, None when they are nothing known.
        tokens: tokens of one pass over the file, None when not asked for or when a row was not looked into.
        tokens_exact: False for an estimate or a sample (docs/cost.md gives the error).
        diagnostics: the first 20 of each severity, in the order of their lines.
        more: diagnostics beyond those.
        bom: whether the file opens with a UTF-8 byte order mark.
        images: images in the rows; their tokens are not part of `tokens`.
    """

    path: str
    rows_digest: str
    bytes_digest: str
    size: int
    rows: int
    format: Format | None
    tokens: int | None
    tokens_exact: bool
    diagnostics: tuple[Diagnostic, ...]
    more: int
    bom: bool = False
    images: int = 0
    row_hashes: bytes = field(default=b"", repr=False, compare=False)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that fail a preview."""
        return tuple(one for one in self.diagnostics if one.severity == "error")

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that only warn."""
        return tuple(one for one in self.diagnostics if one.severity == "warning")


MISSING = "FT101"
EMPTY = "FT104"
LFS_POINTER = "FT105"


class DataFileError(FtjobsError):
    """A file that cannot be read as training data at all; the text is one sentence with what to do.

    `code` lets a caller decide: `MISSING` and `LFS_POINTER` are accepted for a file whose digests the
    state already has.
    """

    def __init__(self, code: str, path: str, message: str) -> None:
        """Keep the code beside the message that users read."""
        super().__init__(f"{message} [{code}]")
        self.code = code
        self.path = path


class FileChangedError(DataFileError):
    """The bytes are no longer the declared ones: the upload stops before its last chunk."""

    def __init__(self, path: str) -> None:
        """Say which file changed."""
        super().__init__(
            "FT108",
            path,
            f"{shown_path(path)} changed since it was checked: run the command again so that what is "
            "uploaded is what was previewed",
        )


def shown_path(path: str) -> str:
    """A path for a terminal: quoted, control characters escaped, at most 200 characters."""
    text = repr(path)
    return text if len(text) <= 200 else text[:90] + "..." + text[-100:]
