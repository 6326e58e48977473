"""Ids as users type them: in full, as a unique prefix, or --last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pulumi_ftjobs.api.client import Client
from tests.cli.conftest import Run
from tests.support.keys import KEY
from tests.support.rows import MODEL
from tests.support.server import Server, running_server


@pytest.mark.parametrize("command", ["get", "events", "checkpoints", "cancel"])
@pytest.mark.parametrize("typed", [slice(0, 14), slice(6, 14)], ids=["with ftjob-", "without it"])
def test_a_unique_prefix_is_enough(run: Run, job_id: str, command: str, typed: slice) -> None:
    assert run(command, job_id[typed]).code == 0


def test_a_prefix_of_several_jobs_is_refused_and_names_them(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ["ftjob-twins-one", "ftjob-twins-two"]
    (tmp_path / "seed.json").write_text(
        json.dumps({"jobs": [{"id": one, "status": "paused"} for one in ids]})
    )
    with running_server("--seed", str(tmp_path / "seed.json")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        ended = run("cancel", "twins")
        assert (ended.code, ended.out) == (1, "")
        assert "twins is not unique: it matches ftjob-twins-" in ended.err
        assert [server.job(one)["status"] for one in ids] == ["paused", "paused"]


def test_a_prefix_of_fewer_than_four_characters_is_an_unknown_id(
    run: Run, asked: Server, job_id: str
) -> None:
    assert run("cancel", job_id[:9]).code == 4
    assert run("cancel", "ftjob-").code == 4
    assert asked.job(job_id)["status"] == "validating_files"


def test_a_full_id_costs_no_listing(run: Run, asked: Server, job_id: str) -> None:
    asked.clear_journal()
    run("get", job_id)
    assert asked.calls() == [f"GET /fine_tuning/jobs/{job_id}"]


def test_last_is_the_newest_job(run: Run, api: Client, job_id: str, training_file: str) -> None:
    newest = api.create_job({"model": MODEL, "training_file": training_file}).id
    assert run("get", "--last", "-o", "name").out == f"{newest}\n"
    assert newest in run("events", "--last").out


@pytest.mark.parametrize("words", [["get"], ["get", "ftjob-1", "--last"], ["watch"]], ids=" ".join)
@pytest.mark.usefixtures("asked")
def test_an_id_or_last_is_needed_and_not_both(run: Run, words: list[str]) -> None:
    ended = run(*words)
    assert (ended.code, "give an id or --last" in ended.err) == (2, True)


@pytest.mark.usefixtures("asked")
def test_last_of_an_empty_account_is_one_line(run: Run) -> None:
    ended = run("watch", "--last")
    assert (ended.code, ended.err) == (1, "ftjobs: --last: this account has no jobs\n")


def test_the_name_of_a_model_leads_to_blame(run: Run) -> None:
    ended = run("get", "ft:gpt-4.1:acme::abc")
    assert ended.code == 1
    assert "is a model, not a job: `ftjobs blame ft:gpt-4.1:acme::abc` shows the job" in ended.err
