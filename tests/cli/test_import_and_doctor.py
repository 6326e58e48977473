"""Bringing existing jobs into a stack, the stack's config, and the doctor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pulumi_ftjobs.cli.creation_probe import by_calendar
from pulumi_ftjobs.lifecycle.settings import Sources
from tests.cli.conftest import Run, pulumi
from tests.support.keys import KEY
from tests.support.server import Server

STACK = ("--stack", "acme/story/test")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_import_file_and_the_program_are_written(
    run: Run, here: Path, job_id: str, asked: Server
) -> None:
    ended = run("import", job_id, *STACK)
    assert ended.out.startswith("pulumi import --file ftjobs-import.json --yes")
    [resource] = json.loads((here / "ftjobs-import.json").read_text())["resources"]
    assert resource["id"] == job_id
    assert resource["inputs"]["__program"]["urn"].startswith("urn:pulumi:test::story::pulumi-python:dynamic/")
    assert resource["inputs"]["__program"]["stack"] == "v1:acme/story/test"
    assert f"adopt_job_id='{job_id}'" in (here / "imported_jobs.py").read_text()


def test_files_that_exist_are_not_overwritten_by_accident(run: Run, here: Path, job_id: str) -> None:
    (here / "imported_jobs.py").write_text("mine")
    assert "imported_jobs.py exists already" in run("import", job_id, *STACK).err
    assert (here / "imported_jobs.py").read_text() == "mine"
    assert run("import", job_id, *STACK, "--force").code == 0


def test_a_stack_name_that_is_none_is_exit_code_3(run: Run, here: Path, job_id: str) -> None:
    assert run("import", job_id, "--stack", "test").code == 3


def test_stack_config_goes_before_the_environment(
    run: Run, here: Path, asked: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"ftjobs:apiKey": {"value": KEY, "secret": True}, "ftjobs:project": {"value": "proj_of_stack"}}
    pulumi(here, f"echo '{json.dumps(config)}'", monkeypatch)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-another")
    assert run("list", "--stack-config").code == 0
    monkeypatch.setenv("FTJOBS_STACK_CONFIG", "1")
    assert run("list").code == 0
    assert asked.journal()[-1]["headers"]["openai-project"] == "proj_of_stack"


@pytest.mark.parametrize("complaint", ["no Pulumi.yaml project file found", "incorrect passphrase"])
def test_an_error_of_pulumi_is_shown_with_what_to_do(
    run: Run, here: Path, asked: Server, monkeypatch: pytest.MonkeyPatch, complaint: str
) -> None:
    pulumi(here, f"echo 'error: {complaint}' >&2; exit 255", monkeypatch)
    ended = run("list", "--stack-config")
    assert ended.code == 3
    assert f"failed: {complaint}; run it in the folder of the project, with the stack selected" in ended.err
    assert "PULUMI_CONFIG_PASSPHRASE" in ended.err


def test_the_doctor_shows_where_settings_come_from_and_no_values(run: Run, job_id: str) -> None:
    ended = run("doctor")
    assert ended.code == 0
    assert "from environment variable OPENAI_API_KEY" in ended.out
    assert f"answers; jobs: newest {job_id}, validating_files" in ended.out
    assert KEY not in ended.out + ended.err


def test_the_doctor_finds_a_missing_key_and_a_service_that_refuses(
    run: Run, asked: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.fault("status", "GET", "/fine_tuning/jobs", status=401, count=None)
    reported = {one["check"]: one["result"] for one in run("doctor", "--json").json}
    assert (reported["service"], reported["key in force"]) == ("failed", "ok")
    monkeypatch.delenv("OPENAI_API_KEY")
    ended = run("doctor", "--json")
    assert ended.code == 1
    assert {one["check"]: one["result"] for one in ended.json}["key in force"] == "failed"


def test_the_doctor_shows_the_pair_of_the_stack(
    run: Run, here: Path, asked: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi(here, 'case "$1" in stack) echo acme/story/test;; *) echo "{}";; esac', monkeypatch)
    reported = {one["check"]: one["detail"] for one in run("doctor", "--stack-config", "--json").json}
    assert reported["stack pair"].startswith("v1:acme/story/test ")


def details_by(run: Run, *words: str) -> dict[str, tuple[str, str]]:
    """What the doctor says, by what it is about; of two the last."""
    return {one["check"]: (one["result"], one["detail"]) for one in run("doctor", "--json", *words).json}


def test_the_doctor_tells_versions_that_of_the_cli_included(
    run: Run, here: Path, asked: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi(here, "echo v3.999.0", monkeypatch)
    reported = details_by(run)
    assert reported["pulumi CLI"] == ("ok", "v3.999.0")
    assert {"python", "pulumi-ftjobs", "pulumi", "typer", "rich", "httpx"} <= set(reported)


def test_a_cli_that_does_not_run_is_bad(
    run: Run, here: Path, asked: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi(here, "echo broken >&2; exit 3", monkeypatch)
    assert details_by(run)["pulumi CLI"][0] == "failed"


@pytest.mark.parametrize(
    ("closed", "result", "words"),
    [
        (False, "ok", "open: the service checked a job without a file and answered: "),
        (
            True,
            "failed",
            "OpenAI is winding fine-tuning down and this organization can no longer create jobs",
        ),
    ],
)
def test_the_doctor_asks_whether_jobs_can_be_created_without_creating_one(
    run: Run, asked: Server, project: str, closed: bool, result: str, words: str
) -> None:
    asked.settings(wind_down=closed)
    reported = details_by(run, "--try-create")["job creation"]
    assert reported[0] == result
    assert words in reported[1]
    assert asked.jobs(project) == []


def test_the_doctor_creates_nothing_unasked(run: Run, asked: Server) -> None:
    run("doctor")
    assert asked.posts() == []


def test_a_job_that_a_service_takes_without_its_file_is_cancelled(
    run: Run, asked: Server, job_id: str
) -> None:
    job = {name: asked.job(job_id)[name] for name in ("id", "object", "status", "model")}
    asked.fault("status", "POST", "/fine_tuning/jobs", status=200, body=job)
    reported = details_by(run, "--try-create")["job creation"]
    assert reported[0] == "note"
    assert f"accepted job {job_id} without its file; cancelled it" in reported[1]
    assert asked.job(job_id)["status"] == "cancelled"


@pytest.mark.parametrize(
    ("day", "result", "words"),
    [
        ("2026-12-01", "note", "accepts no new fine-tuning jobs from 2027-01-06 on"),
        ("2027-01-06", "failed", "accepts no new fine-tuning jobs since 2027-01-06"),
    ],
)
def test_the_doctor_knows_when_job_creation_ends(
    day: str, result: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTJOBS_TODAY", day)
    places = Sources(environment={"OPENAI_API_KEY": KEY})
    found = by_calendar(places, places.account())
    assert found.result == result
    assert words in found.detail
