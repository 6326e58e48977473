"""The quickstart trains on text that anybody can make again."""

import importlib.util
import json
import platform
import sys
from pathlib import Path
from types import ModuleType

import pytest

DATA = Path(__file__).parents[2] / "examples" / "quickstart" / "data"
COMMITTED = (DATA / "stdlib.jsonl").read_bytes()
MADE_WITH = "3.11.7"


@pytest.fixture(scope="module")
def make_stdlib() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_stdlib", DATA / "make_stdlib.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(
    platform.python_version() != MADE_WITH, reason=f"docstrings differ from Python {MADE_WITH}"
)
def test_the_committed_file_is_what_the_script_makes(make_stdlib: ModuleType) -> None:
    assert make_stdlib.jsonl() == COMMITTED


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="other minor versions document other things")
def test_another_patch_release_makes_nearly_the_same_rows(make_stdlib: ModuleType) -> None:
    made, committed = set(make_stdlib.jsonl().splitlines()), set(COMMITTED.splitlines())

    assert len(made & committed) > 0.95 * len(committed)


def test_any_python_makes_hundreds_of_chat_rows(make_stdlib: ModuleType) -> None:
    rows = [json.loads(line) for line in make_stdlib.jsonl().splitlines()]

    assert 400 < len(rows) < 700
    assert all(
        [message["role"] for message in row["messages"]] == ["system", "user", "assistant"] for row in rows
    )
    answers = [row["messages"][2]["content"] for row in rows]
    assert len(set(answers)) == len(answers)
    assert all(make_stdlib.SHORTEST <= len(answer) <= make_stdlib.LONGEST for answer in answers)
    assert not any(">>>" in answer or answer.endswith(":") for answer in answers)


def test_the_committed_file_stays_small() -> None:
    assert len(COMMITTED) < 300_000
