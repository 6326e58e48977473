"""Rows for a screen of any width. Pure: nothing is folded or cut, so that an id can be copied out of every terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from unicodedata import combining, east_asian_width

GAP: Final = 2
"""Blanks between columns, and before the lines that continue a row."""
_WIDE: Final = frozenset("WF")


def lines(cells: Sequence[str], widths: Sequence[int], room: int) -> Iterator[str]:
    """One row: columns of `widths` side by side, on further lines where they do not fit into `room`.

    The last column may be longer than its line when it has half of it: the terminal goes on below.
    """
    for number, columns in enumerate(_broken(widths, room)):
        padded = [cells[column] + " " * (widths[column] - width(cells[column])) for column in columns]
        text = (" " * GAP).join(padded).rstrip()
        if text or not number:
            yield f"{' ' * GAP if number else ''}{text}"


def width(text: str) -> int:
    """Places that `text` takes on a screen."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in _WIDE else 1 for char in text)


def _broken(widths: Sequence[int], room: int) -> list[list[int]]:
    """The columns by line."""
    found: list[list[int]] = [[]]
    used = -GAP
    for column, wide in enumerate(widths):
        left = room - used - GAP
        runs_on = column == len(widths) - 1 and left * 2 >= room
        if found[-1] and wide > left and not runs_on:
            found.append([])
            used = 0  # the indentation
        found[-1].append(column)
        used += GAP + wide
    return found
