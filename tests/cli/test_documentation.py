"""docs/cli.md says what the command line does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from pulumi_ftjobs.cli.exits import Exit
from pulumi_ftjobs.cli.main import app
from tests.cli.conftest import Run

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_every_command_is_on_the_page_and_no_other() -> None:
    assert sorted(set(re.findall(r"^\| `ftjobs ([a-z]+)", PAGE, re.MULTILINE))) == COMMANDS


def test_every_exit_code_is_on_the_page() -> None:
    told = PAGE.partition("## Exit codes")[2].partition("\n## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", told, re.MULTILINE)] == sorted(Exit)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Run, command: str) -> None:
    ended = run(command, "--help")
    assert ended.code == 0
    assert f"ftjobs {command}" in ended.out


def test_options_on_the_page_exist(run: Run) -> None:
    for command, options in re.findall(r"^\| `ftjobs ([a-z]+)[^|]*\|([^|]*)\|", PAGE, re.MULTILINE):
        shown = run(command, "--help").out
        for option in re.findall(r"--[a-z]+", options):
            assert option in shown, f"{command} has no {option}"


@pytest.mark.parametrize("statement", re.findall(r"^SELECT.*?;$", PAGE, re.MULTILINE | re.DOTALL))
def test_every_statement_on_the_page_runs(run: Run, job_id: str, statement: str) -> None:
    assert run("query", statement).code == 0
