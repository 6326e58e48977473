"""Pause, resume, cancel, and what a job says that cannot go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import TrainingServer, running

TWELVE = list(range(1, 13))


def test_a_paused_job_frees_its_slot_and_continues_where_it_stopped(server: TrainingServer) -> None:
    server.behave(step_seconds=0.1)
    job = server.create()
    server.until_step(job, 3)
    pid = server.pid(job)
    assert server.job(job, "pause")["status"] == "paused"
    server.wait(lambda: not running(pid))
    other = server.create(epochs=1)
    server.until(other, "succeeded")

    assert server.job(job, "resume")["status"] == "queued"
    server.until(job, "succeeded")
    assert server.steps(job) == TWELVE
    events = server.client.get(f"fine_tuning/jobs/{job}/events", params={"limit": 100}).json()["data"]
    times = [event["created_at"] for event in reversed(events)]
    assert times == sorted(times)


def test_a_job_resumed_while_its_process_still_saves_is_not_trained_twice(server: TrainingServer) -> None:
    server.behave(step_seconds=0.5)
    job = server.create(epochs=1)
    server.until_step(job, 1)
    server.job(job, "pause")
    server.job(job, "resume")

    server.until(job, "succeeded")
    assert server.steps(job) == [1, 2, 3, 4]


def test_a_cancelled_job_ends_its_process_and_leaves_no_model(server: TrainingServer) -> None:
    server.behave(step_seconds=0.2, save_every=1)
    job = server.create()
    server.until_step(job, 2)
    pid = server.pid(job)
    assert server.job(job, "cancel")["status"] == "cancelled"

    server.wait(lambda: not running(pid))
    assert server.models() == []
    assert not (server.folder(job) / "state").exists()


@pytest.mark.parametrize("action", ["fail", "vanish"])
def test_an_operator_who_ends_a_job_ends_its_process(server: TrainingServer, action: str) -> None:
    server.behave(step_seconds=1)
    job = server.create()
    pid = server.pid(job)
    url = str(server.client.base_url).replace("/v1/", f"/_ftjobs/jobs/{job}")
    assert server.client.post(url, json={"action": action}).status_code == 200

    server.wait(lambda: not running(pid))
    assert server.folder(job).exists() == (action == "fail")


def test_three_starts_without_a_new_step_fail_with_the_last_lines_of_the_log(server: TrainingServer) -> None:
    server.behave(crash_at=1)
    job = server.create()
    error = server.until(job, "failed")["error"]

    assert error["code"] == "training_failed"
    assert "signal 9" in error["message"]
    assert "the card is on fire" in error["message"]
    assert (server.folder(job) / "out.txt").read_text().count("on fire") == 3


def test_a_torn_last_line_is_cut_and_its_step_reported_once(server: TrainingServer) -> None:
    server.behave(fail="torn", fail_at=5, save_every=2)
    job = server.create()
    server.until(job, "succeeded")

    assert server.steps(job) == TWELVE


@pytest.mark.parametrize(
    ("fail", "code", "words"),
    [
        ("memory", "out_of_memory", "Lower batch_size"),
        ("refused", "invalid_training_file", "line 3"),
    ],
)
def test_an_error_of_the_job_is_reported_once_and_not_tried_again(
    server: TrainingServer, fail: str, code: str, words: str
) -> None:
    server.behave(fail=fail, fail_at=2)
    job = server.create()
    error = server.until(job, "failed")["error"]

    assert error["code"] == code
    assert words in error["message"]
    assert server.steps(job) == [1]
    assert server.models() == []


def test_a_job_on_a_full_disk_waits_and_continues_when_there_is_space(
    server: TrainingServer, tmp_path: Path
) -> None:
    full = tmp_path / "full"
    full.touch()
    server.behave(fail="disk", fail_at=6, full=str(full), save_every=1)
    job = server.create()
    output = server.folder(job) / "out.txt"
    server.wait(lambda: output.exists() and output.read_text().count("no space left") >= 4)
    assert server.job(job)["status"] == "running"
    full.unlink()

    server.until(job, "succeeded")
    assert server.steps(job) == TWELVE


def test_a_disk_that_stays_full_is_an_error_of_the_job(server: TrainingServer, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.touch()
    server.behave(fail="disk", fail_at=2, full=str(full))
    job = server.create()
    error = server.until(job, "failed")["error"]

    assert error["code"] == "disk_full"
    assert "Free space" in error["message"]
    assert server.models() == []


def test_deleting_a_model_deletes_its_folder(server: TrainingServer) -> None:
    job = server.create(epochs=1)
    name = server.until(job, "succeeded")["fine_tuned_model"]
    server.client.delete(f"models/{name}")

    assert name not in server.models()
