"""Completion in a shell: commands, options and job ids; in bash for real, for zsh by what it is given."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_ftjobs.cli.command_table import COMMANDS
from tests.support.server import Server

pytestmark = pytest.mark.slow  # a shell and commands in processes
FTJOBS = Path(sys.executable).parent / "ftjobs"


def bash(*words: str) -> list[str]:
    """What bash offers for the last of these words, by the function that `--show-completion` prints."""
    script = f"""eval "$({shlex.quote(str(FTJOBS))} --show-completion)"
COMP_WORDS=(ftjobs {shlex.join(words)}); COMP_CWORD={len(words)}
_ftjobs_completion {shlex.quote(str(FTJOBS))}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout.split()


def zsh(line: str) -> str:
    """What the function for zsh evaluates after this line."""
    environment = {**os.environ, "_FTJOBS_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line}
    return subprocess.run(
        [FTJOBS], env=environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout


def test_bash_completes_commands_and_options() -> None:
    assert bash("re") == [name for name in COMMANDS if name.startswith("re")]
    assert bash("list", "--sta") == ["--status", "--stack", "--stack-config"]
    assert bash("list", "-o", "j") == ["json"]
    assert bash("nonsense", "--sta") == []


def test_zsh_gets_each_name_with_its_help_and_nothing_that_is_syntax_there() -> None:
    results, resume = (f'"{name}":"{COMMANDS[name].summary}"' for name in ("results", "resume"))
    assert zsh("ftjobs resu") == f"_arguments '*: :(({results}\n{resume}))'\n"
    assert "`" not in zsh("ftjobs ")


def test_a_job_id_is_completed(asked: Server, job_id: str) -> None:
    assert asked.url
    assert bash("get", job_id[:8]) == [job_id]
    assert bash("watch", job_id, "") == [job_id]


@pytest.mark.parametrize("settings", [{"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, {"OPENAI_API_KEY": ""}])
def test_without_a_service_no_id_is_offered_and_nothing_is_said(
    asked: Server, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    assert asked.url
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert bash("get", "ftjob-") == []


@pytest.mark.parametrize("line", ["ftjobs li", "ftjobs list --st"])
def test_a_name_is_completed_without_the_libraries_that_take_longest_to_load(line: str) -> None:
    script = (
        "import sys\nfrom pulumi_ftjobs.cli.main import main\nsys.argv = ['ftjobs']\nmain()\n"
        "print(sorted({'pydantic', 'rich', 'httpx'} & set(sys.modules)))"
    )
    environment = {**os.environ, "_FTJOBS_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.endswith("\n[]\n")
