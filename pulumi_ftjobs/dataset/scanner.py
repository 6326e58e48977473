"""Reads a training file once, in bounded memory, and reports figures and diagnostics."""

from __future__ import annotations

import os
import threading
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from pulumi_ftjobs.dataset.digests import BOM, Digests, normalised
from pulumi_ftjobs.dataset.duplicate_rows import COMPARED, NO_ROW, report_duplicates
from pulumi_ftjobs.dataset.file_io import LONGEST, blocks, numbered, open_data, stat_data
from pulumi_ftjobs.dataset.file_report import DataFileError, FileReport, Format, shown_path
from pulumi_ftjobs.dataset.row_context import FileDiagnostics, RowContext
from pulumi_ftjobs.dataset.row_formats import Formats, check_row
from pulumi_ftjobs.dataset.row_parser import BadRowError, parse
from pulumi_ftjobs.dataset.token_counts import Counter, count

MAX_ROW_TOKENS = 65_536
"""Tokens of the longest example gpt-4o and gpt-4.1 train on; what is beyond is cut off."""

MAX_ERRORS = 100_000
"""Errors after which the rest of a file is only hashed: it is no training data, and each takes time."""


class RowReader:
    """The state of one pass. Memory: the figures, 8 bytes a line for `COMPARED` lines, one batch of texts."""

    def __init__(self, *, count_tokens: bool) -> None:
        """Start before the first line."""
        self.rows = 0
        self.gave_up = False
        self.context = RowContext(counting=count_tokens)
        self.hashes = array("q")
        self._formats = Formats()
        self._counter = Counter() if count_tokens else None
        self._blank: int | None = None

    def lines(self, first: int, lines: list[bytes | None]) -> None:
        """Look at these lines, of which the first has the number `first`."""
        if self.gave_up:
            self.rows += sum(line != b"" for line in lines)
            return
        if not any(lines) and None not in lines:
            self._blank = self._blank or first
            self.hashes.extend([NO_ROW] * max(0, min(len(lines), COMPARED - len(self.hashes))))
            return
        for number, line in enumerate(lines, first):
            self.line(number, line)
        if self.diagnostics.errors >= MAX_ERRORS:
            self.gave_up = self.context.unseen = True
            last = first + len(lines) - 1
            self.diagnostics.first(
                "FT115", f"has more than {MAX_ERRORS:,} errors: lines after {last:,} were not looked at"
            )

    def line(self, number: int, line: bytes | None) -> None:
        """Look at one line; None is one that is too long to look at."""
        self.context.line = number
        try:
            mark = self._look(line)
        except BadRowError as bad:
            mark = NO_ROW
            self._bad(bad)
        except RecursionError:
            mark = NO_ROW
            self.context.report("FT110", "is not usable JSON: nested too deeply")
        if number <= COMPARED:
            self.hashes.append(mark)

    def _look(self, line: bytes | None) -> int:
        context = self.context
        if line is None:
            self._row()
            context.unseen = True
            context.report(
                "FT114",
                f"is longer than {LONGEST >> 20} MiB and was not looked into: the file's tokens and cost are not known",
            )
            return NO_ROW
        row, text = parse(line)
        self._row()
        kind = check_row(row, context)
        if kind is not None:
            self._formats.add(kind, context.line)
        if self._counter is not None:
            self._counter.add(context.texts)
            if len(line) > MAX_ROW_TOKENS:
                self._check_length(context)
        return hash(text)

    def finish(self) -> tuple[Format | None, int | None]:
        """The file's format and tokens; diagnostics that need the whole file are added.

        Some tokens are not the file's tokens: with rows that were not looked into they are unknown.
        """
        report_duplicates(self.hashes, self.context.diagnostics)
        chosen = self._formats.decide(self.context.diagnostics)
        if self._counter is None or self.context.unseen:
            return chosen, None
        return chosen, self._counter.total() + self.context.overhead

    @property
    def tokens_exact(self) -> bool:
        """Whether the count of tokens is what the service counts."""
        return (
            self._counter is not None
            and self._counter.exact
            and not self.context.guessed
            and not self.context.unseen
            and not self.context.images
        )

    @property
    def diagnostics(self) -> FileDiagnostics:
        """What was found so far."""
        return self.context.diagnostics

    def _row(self) -> None:
        """Count a row; blank lines before it were not at the end of the file, so they are reported."""
        self.rows += 1
        if self._blank is not None:
            self.diagnostics.add(
                "FT113", "is blank: services may refuse blank lines between rows", self._blank
            )
            self._blank = None

    def _bad(self, bad: BadRowError) -> None:
        if bad.code == "FT113":
            self._blank = self._blank or self.context.line
            return
        self._row()
        self.context.report(bad.code, str(bad))

    @staticmethod
    def _check_length(context: RowContext) -> None:
        tokens = count(context.texts)
        if tokens > MAX_ROW_TOKENS:
            context.report(
                "FT180", f"has about {tokens:,} tokens: what is beyond {MAX_ROW_TOKENS:,} is not trained on"
            )


_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass
class _CachedScan:
    """One file as it was at one time; a second caller waits for the first one's report."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    report: FileReport | None = None


_cache: dict[tuple[object, ...], _CachedScan] = {}
_cache_lock = threading.Lock()


def scan(path: str, *, count_tokens: bool = True) -> FileReport:
    """Read the file at `path`: digests, figures, and every problem that is visible without knowing the job.

    The report is cached for the life of the process while size, modification time and inode stay the
    same, so the file is read once per command, also by many threads and resources.

    Raises:
        DataFileError: the file cannot be training data at all (missing, a directory, empty, ...).
    """
    found = stat_data(path)
    key = (Path(path).absolute(), found.st_size, found.st_mtime_ns, found.st_ino, count_tokens)
    with _cache_lock:
        cached = _cache.setdefault(key, _CachedScan())
    with cached.lock:
        if cached.report is None:
            cached.report = _read(path, count_tokens=count_tokens)
        return replace(cached.report, path=path)


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
    reader = RowReader(count_tokens=count_tokens)
    with file:
        texts = _Texts(file, os.fspath(path))
        for first, lines in numbered(texts):
            reader.lines(first, lines)
    chosen, tokens = reader.finish()
    return FileReport(
        path=path,
        rows_digest=texts.digests.rows_digest,
        bytes_digest=texts.digests.bytes_digest,
        size=texts.digests.size,
        rows=reader.rows,
        format=chosen,
        tokens=tokens,
        tokens_exact=reader.tokens_exact,
        diagnostics=reader.diagnostics.sorted(),
        more=reader.diagnostics.more,
        bom=texts.bom,
        images=reader.context.images,
        row_hashes=reader.hashes.tobytes(),
    )
