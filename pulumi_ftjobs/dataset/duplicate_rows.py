"""Rows that are there twice, in one file or in the training and the validation file.

Rows are compared by a 64-bit hash of their text, 8 bytes a line and nothing else, for the first million
lines. The hash differs from process to process, so it is never stored.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from pulumi_ftjobs.dataset.file_report import FileReport
from pulumi_ftjobs.dataset.row_context import FileDiagnostics
from pulumi_ftjobs.lifecycle.diagnostics import Diagnostic

COMPARED = 1_000_000
"""Lines of a file that are compared; later ones are not."""

NO_ROW = 0
"""Stands for a line that is no row, so that the place of a hash is always the line's."""

_PARTS = 16
_SMALL = 50_000


def report_duplicates(hashes: array[int], diagnostics: FileDiagnostics) -> None:
    """Report rows that are equal to an earlier one: the first with both its lines, the rest as a number."""
    count = 0
    earliest: tuple[int, int] | None = None
    for part in _parts(hashes):
        first: dict[int, int] = {}
        twice = [(line, first[value]) for line, value in part if first.setdefault(value, line) != line]
        count += len(twice)
        earliest = min([*twice[:1], *([earliest] if earliest else [])], default=None)
    if earliest is not None:
        more = f", and {count - 1:,} more rows repeat an earlier one" if count > 1 else ""
        diagnostics.add("FT181", f"repeats line {earliest[1]}{more}", earliest[0])


def overlap(training: FileReport, validation: FileReport) -> tuple[Diagnostic, ...]:
    """Rows of the validation file that are in the training file as well: they make validation look better.

    The first million lines of each file are compared, by the exact text of the row. Memory: a set of one
    sixteenth of the training rows at a time.
    """
    trained, validated = array("q"), array("q")
    trained.frombytes(training.row_hashes)
    validated.frombytes(validation.row_hashes)
    both: list[int] = []
    for part in _parts(trained):
        known = {value for _, value in part}
        both += [line for line, value in enumerate(validated, 1) if value in known]
    if not both:
        return ()
    lines = ", ".join(map(str, sorted(both)[:5])) + (", ..." if len(both) > 5 else "")
    rows = "1 validation row is" if len(both) == 1 else f"{len(both):,} validation rows are"
    return (
        Diagnostic("warning", "FT182", "", f"{rows} in the training file as well (validation lines {lines})"),
    )


def _parts(hashes: array[int]) -> Iterator[list[tuple[int, int]]]:
    """The rows as (line, hash), split by hash so that no dict ever holds more than a part of a large file."""
    parts = 1 if len(hashes) < _SMALL else _PARTS
    for part in range(parts):
        yield [
            (line, value) for line, value in enumerate(hashes, 1) if value % parts == part and value != NO_ROW
        ]
