"""Lines of a file in bounded memory, whatever the file holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
