"""The bytes of a training file: opened, read in blocks, split into lines, and streamed to the service."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from pulumi_ftjobs.dataset.digests import Digests
from pulumi_ftjobs.dataset.file_report import (
    EMPTY,
    LFS_POINTER,
    MISSING,
    DataFileError,
    FileChangedError,
    FileReport,
    shown_path,
)

BLOCK = 1 << 18
"""Bytes read at a time: small enough to stay in the processor's cache, large enough for few calls."""

_LFS = b"version https://git-lfs.github.com/spec/"


def stat_data(path: str) -> os.stat_result:
    """What is at `path`. Raises DataFileError unless it is a regular file: pipes and devices never end."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    _refuse_other_kinds(path, found)
    return found


def open_data(path: str) -> tuple[BinaryIO, os.stat_result]:
    """The file opened for reading, and what it is. Raises DataFileError if it cannot be training data."""
    stat_data(path)  # first: opening a pipe waits for its other end
    try:
        file = Path(path).open("rb", buffering=0)  # noqa: SIM115 - the caller closes it
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        return file, _checked(path, file)
    except BaseException:
        file.close()
        raise


def blocks(file: BinaryIO, path: str) -> Iterator[bytes]:
    """The bytes of an open file, block by block. An error while reading becomes a DataFileError."""
    while True:
        try:
            block = file.read(BLOCK)
        except OSError as error:
            raise _unreadable(path, error) from None
        if not block:
            return
        yield block


def _refuse_other_kinds(path: str, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise DataFileError("FT102", path, f"{shown_path(path)} is a directory: name one .jsonl file in it")
    if not stat.S_ISREG(found.st_mode):
        raise DataFileError(
            "FT103",
            path,
            f"{shown_path(path)} is not a regular file: training data is read from files only",
        )


def _checked(path: str, file: BinaryIO) -> os.stat_result:
    found = os.fstat(file.fileno())
    _refuse_other_kinds(path, found)
    if found.st_size == 0:
        raise DataFileError(EMPTY, path, f"{shown_path(path)} is empty: at least 10 rows are needed")
    if file.read(len(_LFS)) == _LFS:
        raise DataFileError(
            LFS_POINTER,
            path,
            f"{shown_path(path)} is a Git LFS pointer, not the data: run `git lfs pull` first",
        )
    file.seek(0)
    return found


def _unreadable(path: str, error: Exception) -> DataFileError:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        where = "" if Path(path).is_absolute() else ": relative paths start where Pulumi.yaml is"
        return DataFileError(MISSING, path, f"{shown_path(path)} does not exist{where}")
    reason = getattr(error, "strerror", None) or str(error)
    return DataFileError("FT103", path, f"{shown_path(path)} cannot be read: {reason}")


LONGEST = 1 << 24
"""Bytes of the longest row that is looked into. Of a longer one only the bytes are hashed and the row is counted."""


def numbered(texts: Iterable[bytes]) -> Iterator[tuple[int, list[bytes | None]]]:
    """Batches of (number of the first line, lines without their LF); None stands for a line over LONGEST.

    The last line counts without its LF too, unless it is empty.
    """
    number, start, skipping = 1, b"", False
    for text in texts:
        lines: list[bytes | None] = [*text.split(b"\n")]
        lines[0] = None if skipping else _joined(start, lines[0])
        rest = lines.pop()
        if lines:
            yield number, lines
            number += len(lines)
        skipping = rest is None or len(rest) > LONGEST
        start = b"" if skipping or rest is None else rest
    if start or skipping:
        yield number, [None if skipping else start]


def _joined(start: bytes, end: bytes | None) -> bytes | None:
    if not start or end is None:
        return end
    line = start + end
    return line if len(line) <= LONGEST else None


def stream(path: str, expected: FileReport) -> Iterator[bytes]:
    """The file's bytes in blocks, hashed on the way; the last block is held back until the digest agrees.

    So an upload of other bytes than `expected` describes never completes. The sum of the lengths is
    `expected.size` whenever the iterator ends without an error.

    Raises:
        FileChangedError: before the last block, when the bytes are no longer the declared ones.
        DataFileError: the file is gone or cannot be read.
    """
    return stream_digest(path, size=expected.size, bytes_digest=expected.bytes_digest)


def stream_digest(path: str, *, size: int, bytes_digest: str) -> Iterator[bytes]:
    """`stream` for a caller that has the recorded figures instead of a report."""
    try:
        file, found = open_data(path)
    except DataFileError as error:
        if error.code == EMPTY:
            raise FileChangedError(path) from None
        raise
    with file:
        if found.st_size != size:
            raise FileChangedError(path)
        digests = Digests()
        held = b""
        for block in blocks(file, path):
            digests.feed(block, block)
            if digests.size > size:
                raise FileChangedError(path)
            if held:
                yield held
            held = block
        if digests.bytes_digest != bytes_digest:
            raise FileChangedError(path)
        yield held


def has_bytes(path: str, size: int, bytes_digest: str) -> bool:
    """Whether the file has exactly these bytes. Raises DataFileError if it cannot be training data."""
    try:
        for _block in stream_digest(path, size=size, bytes_digest=bytes_digest):
            pass
    except FileChangedError:
        return False
    return True
