"""The word lint: what it reports, and what it leaves alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from scripts.check_words import ALLOWED, matches, rules  # noqa: E402


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("the job trains anew", "anew"),  # plain-words: allow
        ("def nobody_acts() -> bool:", "nobody"),  # plain-words: allow
        ("It Hangs On the model", "Hangs On"),  # plain-words: allow
    ],
)
def test_a_replaced_word_is_reported_with_its_place_also_within_a_name(line: str, word: str) -> None:
    found = matches("a.py", f"first\n{line}", rules())
    assert word in {one.text for one in found}
    assert {(one.file, one.line) for one in found} == {("a.py", 2)}


@pytest.mark.parametrize(
    "line",
    [
        "the program renews the key",
        "a model that is retrained",
        f"a quoted wish  # {ALLOWED}",  # plain-words: allow
    ],
)
def test_other_words_and_marked_lines_are_not_reported(line: str) -> None:
    assert matches("a.py", line, rules()) == []


def test_the_command_checks_the_chosen_folders_and_exits_with_0_where_nothing_is_found() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/check_words.py"), "pulumi_ftjobs/py.typed"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")
