"""Plain values: unknowns, canonical forms, one line for terminals."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.values import (
    UNKNOWN,
    contains_unknown,
    digest,
    listed,
    one_line,
    whole_numbers,
    without_nulls,
)


@pytest.mark.parametrize(
    ("value", "unknown"),
    [(UNKNOWN, True), ([1, {"a": (UNKNOWN,)}], True), ({"a": [1, None, "UNKNOWN"]}, False), (None, False)],
)
def test_an_unknown_is_seen_at_any_depth(value: Any, unknown: bool) -> None:
    assert contains_unknown(value) is unknown


def test_an_unknown_cannot_be_hashed_into_a_digest() -> None:
    with pytest.raises(TypeError):
        digest({"a": UNKNOWN})


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (3.0, "3"),
        (3.5, "3.5"),
        (True, "True"),
        (-0.0, "0"),
        (2.0**53, "9007199254740992.0"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        ({"a": [1.0, (2.0,)]}, "{'a': [1, [2]]}"),
    ],
)
def test_whole_floats_are_ints_and_nothing_else_changes(value: Any, whole: str) -> None:
    assert str(whole_numbers(value)) == whole


def test_absent_and_null_are_the_same() -> None:
    assert without_nulls({"a": None, "b": [{"c": None, "d": 0}], "e": False}) == {"b": [{"d": 0}], "e": False}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\n\tb", "a b"),
        ("\x1b]0;title\x07x", "]0;title x"),
        ("a\u202eb\u2028c\x00", "a b c"),
        ("é 漢", "é 漢"),
        ("x" * 12, "xxxxxxxxx…"),
        ("", ""),
    ],
)
def test_one_line_is_safe_to_print(text: str, line: str) -> None:
    assert one_line(text, 10) == line


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_read_as_english(items: list[str], text: str) -> None:
    assert listed(items) == text
