"""What type checkers say about programs: right ones pass, and each mistake of a wrong one is found in its line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
NAMES = ("right.py", "wrong.py")
MARK = "# wrong: "
Found = dict[str, dict[int, str]]

pytestmark = pytest.mark.slow


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


def mypy(folder: Path) -> Found:
    """Program -> line -> message, as a user of `mypy --strict` sees them."""
    found: Found = {program: {} for program in NAMES}
    out = run("mypy", "--strict", "--config-file", "", "--cache-dir", str(folder), *NAMES)
    for program, line, text in re.findall(r"^(\w+\.py):(\d+): error: (.*)$", out, re.MULTILINE):
        found[program][int(line)] = text
    return found


def pyright(folder: Path) -> Found:
    """Program -> line -> message, as a user of pyright sees them, in an editor too."""
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
    found: Found = {program: {} for program in NAMES}
    out = run("basedpyright", "--outputjson", "--project", str(config), "--pythonpath", sys.executable)
    for one in json.loads(out)["generalDiagnostics"]:
        if one["severity"] == "error":
            found[Path(one["file"]).name][one["range"]["start"]["line"] + 1] = one["message"]
    return found


@pytest.fixture(scope="module", params=[mypy, pyright], ids=["mypy", "pyright"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What one checker says about all programs."""
    checker: Callable[[Path], Found] = request.param
    return checker(tmp_path_factory.mktemp("checker"))


def test_a_right_program_passes_and_every_mistake_of_a_wrong_one_is_found_in_its_line(found: Found) -> None:
    assert found["right.py"] == {}
    lines = (PROGRAMS / "wrong.py").read_text("utf-8").splitlines()
    marked = {number for number, line in enumerate(lines, start=1) if MARK in line}
    wrong = found["wrong.py"]
    assert set(wrong) == marked, {line: wrong.get(line, lines[line - 1]) for line in set(wrong) ^ marked}
