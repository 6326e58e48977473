"""docs/cli.md and the help of every command say what the command line does, in both directions."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from pulumi_ftjobs.cli.app import app
from pulumi_ftjobs.cli.exit_codes import Exit
from pulumi_ftjobs.cli.help_examples import EXAMPLES
from tests.cli.conftest import STATE, Run, pulumi_with
from tests.support.server import Server, running_server

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "cli.md").read_text()
APP: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
COMMANDS = sorted(APP)
ROWS = {
    words.split()[1]: (words, text)
    for words, text in re.findall(r"^\| `(ftjobs [^`]+)` \|(.*)\|$", PAGE, re.MULTILINE)
}
SHARED = {
    option: set(re.findall(r"`([a-z]+)`", exceptions))
    for option, exceptions in re.findall(
        r"every command takes `(--[a-z-]+)`, except ([^;.]+)", PAGE, re.IGNORECASE
    )
}


def options(command: str) -> set[str]:
    """The options a command really has."""
    return {option for one in APP[command].params for option in one.opts if option.startswith("--")}


def told(text: str) -> set[str]:
    """The options that a text names."""
    return set(re.findall(r"`(--[a-z-]+)", text))


def test_every_command_is_on_the_page_and_no_other() -> None:
    assert sorted(ROWS) == COMMANDS


def test_every_exit_code_is_on_the_page() -> None:
    table = PAGE.partition("## Exit codes")[2].partition("\n## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == sorted(Exit)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_names_all_options_of_a_command_and_no_other(command: str) -> None:
    page = (DOCS / "embedded-api.md").read_text().partition("## In your own tests")[0]
    own = told(page) if command == "serve" else told(ROWS[command][1])
    shared = {option for option, exceptions in SHARED.items() if command not in exceptions}
    assert own | shared == options(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_writes_a_command_with_its_arguments(command: str) -> None:
    words = [
        f"{one.metavar}{'...' if one.nargs == -1 else ''}" if one.required else f"[{one.metavar}]"
        for one in APP[command].params
        if one.param_type_name == "argument"
    ]
    assert ROWS[command][0] == " ".join(["ftjobs", command, *words])


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_names_its_options_and_its_example(run: Run, command: str) -> None:
    ended = run(command, "--help")
    assert ended.code == 0
    shown = " ".join(ended.out.split())
    assert {option for option in options(command) if option not in shown} == set()
    assert EXAMPLES[command] in shown


def test_the_help_of_all_lists_every_command(run: Run) -> None:
    shown = run("--help").out
    assert [command for command in COMMANDS if f" {command} " not in shown] == []


@pytest.fixture
def world(asked: Server, job_id: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """A folder and an account in which every example can run; fills in what they stand for."""
    folder = data.parent
    monkeypatch.chdir(folder)
    (folder / "data.jsonl").write_bytes(data.read_bytes())
    (folder / "valid.jsonl").write_text(data.read_text().replace("What is", "How much is"))
    (folder / "__main__.py").write_text(
        'import pulumi_ftjobs as ft\n\nft.FineTuningJob("support", model="gpt-4.1-mini")\n'
    )
    pulumi_with(folder, [STATE], monkeypatch)

    def filled(example: str) -> str:
        if re.search("plot|blame|results|watch", example):
            asked.act(job_id, "succeed")
        if re.search("pause|resume", example):
            asked.clock(mode="stepped")
            asked.clock(advance=120)
        if "resume" in example:
            asked.act(job_id, "pause")
        model = str(asked.job(job_id)["fine_tuned_model"])
        return re.sub("ftjob-(abc123|def456)", job_id, re.sub(r"ft:\S+", model, example))

    return filled


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in {"serve", "review"}])
def test_the_example_of_a_command_runs(run: Run, world: Callable[[str], str], command: str) -> None:
    words = shlex.split(world(EXAMPLES[command]).partition(" > ")[0])
    ended = run(*words[1:])
    assert (ended.code, ended.err.count("ftjobs: ")) == (0, 0), ended.err


def test_the_example_of_serve_runs() -> None:
    words = shlex.split(EXAMPLES["serve"])[2:]
    with running_server(*words) as server:
        assert server.clock()["speed"] == 100


@pytest.mark.parametrize("statement", re.findall(r"^SELECT.*?;$", PAGE, re.MULTILINE | re.DOTALL))
def test_every_statement_on_the_page_runs(run: Run, job_id: str, statement: str) -> None:
    assert run("query", statement).code == 0
