"""Formats are reported apart by what most rows are; the others are the mistakes."""

import pytest

from pulumi_ftjobs.dataset import scan
from tests.dataset.data_files import ANSWER, USER, chat, lines

PREFERENCE = {
    "input": {"messages": [USER]},
    "preferred_output": [ANSWER],
    "non_preferred_output": [{**ANSWER, "content": "Go"}],
}
REINFORCEMENT = {"messages": [USER], "reference": "Hello"}
COMPLETION = {"prompt": "Hi", "completion": "Hello"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (chat(), "chat"),
        (chat(ANSWER, USER), "chat"),
        (chat(USER, ANSWER, reference="x"), "chat"),
        (REINFORCEMENT, "reinforcement"),
        (chat(USER), "reinforcement"),
        (chat(USER, ANSWER, USER, answer="x"), "reinforcement"),
        (PREFERENCE, "preference"),
        (COMPLETION, "completion"),
        ({"question": "Hi"}, None),
    ],
)
def test_a_file_has_the_format_of_its_rows(written, row, expected):
    assert scan(written(lines(row))).format == expected


@pytest.mark.parametrize("row", [PREFERENCE, REINFORCEMENT, COMPLETION])
def test_rows_of_each_format_have_no_mistakes(found, row):
    assert found(row) == []


@pytest.mark.parametrize(
    ("many", "one", "code"),
    [
        (chat(), PREFERENCE, "FT121"),
        (PREFERENCE, chat(), "FT121"),
        (chat(), COMPLETION, "FT121"),
        (chat(), chat(USER), "FT135"),
        (REINFORCEMENT, chat(), "FT160"),
    ],
)
def test_a_row_of_another_format_is_named_by_its_number(found, many, one, code):
    rows = [
        {**many, "messages": [{**USER, "content": str(n)}, *many["messages"]]} if "messages" in many else many
        for n in range(2)
    ]
    assert [problem for problem in found(rows[0], one, rows[1]) if problem[0] != "FT181"] == [(code, 2)]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"input": None}, ["FT150"]),
        ({"input": [USER]}, ["FT150"]),
        ({"input": {}}, ["FT130"]),
        ({"input": {"messages": [USER], "more": 1}}, ["FT138"]),
        ({"preferred_output": []}, ["FT130"]),
        ({"preferred_output": ANSWER}, ["FT130"]),
        ({"non_preferred_output": [USER]}, ["FT151"]),
        ({"non_preferred_output": [ANSWER]}, ["FT152"]),
        ({"extra": 1}, ["FT138"]),
    ],
)
def test_preference_rows_have_added_rules(found, changes, codes):
    assert found({**PREFERENCE, **changes}) == [(code, 1) for code in codes]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"prompt": 1}, ["FT170"]),
        ({"completion": None}, ["FT170"]),
        ({"completion": ""}, ["FT134"]),
        ({"x": 1}, ["FT138"]),
    ],
)
def test_completion_rows_have_added_rules(found, changes, codes):
    assert found({**COMPLETION, **changes}) == [(code, 1) for code in codes]


def test_keys_of_ones_own_are_what_graders_read_in_reinforcement_rows(found):
    assert found({**REINFORCEMENT, "anything": {"at": "all"}}) == []
