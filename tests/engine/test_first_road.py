"""The whole road of a job: preview, up, nothing more to do, changes, the end."""

from __future__ import annotations

import pytest

from tests.engine.cli import Stack
from tests.engine.programs import JOB, JOB_AND_MODEL, MANY
from tests.support.keys import KEY
from tests.support.server import Server


def test_a_preview_needs_neither_key_nor_network(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    shown = stack.preview(OPENAI_API_KEY="", OPENAI_BASE_URL="http://127.0.0.1:9/v1").ok()
    assert shown.totals == {"to create": 3}
    assert server.journal() == []


def test_an_up_creates_one_job_and_a_second_up_nothing(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    assert stack.up().ok().totals == {"created": 3}
    assert stack.job()["status"] == "validating_files"
    assert stack.up().ok().totals == {"unchanged": 3}
    assert stack.preview().ok().totals == {"unchanged": 3}
    assert [job["id"] for job in server.jobs()] == [stack.job_id()]
    assert len(server.posts()) == 1


def test_a_model_is_made_when_its_job_has_succeeded(stack: Stack, server: Server) -> None:
    server.clock(per_poll=3600)
    stack.program(JOB_AND_MODEL, SEED=1)
    stack.up().ok()
    name = server.jobs()[0]["fine_tuned_model"]
    assert stack.resources("FineTunedModel")["a"]["id"] == name
    assert stack.refresh().ok().totals == {"unchanged": 4}
    assert stack.preview().ok().totals == {"unchanged": 4}


def test_refreshing_a_job_that_has_not_moved_changes_nothing(stack: Stack) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    before = stack.job()
    assert stack.refresh().ok().totals == {"unchanged": 3}
    assert stack.job() == before
    assert stack.preview().ok().totals == {"unchanged": 3}


def test_an_up_with_refresh_brings_the_end_of_a_job_into_the_state(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    server.act(stack.job_id(), "succeed")
    shown = stack.up("--refresh").ok()
    assert stack.job()["status"] == "succeeded"
    assert stack.job()["fine_tuned_model"] == server.jobs()[0]["fine_tuned_model"]
    assert 'status: "validating_files" => "succeeded"' in shown.text
    assert len(server.posts()) == 1


def test_a_changed_input_replaces_the_job_and_says_why(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    first = stack.job_id()
    stack.program(JOB, SEED=2)
    row = stack.preview().ok().text
    assert "[diff: ~seed]" in row
    assert "seed: 1 -> 2. Retrains" in row
    diff = stack.preview("--diff").ok().text
    assert "seed                : 1 => 2" in diff
    assert "- created_at" not in diff
    steps = {step["urn"].rpartition("::")[2]: step for step in stack.preview("--json").ok().json["steps"]}
    assert (steps["a"]["op"], steps["a"]["replaceReasons"]) == ("replace", ["seed"])
    stack.up().ok()
    assert {job["id"]: job["status"] for job in server.jobs()} == {
        first: "cancelled",
        stack.job_id(): "validating_files",
    }


def test_other_rows_train_again_and_the_same_rows_do_not(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    rows = stack.folder / "rows.jsonl"
    rows.write_bytes(rows.read_bytes().replace(b"\n", b"\r\n"))
    assert "replace" not in stack.preview().ok().text
    stack.rows("red")
    assert "training_file: contents changed" in stack.preview().ok().text
    stack.up().ok()
    assert len(server.posts()) == 2


def test_a_refresh_drops_a_job_that_has_vanished(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    server.act(stack.job_id(), "vanish")
    stack.refresh().ok()
    assert stack.resources() == {}
    assert stack.up().ok().totals["created"] == 1


def test_destroy_cancels_a_running_job_and_says_so(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    server.clock(advance=120)
    job = server.jobs()[0]
    assert job["status"] == "running"
    shown = stack.destroy().ok()
    assert f"cancelled job {job['id']} (running before)" in shown.text
    assert server.job(job["id"])["status"] == "cancelled"


def test_a_configured_key_lies_nowhere_in_clear(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:apiKey", KEY, secret=True)
    stack.config("ftjobs:baseUrl", server.url)
    stack.program(JOB, SEED=1)
    stack.up(OPENAI_API_KEY="", OPENAI_BASE_URL="").ok()
    stack.program(JOB, SEED=2)
    stack.up(OPENAI_API_KEY="", OPENAI_BASE_URL="").ok()
    exported = stack.run("stack", "export").ok().text
    assert "ftjobs:apiKey" in exported
    assert KEY not in exported
    stack.destroy(OPENAI_API_KEY="", OPENAI_BASE_URL="").ok()
    kept = {path.relative_to(stack.backend).parts[1] for path in stack.backend.rglob("*") if path.is_file()}
    assert {"stacks", "history", "backups"} <= kept
    assert stack.files_that_hold(KEY) == []


@pytest.mark.parametrize("count", [1, 20])
def test_an_up_of_many_jobs_asks_once_per_job_and_lists_a_few_times_in_all(
    stack: Stack, server: Server, count: int
) -> None:
    stack.program(MANY, COUNT=count)
    stack.up().ok()
    calls = server.calls()
    assert calls.count("POST /fine_tuning/jobs") == count
    assert calls.count("GET /fine_tuning/jobs") <= 3 + count // 2, "creates that overlap share their looks"
    assert calls.count("POST /files") == 1
    assert len(calls) <= count + 6 + count // 2
    assert server.connections() <= 4
