"""How `ftjobs` starts where a library is missing, or Ctrl-C comes before it has."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEGIN = "import sys\nfrom pulumi_ftjobs.cli.main import main\nsys.meta_path.insert(0, Finder())\nmain(sys.argv[1:])"
MISSING = """
class Finder:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
"""
INTERRUPTED = """
class Finder:
    def find_spec(self, name, *_):
        raise KeyboardInterrupt
"""


def started(finder: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`ftjobs` in a process whose imports pass through this finder first."""
    return subprocess.run(
        [sys.executable, "-c", finder + BEGIN, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("missing", "words", "extras"),
    [
        (["typer", "rich"], ["list"], "cli"),
        (["typer", "rich", "starlette", "uvicorn"], ["serve"], "server,cli"),
        (["uvicorn"], ["serve", "--port", "0"], "server,cli"),
        (["starlette"], ["serve", "--port", "0"], "server,cli"),
    ],
)
def test_without_an_extra_one_line_says_which(missing: list[str], words: list[str], extras: str) -> None:
    ended = started(MISSING.format(names=missing), *words)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == f"ftjobs: this needs: pip install 'pulumi-ftjobs[{extras}]'\n"


def test_ctrl_c_during_the_imports_is_no_traceback() -> None:
    ended = started(INTERRUPTED, "list")
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_a_module_that_no_extra_brings_is_not_explained_away() -> None:
    ended = started(MISSING.format(names=["sqlite3"]), "query", "SELECT 1")
    assert ended.returncode == 1
    assert "No module named 'sqlite3'" in ended.stderr
