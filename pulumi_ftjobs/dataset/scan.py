"""Reads a training file once, in bounded memory, and says all there is to say about it."""

from __future__ import annotations

import os
import threading
from array import array
from dataclasses import dataclass, field, replace

from .codes import Problems
from .digests import BOM, Digests, normalised
from .lines import LONGEST, numbered
from .parse import BadRowError, parse
from .report import FileReport
from .rows import Formats, texts_of
from .source import blocks, open_data

_HASHED_ROWS = 1_000_000


@dataclass
class _Slot:
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
    found = os.stat(path) if os.path.isfile(path) else None  # noqa: PTH113 - a str is a third of the time
    if found is None:
        open_data(path)[0].close()  # says what is wrong
        found = os.stat(path)
    key = (os.path.abspath(path), found.st_size, found.st_mtime_ns, found.st_ino, count_tokens)  # noqa: PTH100
    with _slots_lock:
        slot = _slots.setdefault(key, _Slot())
    with slot.lock:
        if slot.report is None:
            slot.report = _read(path, count_tokens=count_tokens)
        return replace(slot.report, path=path)


class _Reading:
    """The state of one pass."""

    def __init__(self) -> None:
        self.problems = Problems()
        self.formats = Formats(self.problems)
        self.rows = 0
        self.text_bytes = 0
        self.messages = 0
        self.blank: int | None = None  # number of the first blank line since the last row
        self.hashes = array("q")

    def line(self, number: int, line: bytes | None) -> None:
        """Look at one line."""
        if line is None:
            self.rows += 1
            self.problems.add("FT114", f"is longer than {LONGEST >> 20} MiB: not checked", number)
            return
        try:
            row, text = parse(line)
        except BadRowError as bad:
            if bad.code == "FT113":
                self.blank = self.blank or number
                return
            self.rows += 1
            self.problems.add(bad.code, str(bad), number)
            return
        if self.blank is not None:
            self.problems.add("FT113", "is blank: services may refuse blank lines", self.blank)
            self.blank = None
        self.rows += 1
        self.hashes.append(hash(text))
        texts = texts_of(row, number, self.formats)
        self.messages += len(texts)
        for piece in texts:
            self.text_bytes += len(piece) if piece.isascii() else len(piece.encode("utf-8", "replace"))


def _read(path: str, *, count_tokens: bool) -> FileReport:
    file, _ = open_data(path)
    digests, reading, bom = Digests(), _Reading(), False

    def texts() -> object:
        nonlocal bom
        for block, text in normalised(blocks(file, path)):
            bom = bom or (digests.size == 0 and block.startswith(BOM))
            digests.feed(block, text)
            yield text

    with file:
        for first, lines in numbered(texts()):  # type: ignore[arg-type]
            for number, line in enumerate(lines, first):
                reading.line(number, line)
    chosen = reading.formats.decide()
    return FileReport(
        path=path,
        rows_digest=digests.rows_digest,
        bytes_digest=digests.bytes_digest,
        size=digests.size,
        rows=reading.rows,
        format=chosen,
        tokens=reading.text_bytes // 4 + 4 * reading.messages if count_tokens else None,
        tokens_exact=False,
        problems=reading.problems.sorted(),
        more=reading.problems.more,
        bom=bom,
        row_hashes=reading.hashes.tobytes(),
    )
