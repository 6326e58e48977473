"""Opening a training file: what is there, whether it can be training data, and its bytes in blocks."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pulumi_ftjobs.dataset.report import EMPTY, LFS_POINTER, MISSING, DataFileError, shown_path

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
