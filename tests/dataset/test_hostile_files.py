"""Whatever a file holds: never a traceback, never a hang, never a wrong line number, never its content."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pulumi_ftjobs.dataset import DataFileError, scan
from pulumi_ftjobs.dataset.file_io import numbered
from pulumi_ftjobs.dataset.scanner import RowReader
from tests.dataset.data_files import ANSWER, USER, chat, lines, numbered_rows

pytestmark = pytest.mark.slow

WORDS = (
    "messages role content weight tool_calls tool_call_id function name arguments id type text image_url url tools "
    "functions function_call input preferred_output non_preferred_output prompt completion refusal x"
)
KEYS = st.sampled_from(WORDS.split())
LEAVES = st.sampled_from(
    [None, True, 0, 1, 2.5, "", "user", "assistant", "tool", "function", "text", "image_url", "\ud800"]
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)
ROWS = st.dictionaries(KEYS, VALUES, max_size=5)
MESSAGES = st.lists(st.dictionaries(KEYS, VALUES, max_size=5) | LEAVES, max_size=4)
CHAT_ROWS = st.builds(lambda messages, rest: {**rest, "messages": messages}, MESSAGES, ROWS)
PREFERENCES = st.fixed_dictionaries(
    {"input": st.fixed_dictionaries({"messages": MESSAGES}) | VALUES, "preferred_output": MESSAGES | VALUES}
)
GOOD = [json.dumps(row).encode() for row in numbered_rows(3)]


def read(data):
    """The reading of these bytes, as scan() does it, without a file."""
    reading = RowReader(count_tokens=True)
    for first, batch in numbered([data]):
        for number, line in enumerate(batch, first):
            reading.line(number, line)
    reading.finish()
    return reading


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROWS | CHAT_ROWS | PREFERENCES, min_size=1, max_size=4))
def test_any_rows_give_problems_with_line_numbers_and_nothing_else(rows):
    reading = read(lines(*rows))
    assert reading.rows == len(rows)
    assert all(problem.line in range(1, len(rows) + 1) for problem in reading.diagnostics.sorted())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 3), st.binary(max_size=40).filter(lambda data: not {10, 13} & set(data) and data.strip())
)
@example(1, b"{}")
@example(2, b"\xef\xbb\xbf{}")
def test_a_broken_line_among_good_ones_is_the_one_that_is_named(place, broken):
    reading = read(b"\n".join([*GOOD[:place], broken, *GOOD[place:]]))
    errors = [problem for problem in reading.diagnostics.sorted() if problem.severity == "error"]
    assert [problem.line for problem in errors] == [place + 1]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, 700)
)
def test_a_mutated_file_is_read_to_its_end(tmp_path, changes, cut):
    data = bytearray(lines(*numbered_rows(5), chat(USER, ANSWER, tools=[])) * 2)
    for place, byte in changes:
        data[place % len(data)] = byte
    path = tmp_path / "mutated.jsonl"
    path.write_bytes(data[cut % len(data) :])
    if path.read_bytes()[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        with pytest.raises(DataFileError, match="UTF-16"):
            scan(str(path))
        return
    report = scan(str(path), count_tokens=False)
    count = data[cut % len(data) :].replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
    assert report.size == len(data) - cut % len(data)
    assert all(problem.line is None or 1 <= problem.line <= count for problem in report.diagnostics)


def test_rows_as_deep_as_python_can_go_are_read_or_refused(written):
    rows = [f'{{"messages": [], "tools": {"[" * depth}{"]" * depth}}}' for depth in range(800, 1_000, 2)]
    report = scan(written(lines(*rows, *rows)))
    assert report.rows == 200
    assert {problem.code for problem in report.errors} <= {"FT110", "FT130", "FT140"}


def test_a_file_of_mistakes_only_is_not_read_to_the_bitter_end(written):
    report = scan(written(b"x\n" * 150_000 + lines(*numbered_rows(5))), count_tokens=False)
    assert report.rows == 150_005
    assert [problem.code for problem in report.diagnostics] == ["FT115", *["FT110"] * 20]
    assert 100_000 - 20 <= report.more < 150_000


def test_a_file_of_line_ends_is_read_quickly_and_the_row_after_them_keeps_its_number(written):
    report = scan(written(b"\n" * 3_000_000 + b"{\n"), count_tokens=False)
    assert [(problem.code, problem.line) for problem in report.diagnostics] == [
        ("FT113", 1),
        ("FT110", 3_000_001),
    ]


SECRET = "Jane-Roe-4711"
SECRET_ROWS = [
    SECRET,
    f'{{"messages": "{SECRET}',
    f'{{"a": {SECRET}}}',
    f'"{SECRET}"',
    chat({"role": SECRET, "content": SECRET}, ANSWER),
    chat({"role": "user", "content": {"x": SECRET}}, ANSWER),
    chat({**USER, "weight": SECRET, "name": SECRET}, {**ANSWER, "weight": SECRET}),
    chat({"role": "user", "content": [{"type": SECRET, "text": SECRET}]}, ANSWER),
    chat(
        USER,
        {
            "role": "assistant",
            "tool_calls": [{"id": SECRET, "function": {"name": SECRET, "arguments": SECRET}}],
        },
    ),
    chat({"role": "tool", "tool_call_id": SECRET, "content": SECRET}, ANSWER),
    chat(tools=[{"type": SECRET, "function": {"name": SECRET}}]),
    {"input": SECRET, "preferred_output": SECRET, "non_preferred_output": SECRET},
    {"prompt": [SECRET], "completion": {"x": SECRET}},
    {"text": SECRET},
]


@pytest.mark.parametrize("row", SECRET_ROWS)
def test_what_rows_say_never_reaches_a_message(written, row):
    report = scan(written(lines(*numbered_rows(2), row, row)))
    assert report.diagnostics
    assert SECRET not in repr(report)


def test_an_unknown_key_is_shown_cut_and_without_control_characters(written):
    report = scan(written(lines(chat(**{"\x1b[31mkey\n" + "y" * 90: 1}))))
    [problem] = report.diagnostics
    assert problem.message.isprintable()
    assert len(problem.message) < 90
