"""Rows written in the program (`content=`) become a private file, so that only a path is ever declared."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi_ftjobs.dataset.file_report import EMPTY, DataFileError


def rows_to_file(rows: Sequence[Mapping[str, Any]], *, cache: Path | None = None) -> str:
    """The path of a JSONL file with these rows, in the user's cache directory, readable by the user alone.

    The same rows give the same file (its name is their digest); it is written whole or not at all.
    `cache` replaces the user's cache directory.

    Raises:
        DataFileError: a row is no JSON object, or the file cannot be written.
    """
    text = "".join(_line(number, row) for number, row in enumerate(rows, 1))
    data = text.encode("utf-8", "backslashreplace")  # a lone surrogate becomes its JSON escape
    if not data:
        raise DataFileError(EMPTY, "content", "content holds no rows: at least 10 are needed")
    folder = cache or cache_folder()
    path = folder / f"{hashlib.sha256(data).hexdigest()[:32]}.jsonl"
    try:
        _write(folder, path, data)
    except OSError as error:
        raise DataFileError(
            "FT103",
            str(path),
            f"content cannot be written to {folder}: {error.strerror}; point XDG_CACHE_HOME elsewhere",
        ) from None
    return str(path)


def cache_folder() -> Path:
    """Where such files lie: a folder of our own in the user's cache directory, by the system's custom."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if Path(given).is_absolute():
        return Path(given) / "pulumi-ftjobs" / "content"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path.home() / ".cache"
    return base / "pulumi-ftjobs" / "content"


def _line(number: int, row: object) -> str:
    """A row as canonical JSON: keys in the program's order, no spaces, numbers that are whole as integers."""
    if not isinstance(row, Mapping):
        raise DataFileError("FT111", "content", f"content[{number - 1}] is not a mapping")
    try:
        text = json.dumps(_plain(row), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        raise DataFileError(
            "FT110", "content", f"content[{number - 1}] holds a value that JSON does not know"
        ) from None
    return text + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _write(folder: Path, path: Path, data: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if path.is_file() and path.read_bytes() == data:
        path.chmod(0o600)
        return
    temporary = folder / f".{os.getpid()}-{os.urandom(4).hex()}.part"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
