"""Rows for a terminal of any width. Pure: text in, lines out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from unicodedata import combining, east_asian_width

GAP: Final = 2
"""Blanks between columns, and before the lines that continue a row."""
_DOUBLE_WIDTH: Final = frozenset("WF")


def lines(cells: Sequence[str], widths: Sequence[int], room: int) -> Iterator[str]:
    """One row: columns of `widths` side by side, on further lines where they do not fit into `room`.

    Nothing is cut, so that an id can be copied out of every terminal. The last column may be longer than its line
    when it has half of it: the terminal continues below.
    """
    for number, columns in enumerate(_split_columns(widths, room)):
        padded = [cells[column] + " " * (widths[column] - width(cells[column])) for column in columns]
        text = (" " * GAP).join(padded).rstrip()
        if text or not number:
            yield f"{' ' * GAP if number else ''}{text}"


def width(text: str) -> int:
    """Columns that `text` takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in _DOUBLE_WIDTH else 1 for char in text)


def shortened(text: str, room: int) -> str:
    """`text` in at most `room` columns, with `…` where something was cut."""
    if width(text) <= room:
        return text
    while text and width(text) > room - 1:
        text = text[:-1]
    return f"{text}…" if room > 0 else ""


def _split_columns(widths: Sequence[int], room: int) -> list[list[int]]:
    """The columns by line."""
    found: list[list[int]] = [[]]
    used = -GAP
    for column, wide in enumerate(widths):
        left = room - used - GAP
        may_wrap = column == len(widths) - 1 and left * 2 >= room
        if found[-1] and wide > left and not may_wrap:
            found.append([])
            used = 0  # the indentation
        found[-1].append(column)
        used += GAP + wide
    return found
