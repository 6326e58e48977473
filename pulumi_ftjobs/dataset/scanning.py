"""Reads a training file once, in bounded memory, and says all there is to say about it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from pulumi_ftjobs.dataset.digests import BOM, Digests, normalised
from pulumi_ftjobs.dataset.lines import numbered
from pulumi_ftjobs.dataset.reading import Reading
from pulumi_ftjobs.dataset.report import DataFileError, FileReport, shown_path
from pulumi_ftjobs.dataset.source import blocks, open_data, stat_data

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass
class _Slot:
    """One file as it was at one time; whoever comes second waits for the first reader's answer."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    report: FileReport | None = None


_slots: dict[tuple[object, ...], _Slot] = {}
_slots_lock = threading.Lock()


def scan(path: str, *, count_tokens: bool = True) -> FileReport:
    """What the file at `path` holds: digests, figures and every problem that shows without knowing the job.

    The answer is kept for as long as the process lives and size, modification time and inode stay the
    same, so the file is read once in a command however many threads and resources ask.

    Raises:
        DataFileError: the file cannot be training data at all (missing, a directory, empty, ...).
    """
    found = stat_data(path)
    key = (Path(path).absolute(), found.st_size, found.st_mtime_ns, found.st_ino, count_tokens)
    with _slots_lock:
        slot = _slots.setdefault(key, _Slot())
    with slot.lock:
        if slot.report is None:
            slot.report = _read(path, count_tokens=count_tokens)
        return replace(slot.report, path=path)


class _Texts:
    """Blocks of an open file with line ends normalised; digests and byte order mark are noted on the way."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self.digests = Digests()
        self.bom = False
        self._file = file
        self._path = path

    def __iter__(self) -> Iterator[bytes]:
        for block, text in normalised(blocks(self._file, self._path)):
            if self.digests.size == 0:
                self.bom = block.startswith(BOM)
                self._refuse_utf_16(block)
            self.digests.feed(block, text)
            yield text

    def _refuse_utf_16(self, block: bytes) -> None:
        if block.startswith(_UTF_16):
            raise DataFileError(
                "FT106",
                self._path,
                f"{shown_path(self._path)} is UTF-16: save it as UTF-8 (without byte order mark)",
            )


def _read(path: str, *, count_tokens: bool) -> FileReport:
    file, _ = open_data(path)
    reading = Reading(count_tokens=count_tokens)
    with file:
        texts = _Texts(file, os.fspath(path))
        for first, lines in numbered(texts):
            reading.lines(first, lines)
    chosen, tokens = reading.finish()
    return FileReport(
        path=path,
        rows_digest=texts.digests.rows_digest,
        bytes_digest=texts.digests.bytes_digest,
        size=texts.digests.size,
        rows=reading.rows,
        format=chosen,
        tokens=tokens,
        tokens_exact=reading.tokens_exact,
        problems=reading.problems.sorted(),
        more=reading.problems.more,
        bom=texts.bom,
        images=reading.found.images,
        row_hashes=reading.hashes.tobytes(),
    )
