"""The loss covers exactly what the API promises: the assistant's wanted turns, or the completion."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(1200)

USER = {"role": "user", "content": "q"}
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": "x"}'}}
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {}}}]
PROMPT = "{% if add_generation_prompt %}[assistant]{% endif %}"
MARKED = (
    "{% for m in messages %}[{{ m.role }}]{% if m.role == 'assistant' %}{% generation %}{{ m.content }}."
    "{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}" + PROMPT
)
REWRITING = "{% for m in messages %}{{ loop.length }}:{{ m.content }}{% endfor %}" + PROMPT
NO_DEVELOPER = (
    "{% for m in messages %}{% if m.role not in ['system', 'user', 'assistant'] %}{{ raise_exception('role?') }}"
    "{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}" + PROMPT
)


def said(content: str, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


CASES: list[tuple[dict[str, Any], Any]] = [
    ({"row": {"messages": [USER, said("one"), USER, said("two")]}}, ["one</s>\n", "two</s>\n"]),
    ({"row": {"messages": [USER, said("one", weight=0), USER, said("two", weight=1)]}}, ["two</s>\n"]),
    ({"row": {"messages": [{"role": "developer", "content": "d"}, USER, said("one")]}}, ["one</s>\n"]),
    (
        {"row": {"messages": [USER, said("", tool_calls=[CALL]), {"role": "tool", "tool_call_id": "c1", "content": "t"},
                              said("end")], "tools": TOOLS}},
        ['call look {"at": "x"}</s>\n', "end</s>\n"],
    ),
    ({"row": {"messages": [{"role": "user", "content": [{"type": "text", "text": "q"}]}, said("ü€")]}}, ["ü€</s>\n"]),
    ({"row": {"messages": [USER, said("one", weight=0), USER, said("two")]}, "template": MARKED}, ["two."]),
    ({"row": {"messages": [{"role": "developer", "content": "d"}, USER, said("x")]}, "template": NO_DEVELOPER}, ["x"]),
    ({"row": {"prompt": "ab", "completion": "cd"}}, ["cd</s>"]),
]  # fmt: skip


def test_masks_are_exact(tiny_base: Path, tmp_path: Path, in_environment: Callable[..., Any]) -> None:
    cases = tmp_path / "cases.json"
    cases.write_text(json.dumps([case for case, _ in CASES]))
    found = in_environment("masks", tiny_base, cases)

    assert [one.get("covered", one) for one in found] == [wanted for _, wanted in CASES]


def test_what_cannot_be_masked_is_refused_and_what_is_cut_is_counted(
    tiny_base: Path, tmp_path: Path, in_environment: Callable[..., Any]
) -> None:
    row = {"messages": [USER, said("one"), USER, said("two")]}
    picture = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}, said("x")]}
    cases = tmp_path / "cases.json"
    cases.write_text(
        json.dumps([
            {"row": row, "template": REWRITING},
            {"row": picture},
            {"row": row, "template": None},
            {"row": row, "length": 12},
            {"row": row, "length": 3},
        ])
    )  # fmt: skip
    rewriting, image, no_template, cut, dropped = in_environment("masks", tiny_base, cases)

    assert "cannot be masked" in rewriting["message"]
    assert image["message"].startswith("line 1: Only text")
    assert "no chat template" in no_template["message"]
    assert (cut["truncated"], cut["dropped"]) == (1, 0)
    assert (dropped["truncated"], dropped["dropped"]) == (1, 1)
