"""Tokens of an uploaded file equal those that the preview counts, exactly or as the same estimate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_ftjobs.dataset.scanner import scan
from pulumi_ftjobs.dataset.token_counts import Counter, is_exact
from pulumi_ftjobs.server.uploads.upload_tokens import TokenCounter, counts_exactly

from .application import Api

TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]
CALLS = [{"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}]
HELLO = {"role": "user", "content": "Grüße! 你好, how are you today?"}
ANSWER = {"role": "assistant", "content": "Fine."}
ROWS: dict[str, Any] = {
    "chat": {"messages": [{"role": "system", "content": "Be kind."}, HELLO, ANSWER]},
    "names": {"messages": [{**HELLO, "name": "ann"}, ANSWER]},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "One"}]}, ANSWER]},
    "refusal": {"messages": [HELLO, {"role": "assistant", "refusal": "I cannot do that."}]},
    "tools": {
        "messages": [HELLO, {"role": "assistant", "tool_calls": CALLS},
                     {"role": "tool", "tool_call_id": "c1", "content": "2"}, ANSWER],
        "tools": TOOLS,
    },
    "preference": {"input": {"messages": [HELLO]}, "preferred_output": [ANSWER],
                   "non_preferred_output": [{"role": "assistant", "content": "Bad."}]},
    "completion": {"prompt": "Once upon", "completion": " a time"},
    "reinforcement": {"messages": [HELLO], "answer": "not counted"},
}  # fmt: skip


def preview(path: Path, rows: list[Any]) -> int:
    """The tokens that the provider counts before anything is sent."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return scan(str(path)).tokens or 0


@pytest.mark.parametrize("kind", ROWS)
def test_a_file_has_the_tokens_of_its_preview(tmp_path: Path, kind: str) -> None:
    counter = TokenCounter()
    for _ in range(12):
        counter.add(ROWS[kind])

    assert counter.total() == preview(tmp_path / "data.jsonl", [ROWS[kind]] * 12) > 0


def test_a_simulated_job_trains_the_tokens_of_the_preview(api: Api, tmp_path: Path) -> None:
    rows = [{"messages": [{**HELLO, "content": f"{HELLO['content']} {n}"}, ANSWER]} for n in range(40)]
    tokens = preview(tmp_path / "data.jsonl", rows)
    file = api.upload((tmp_path / "data.jsonl").read_text())["id"]
    method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}}
    job = api.until(api.create(training_file=file, method=method), "succeeded")

    assert job["trained_tokens"] == 2 * tokens
    assert api.get("/")["token_counts"] == ("exact" if is_exact() else "estimated")
    assert counts_exactly() == is_exact()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(TEXT, min_size=1, max_size=4), min_size=1, max_size=5), st.booleans())
def test_exact_and_estimated_counts_equal_those_of_the_preview(rows: list[list[str]], exact: bool) -> None:
    ours, theirs = TokenCounter(exact=exact), Counter(exact=exact and is_exact())
    overhead = 0
    for texts in rows:
        ours.add({"messages": [{"role": "user", "content": text} for text in texts]})
        theirs.add(texts)
        overhead += 3 + 4 * len(texts)

    assert ours.total() == theirs.total() + overhead
