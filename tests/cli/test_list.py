"""`ftjobs list`: one line per job, formats for programs, the stack's own jobs, and listing again and again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.cli.job_table import COLUMNS
from tests.cli.conftest import Run, pulumi, pulumi_with
from tests.cli.terminal import terminal
from tests.support.rows import MODEL
from tests.support.server import Server


@pytest.fixture
def three(api: Client, asked: Server, training_file: str) -> list[str]:
    """A job that succeeded, one that failed and one that is unfinished; the last one has no suffix."""
    asked.clock(mode="stepped")
    body = {"model": MODEL, "training_file": training_file}
    ids = [
        api.create_job({**body, "suffix": name}).id
        for name in ("support", "a-long-suffix-for-a-narrow-screen")
    ]
    ids.append(api.create_job(body).id)
    asked.act(ids[0], "succeed")
    asked.act(ids[1], "fail", message="The rows are odd.", code="invalid_training_file")
    return ids


@pytest.mark.slow
@pytest.mark.parametrize("columns", [200, 80, 60])
def test_a_job_is_one_coloured_line_that_fits_the_terminal(three: list[str], columns: int) -> None:
    with terminal("list", columns=columns) as screen:
        assert screen.end() == 0
        shown = [line for line in screen.lines if line]
        assert [line.split()[0] for line in shown] == ["ID", *reversed(three)]
        assert max(map(len, shown)) <= columns
        assert (screen.colour("succeeded"), screen.colour("failed")) == ("green", "red")
        if columns >= 80:
            assert "support" in shown[3]
            assert MODEL[:12] in shown[1]


@pytest.mark.slow
def test_on_a_very_narrow_terminal_no_id_and_no_status_is_cut(three: list[str]) -> None:
    with terminal("list", columns=34) as screen:
        assert screen.end() == 0
        assert [job_id for job_id in three if job_id not in screen.text] == []
        assert "validating_files" in screen.text


@pytest.mark.usefixtures("three")
def test_outside_a_terminal_every_column_is_there() -> None:
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "list"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert lines[0].split("\t") == list(COLUMNS)
    assert {line.count("\t") for line in lines} == {len(COLUMNS) - 1}


def test_formats_for_programs(run: Run, three: list[str]) -> None:
    newest_first = list(reversed(three))
    assert run("list", "-o", "name").out.split() == newest_first
    assert [job["id"] for job in run("list", "-o", "json").json] == newest_first
    assert [job["id"] for job in yaml.safe_load(run("list", "-o", "yaml").out)] == newest_first
    assert run("list", "-o", "json").out == run("list", "--json").out
    assert run("list", "-o", "xml").code == 2


def test_only_the_jobs_of_the_current_stack(
    run: Run,
    three: list[str],
    api: Client,
    training_file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pulumi_with(tmp_path, [], monkeypatch)
    own = api.create_job(
        {"model": MODEL, "training_file": training_file, "metadata": {"ftjobs_stack": "v1:acme/story/test"}}
    ).id
    assert run("list", "--stack", "-o", "name").out.split() == [own]


def test_a_known_price_makes_a_cost(
    run: Run, three: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = {"ftjobs:prices": {"value": '{"*": 1000000}'}}
    pulumi(tmp_path, f"echo '{json.dumps(prices)}'", monkeypatch)
    rows = [dict(zip(COLUMNS, line, strict=True)) for line in run("list", "--stack-config").lines[1:]]
    [finished] = [row for row in rows if row["id"] == three[0]]
    assert float(finished["cost_usd"]) == float(finished["trained_tokens"]) > 0
    assert [row["cost_usd"] for row in rows if row is not finished] == ["", ""]


@contextmanager
def watching(*words: str) -> Iterator[subprocess.Popen[str]]:
    """`ftjobs list --watch` in the background, ended in every case."""
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "list", "--watch", *words]
    with subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


@pytest.mark.slow
def test_watching_prints_a_line_per_job_that_changed_until_ctrl_c(asked: Server, three: list[str]) -> None:
    with watching("--json") as child:
        assert child.stdout is not None
        first = [json.loads(child.stdout.readline()) for _ in three]
        assert [job["id"] for job in first] == three
        asked.act(three[2], "succeed")
        changed = json.loads(child.stdout.readline())
        assert (changed["id"], changed["status"]) == (three[2], "succeeded")
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 130


@pytest.mark.slow
def test_watching_in_a_terminal_redraws_the_table(asked: Server, three: list[str]) -> None:
    with terminal("list", "--watch") as screen:
        screen.until(lambda: "validating_files" in screen.text, "the table")
        asked.act(three[2], "succeed")
        screen.until(lambda: "validating_files" not in screen.text, "the change")
        assert screen.text.count(three[2]) == 1
        screen.press_ctrl_c()
        assert screen.end() == 130
        assert not screen.cursor_hidden
