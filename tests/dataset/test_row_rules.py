"""Each rule of the row formats, by its code and the number of the line."""

import pytest

from tests.dataset.data_files import ANSWER, USER, chat, numbered_rows

CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "found"}
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {}}}]


def image(url="data:image/png;base64,AA=="):
    return {"type": "image_url", "image_url": {"url": url}}


def parts(*content, role="user"):
    return {"role": role, "content": list(content)}


NOT_ROWS = [
    ("{", "FT110"),
    ('{"a": 1,}', "FT110"),
    ("{'a': 1}", "FT110"),
    ('{"a": NaN}', "FT110"),
    ('{"a": -Infinity}', "FT110"),
    ('{"a": 1} {"b": 2}', "FT110"),
    ('{"a": 1}, ', "FT110"),
    ('{"a": "\t"}', "FT110"),
    ('{"a": ' + "9" * 5000 + "}", "FT110"),
    ("[" * 100_000, "FT110"),
    ('{"a":' * 100_000 + "1" + "}" * 100_000, "FT110"),
    ("\x00", "FT110"),
    ("[]", "FT111"),
    ("1", "FT111"),
    ("null", "FT111"),
    ('"text"', "FT111"),
    (b'{"a": "\xff"}', "FT112"),
    (b'{"a": "caf\xe9"}', "FT112"),
    ("{}", "FT120"),
    ('{"text": "x"}', "FT120"),
]

ROWS = [
    (chat(tools="look"), "FT140"),
    ({"messages": []}, "FT130"),
    ({"messages": "Hi"}, "FT130"),
    ({"messages": None}, "FT130"),
    (chat("Hi", ANSWER), "FT131"),
    (chat(USER, ["Hello"], ANSWER), "FT131"),
    (chat({"content": "Hi"}, ANSWER), "FT132"),
    (chat({"role": "human", "content": "Hi"}, ANSWER), "FT132"),
    (chat({"role": 7, "content": "Hi"}, ANSWER), "FT132"),
    (chat({"role": ["user"], "content": "Hi"}, ANSWER), "FT132"),
    (chat({"role": "user"}, ANSWER), "FT133"),
    (chat({"role": "user", "content": 7}, ANSWER), "FT133"),
    (chat({"role": "user", "content": None}, ANSWER), "FT133"),
    (chat({"role": "user", "tool_calls": [CALL]}, ANSWER), "FT133", "FT140"),
    (chat(USER, {"role": "assistant"}), "FT133"),
    (chat(parts("Hi"), ANSWER), "FT133"),
    (chat(parts({"type": "text"}), ANSWER), "FT133"),
    (chat(parts({"type": "image_url", "image_url": "x"}), ANSWER), "FT133"),
    (chat({"role": "user", "content": ""}, ANSWER), "FT134"),
    (chat({"role": "user", "content": []}, ANSWER), "FT134"),
    (chat({**USER, "weight": 1}, ANSWER), "FT136"),
    (chat(USER, {**ANSWER, "weight": 0.5}), "FT136"),
    (chat(USER, {**ANSWER, "weight": "1"}), "FT136"),
    (chat(USER, {**ANSWER, "weight": True}), "FT136"),
    (chat(USER, {**ANSWER, "weight": 0}), "FT137"),
    (chat(source="web"), "FT138"),
    (chat({**USER, "date": 1}, ANSWER), "FT138"),
    (chat(USER, CALLING, ANSWER, tools=TOOLS), "FT139"),
    (chat(USER, RESULT, ANSWER), "FT139"),
    (chat(USER, CALLING, {**RESULT, "tool_call_id": "c2"}, RESULT, ANSWER, tools=TOOLS), "FT139"),
    (chat(USER, CALLING, RESULT, RESULT, ANSWER, tools=TOOLS), "FT139"),
    (chat(tools=[{"type": "function"}]), "FT140"),
    (chat(tools=[{"type": "web", "function": {"name": "x"}}]), "FT140"),
    (chat(functions=[{}]), "FT140"),
    (chat(USER, {"role": "assistant", "tool_calls": {"id": "c1"}}), "FT140"),
    (chat(USER, {"role": "assistant", "tool_calls": [{}]}), "FT140"),
    (chat(USER, {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "x"}}]}), "FT140"),
    (chat(USER, CALLING), "FT141"),
    (chat(parts({"type": "input_audio"}), ANSWER), "FT142"),
    (chat(USER, parts(image(), role="assistant")), "FT142"),
]

FINE = [
    chat(),
    chat({"role": "system", "content": "x"}, USER, ANSWER),
    chat({"role": "developer", "content": "x"}, USER, ANSWER, USER, ANSWER),
    chat(ANSWER),
    chat({**USER, "name": "jo"}, ANSWER),
    chat(USER, {**ANSWER, "weight": 0}, USER, {**ANSWER, "weight": 1}),
    chat(USER, {**ANSWER, "weight": 1.0}),
    chat(USER, CALLING, tools=TOOLS, parallel_tool_calls=False),
    chat(USER, CALLING, RESULT, ANSWER, tools=TOOLS),
    chat(USER, {"role": "assistant", "refusal": "No."}),
    chat(
        USER,
        {"role": "assistant", "function_call": {"name": "f", "arguments": ""}},
        functions=[{"name": "f"}],
    ),
    chat(parts({"type": "text", "text": "Look"}, image()), ANSWER),
    chat(USER, parts({"type": "text", "text": "Hello"}, role="assistant")),
    '  {"messages": [{"role": "user", "content": "\\ud800"}, {"role": "assistant", "content": "x"}]}  ',
]


@pytest.mark.parametrize(("line", "code"), NOT_ROWS, ids=lambda value: str(value)[:24])
def test_a_line_that_is_no_row_is_named_by_its_number(found, line, code):
    assert found(*numbered_rows(3), line) == [(code, 4)]


@pytest.mark.parametrize(("row", "codes"), [(row, codes) for row, *codes in ROWS])
def test_a_row_that_breaks_a_rule_is_named_by_its_number(found, row, codes):
    assert found(*numbered_rows(12), row) == [(code, 13) for code in codes]


@pytest.mark.parametrize("row", FINE)
def test_a_row_that_keeps_the_rules_is_not_mentioned(found, row):
    assert found(*numbered_rows(3), row) == []


def test_several_mistakes_of_a_row_are_all_reported(found):
    row = chat({"role": "human", "content": ""}, {"role": "assistant", "weight": 3})
    assert found(row) == [("FT132", 1), ("FT133", 1), ("FT136", 1), ("FT134", 1)]


def test_a_row_too_long_to_look_into_is_counted_and_the_next_line_keeps_its_number(found):
    assert found(chat(), '{"a": "' + "x" * (1 << 24) + '"}', "{") == [("FT114", 2), ("FT110", 3)]
