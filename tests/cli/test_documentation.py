"""docs/cli.md and the help of every command say what the command line does, in both directions."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_ftjobs.cli.command_table import ALIASES, COMMANDS, load
from pulumi_ftjobs.cli.exit_codes import Exit
from tests.cli.conftest import STATE, Run, pulumi_with
from tests.support.server import Server, running_server

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "cli.md").read_text()
NAMES = sorted(COMMANDS)
EXAMPLES = {name: row.example for name, row in COMMANDS.items()}
APP: dict[str, Any] = {name: load(name) for name in NAMES}
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


def reported(text: str) -> set[str]:
    """The options that a text names."""
    return set(re.findall(r"`(--[a-z-]+)", text))


def test_every_command_is_on_the_page_and_no_other() -> None:
    assert sorted(ROWS) == NAMES


def test_every_exit_code_is_on_the_page() -> None:
    table = PAGE.partition("## Exit codes")[2].partition("\n## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == sorted(Exit)


@pytest.mark.parametrize("command", NAMES)
def test_the_page_names_all_options_of_a_command_and_no_other(command: str) -> None:
    page = (DOCS / "embedded-api.md").read_text().partition("## In your own tests")[0]
    own = reported(page) if command == "serve" else reported(ROWS[command][1])
    shared = {option for option, exceptions in SHARED.items() if command not in exceptions}
    assert own | shared == options(command)


@pytest.mark.parametrize("command", NAMES)
def test_the_page_writes_a_command_with_its_arguments(command: str) -> None:
    words = [
        f"{one.metavar if one.required else f'[{one.metavar}]'}{'...' if one.nargs == -1 else ''}"
        for one in APP[command].params
        if one.param_type_name == "argument"
    ]
    assert ROWS[command][0] == " ".join(["ftjobs", command, *words])


def test_an_earlier_name_of_a_command_still_works_and_no_help_shows_it(run: Run) -> None:
    for alias, name in ALIASES.items():
        assert run(alias, "--help").out.startswith(f"Usage: ftjobs {alias}")
        assert COMMANDS[name].summary in " ".join(run(alias, "--help").out.split())
        assert f" {alias} " not in run("--help").out


@pytest.mark.parametrize("command", NAMES)
def test_the_help_of_a_command_names_its_options_and_its_example(run: Run, command: str) -> None:
    ended = run(command, "--help")
    assert ended.code == 0
    shown = " ".join(ended.out.split())
    assert {option for option in options(command) if option not in shown} == set()
    assert " ".join(EXAMPLES[command].split()) in shown
    assert f"Exit codes: 0 done; 1 {COMMANDS[command].negative}; 2 " in shown
    assert COMMANDS[command].summary in shown


def test_the_help_of_all_lists_every_command(run: Run) -> None:
    shown = run("--help").out
    assert [command for command in NAMES if f" {command} " not in shown] == []


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
        file_id = str(asked.job(job_id)["training_file"])
        if re.search("plot|blame|results|watch", example):
            asked.act(job_id, "succeed")
        if re.search("pause|resume", example):
            asked.clock(mode="stepped")
            asked.clock(advance=120)
        if "resume" in example:
            asked.act(job_id, "pause")
        model = str(asked.job(job_id)["fine_tuned_model"])
        known = {"ftjob-abc123": job_id, "ftjob-def456": job_id, "file-abc123": file_id}
        named = re.sub("|".join(known), lambda found: known[found[0]], example)
        return re.sub(r"ft:\S+", model, named)

    return filled


@pytest.mark.parametrize(
    "command", [name for name in NAMES if name not in {"serve", "review", "model", "chat"}]
)  # tests/trainer runs the last two
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
