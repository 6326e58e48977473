"""Looking at jobs, and asking them to stop: plain and as JSON, with documented exit codes."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.cli.results import decoded
from tests.cli.conftest import Run
from tests.support.gateway import gateway
from tests.support.rows import MODEL
from tests.support.server import Server


def test_a_listing_is_tab_separated_outside_a_terminal(run: Run, job_id: str) -> None:
    shown = run("list")
    assert shown.code == 0
    assert shown.lines[0] == [
        "id",
        "status",
        "created_at",
        "model",
        "fine_tuned_model",
        "trained_tokens",
        "user_provided_suffix",
        "cost_usd",
    ]
    assert (shown.lines[1][:2], shown.lines[1][3]) == ([job_id, "validating_files"], MODEL)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--status", "validating_files"], True),
        (["--status", "failed"], False),
        (["--status", "failed", "--status", "validating_files"], True),
        (["--metadata", "team=a"], True),
        (["--metadata", "team=b"], False),
        (["--model", "gpt-4.1-mini"], True),
        (["--after", "2090-01-01"], False),
        (["--before", "2090-01-01", "--limit", "1"], True),
    ],
    ids=str,
)
def test_a_listing_can_be_narrowed(run: Run, job_id: str, words: list[str], found: bool) -> None:
    assert [job["id"] for job in run("list", "--json", *words).json] == ([job_id] if found else [])


def test_an_unknown_status_is_a_wrong_command_line(run: Run, job_id: str) -> None:
    ended = run("list", "--status", "suceeded")
    assert (ended.code, ended.out) == (2, "")
    assert "did you mean succeeded?" in " ".join(ended.err.replace("│", "").split())


def test_a_status_that_only_the_service_uses_is_found(
    run: Run, asked: Server, job_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def newer(_call: str, answer: bytes) -> bytes:
        return answer.replace(b'"validating_files"', b'"evaluating"')

    with gateway(asked.url, "/newer", change=newer) as (url, _):
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        assert [job["id"] for job in run("list", "--status", "evaluating", "--json").json] == [job_id]


def test_a_job_is_shown_in_lines_and_as_json(run: Run, job_id: str) -> None:
    assert run("get", job_id).out.splitlines()[0].split() == ["id", job_id]
    assert run("get", job_id, "--json").json["metadata"] == {"team": "a"}


def test_events_come_oldest_first_and_a_limit_keeps_the_newest(run: Run, asked: Server, job_id: str) -> None:
    asked.act(job_id, "succeed")
    reported = [event["message"] for event in run("events", job_id, "--json").json]
    assert reported[0].startswith("Created fine-tuning job")
    assert [event["message"] for event in run("events", job_id, "--json", "--limit", "2").json] == reported[
        -2:
    ]
    assert run("events", job_id).lines[0] == ["created_at", "level", "message"]


def test_checkpoints_show_their_figures(run: Run, asked: Server, job_id: str) -> None:
    asked.act(job_id, "succeed")
    shown = run("checkpoints", job_id)
    assert "train_loss" in shown.lines[0]
    assert [len(line) for line in shown.lines[1:]] == [len(shown.lines[0])] * (len(shown.lines) - 1)
    steps = [int(line[0]) for line in shown.lines[1:]]
    assert steps
    assert steps == sorted(steps)


def test_cancel_tells_the_new_status(run: Run, asked: Server, job_id: str) -> None:
    assert run("cancel", job_id).out == f"{job_id}\tcancelled\n"
    assert asked.job(job_id)["status"] == "cancelled"


def test_pause_and_resume(run: Run, asked: Server, job_id: str) -> None:
    asked.clock(mode="stepped")
    asked.clock(advance=120)
    assert run("pause", job_id, "--json").json[0]["status"] == "paused"
    assert run("resume", job_id).code == 0


@pytest.fixture
def between_two(asked: Server, api: Client, job_id: str, training_file: str) -> list[str]:
    """Two jobs that can be cancelled, and between them one that has finished and an unknown one."""
    other = api.create_job({"model": MODEL, "training_file": training_file}).id
    ended = api.create_job({"model": MODEL, "training_file": training_file, "suffix": "ended"}).id
    asked.act(ended, "succeed")
    return [job_id, ended, "ftjob-nothing", other]


def test_one_refusal_keeps_no_other_job_from_being_cancelled(
    run: Run, asked: Server, between_two: list[str]
) -> None:
    first, ended, _, last = between_two
    reported = run("cancel", *between_two)
    assert (reported.code, reported.lines) == (4, [[first, "cancelled"], [last, "cancelled"]])
    complaints = reported.err.splitlines()
    assert len(complaints) == 2
    assert complaints[0].startswith(f"ftjobs: asking job {ended} to cancel")
    assert complaints[1].startswith("ftjobs: asking job ftjob-nothing to cancel")
    assert [asked.job(job)["status"] for job in (first, ended, last)] == [
        "cancelled",
        "succeeded",
        "cancelled",
    ]


def test_json_tells_what_was_done_beside_a_refusal(run: Run, between_two: list[str]) -> None:
    reported = run("cancel", *between_two, "--json")
    assert (reported.code, [job["id"] for job in reported.json]) == (4, [between_two[0], between_two[-1]])


def test_a_service_that_becomes_unreachable_leaves_the_remaining_ids_named(
    run: Run, asked: Server, job_id: str
) -> None:
    asked.fault("html", "POST", "/fine_tuning/jobs/ftjob-b/cancel", count=None, status=200)
    reported = run("cancel", job_id, "ftjob-b", "ftjob-c", "--json")
    assert (reported.code, [job["id"] for job in reported.json]) == (5, [job_id])
    assert reported.err.splitlines()[0] == "unknown result: ftjob-b, ftjob-c"


def test_results_are_csv_however_the_service_keeps_them(run: Run, asked: Server, job_id: str) -> None:
    asked.settings(result_encoding="base64")
    asked.act(job_id, "succeed")
    table = list(csv.DictReader(io.StringIO(run("results", job_id).out)))
    assert "train_loss" in table[0]
    numbers: list[dict[str, Any]] = run("results", job_id, "--json").json
    assert numbers[0]["step"] == int(table[0]["step"])
    assert len(numbers) == len(table)


def test_results_go_to_files(run: Run, asked: Server, job_id: str, tmp_path: Path) -> None:
    asked.act(job_id, "succeed")
    assert run("results", job_id, "--out", str(tmp_path / "new")).out == ""
    [file] = (tmp_path / "new").iterdir()
    assert file.suffix == ".csv"
    assert file.read_text().startswith("step,")


@pytest.mark.parametrize(
    "content", [b"step,train_loss\r\n1,0.5\r\n", base64.b64encode(b"step,train_loss\n1,0.5\n")]
)
def test_a_result_file_is_decoded(content: bytes) -> None:
    assert decoded(content) == "step,train_loss\n1,0.5\n"


def test_a_job_without_results_says_why(run: Run, job_id: str) -> None:
    ended = run("results", job_id)
    assert (ended.code, ended.out) == (1, "")
    assert "(validating_files) has no result files" in ended.err


@pytest.mark.parametrize("command", ["get", "events", "checkpoints", "cancel", "results", "plot", "watch"])
@pytest.mark.usefixtures("asked")
def test_an_unknown_id_is_exit_code_4_and_one_line(run: Run, command: str) -> None:
    ended = run(command, "ftjob-nothing")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith("ftjobs: ")
    assert ended.err.count("\n") == 1


def test_no_key_is_exit_code_3(run: Run, asked: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    ended = run("list")
    assert (ended.code, ended.err.startswith("ftjobs: no API key for")) == (3, True)
    assert ended.err.endswith(
        "in the environment as OPENAI_API_KEY; ftjobs reads a stack's config with --stack-config\n"
    )


def test_a_service_that_does_not_speak_this_api_is_exit_code_5(run: Run, asked: Server) -> None:
    asked.fault("html", "GET", "/fine_tuning/jobs", count=None)
    assert run("list").code == 5


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--metadata", "team"],
        ["list", "--after", "yesterday"],
        ["list", "--limit", "0"],
        ["get", ""],
        ["get", ".."],
        ["cancel", "ftjob-1", " "],
        ["blame", ""],
        ["list", "--nothing"],
        ["check", "x.jsonl", "--epochs", "0"],
        ["get"],
        ["nothing"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_exit_code_2(run: Run, words: list[str]) -> None:
    ended = run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert "Error" in ended.err


def test_what_the_service_says_cannot_move_the_cursor(run: Run, api: Client, training_file: str) -> None:
    body = {"model": MODEL, "training_file": training_file, "metadata": {"k": "\x1b[2Jgone"}}
    assert "\x1b" not in run("get", api.create_job(body).id).out


@pytest.mark.slow
@pytest.mark.parametrize("as_json", [True, False])
def test_new_events_are_printed_until_the_job_finishes(
    run: Run, asked: Server, job_id: str, as_json: bool
) -> None:
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "events", job_id, "--follow"]
    with subprocess.Popen(
        [*command, *(["--json"] if as_json else [])], env=dict(os.environ), stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        assert "Created fine-tuning job" in first
        asked.act(job_id, "succeed")
        lines = [first, *child.stdout.read().splitlines()]
        assert child.wait(30) == 0
    assert len(lines) == len(run("events", job_id).lines) - 1
    if as_json:
        assert [json.loads(line)["id"] for line in lines] == [
            one["id"] for one in run("events", job_id, "--json").json
        ]


@pytest.mark.slow
def test_ctrl_c_stops_printing_events_and_leaves_the_job(asked: Server, job_id: str) -> None:
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "events", job_id, "--follow"]
    with subprocess.Popen(
        command, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=30)
    assert (child.returncode, err) == (130, "stopped; the job continues at the service\n")
    assert asked.job(job_id)["status"] == "validating_files"


def test_times_have_seconds_and_a_zone(run: Run, job_id: str) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", run("list").lines[1][2])
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", run("events", job_id).lines[1][0])
