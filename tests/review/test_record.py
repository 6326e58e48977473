"""The recorded previews are what the real engine prints, and a fork's preview needs neither state nor key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_ftjobs.cli.review import comment
from tests.engine.cli import Stack, closing
from tests.review.record import PREVIEWS, PROGRAM, record

pytestmark = pytest.mark.engine


def timeless(text: str) -> str:
    """A comment without the model's random name and the day it was recorded."""
    return re.sub(r"[A-Za-z0-9]{8}`", "...`", re.sub(r"\d{4}-\d\d-\d\d,? for", "DAY for", text))


@pytest.fixture(autouse=True)
def exact_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Previews are recorded with the exact token counter, which other tests go without."""
    monkeypatch.delenv("PYTHONPATH")


@pytest.mark.parametrize("name", ["behind", "failed"])
def test_the_engine_prints_what_was_recorded(name: str, tmp_path: Path) -> None:
    record(name, tmp_path)
    assert timeless((tmp_path / f"{name}.md").read_text()) == timeless((PREVIEWS / f"{name}.md").read_text())


@pytest.fixture
def fork(tmp_path: Path) -> Iterator[Stack]:
    """A checkout as a pull request from a fork has it: no key, no state, an address that does not answer."""
    stack = Stack(tmp_path, url="http://127.0.0.1:9/v1", scope="", project="shop", stack="prod")
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_PROJECT_ID"):
        del stack.environment[name]
    stack.environment |= {
        "PULUMI_BACKEND_URL": "file://.",
        "PULUMI_CONFIG_PASSPHRASE": "nothing-is-secret-here",
    }
    with closing(stack):
        yield stack


def test_a_fork_previews_against_an_empty_backend_without_state_passphrase_or_key(fork: Stack) -> None:
    fork.program(PROGRAM, EPOCHS=3)
    fork.run("stack", "init", "fork").ok()
    fork.name = "fork"
    shown = comment(fork.preview("--json").ok().json)
    assert "### Fine-tuning: 1 job would train, about 0.01 USD" in shown
    assert "- data: 12 rows, 192 tokens, `v1:" in shown
    assert "trains again" not in shown
    assert json.dumps("OPENAI_API_KEY") not in shown
