"""What type checkers say about programs: right ones pass, and each mistake of a wrong one is found in its line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
MARK = "# wrong: "


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=PROGRAMS,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.stdout


def mypy(program: str, cache: Path) -> dict[int, str]:
    """Line -> message, as a user of `mypy --strict` sees them."""
    out = run("mypy", "--strict", "--config-file", "", "--cache-dir", str(cache), program)
    return {
        int(line): text for line, text in re.findall(rf"^{program}:(\d+): error: (.*)$", out, re.MULTILINE)
    }


def pyright(program: str, folder: Path) -> dict[int, str]:
    """Line -> message, as a user of pyright sees them, in an editor too."""
    config = folder / "pyrightconfig.json"
    config.write_text(
        json.dumps(
            {
                "include": [str(PROGRAMS)],
                "typeCheckingMode": "standard",
                "reportUnnecessaryComparison": "error",
            }
        )
    )
    out = run("basedpyright", "--outputjson", "--project", str(config), "--pythonpath", sys.executable)
    found = json.loads(out)["generalDiagnostics"]
    return {
        one["range"]["start"]["line"] + 1: one["message"]
        for one in found
        if one["severity"] == "error" and Path(one["file"]).name == program
    }


CHECKERS = {"mypy": mypy, "pyright": pyright}


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_a_right_program_passes(checker: str, tmp_path: Path) -> None:
    assert CHECKERS[checker]("right.py", tmp_path) == {}


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_every_mistake_is_found_in_its_line_and_nothing_else(checker: str, tmp_path: Path) -> None:
    lines = (PROGRAMS / "wrong.py").read_text("utf-8").splitlines()
    marked = {number for number, line in enumerate(lines, start=1) if MARK in line}
    found = CHECKERS[checker]("wrong.py", tmp_path)
    assert set(found) == marked, {line: found.get(line, lines[line - 1]) for line in set(found) ^ marked}
