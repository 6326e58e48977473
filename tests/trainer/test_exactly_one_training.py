"""One job is one training, whatever is killed: the process, the server, both, in any order."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import TrainingServer, kill, running

TWELVE = list(range(1, 13))


def test_a_job_trains_and_leaves_its_model_and_checkpoints(server: TrainingServer) -> None:
    job = server.create(suffix="demo")
    done = server.until(job, "succeeded")

    assert server.steps(job) == TWELVE
    assert done["trained_tokens"] == 120
    assert done["fine_tuned_model"] in server.models()
    checkpoints = server.client.get(f"fine_tuning/jobs/{job}/checkpoints").json()["data"]
    assert [c["step_number"] for c in checkpoints] == [12, 8, 4]
    assert sorted(c["fine_tuned_model_checkpoint"] for c in checkpoints) == server.models()
    csv = server.client.get(f"files/{done['result_files'][0]}/content").text.splitlines()
    assert csv[0] == "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
    assert csv[2] == "2,1.5,,,"


@pytest.mark.parametrize("saved", [1000, 3])
def test_a_killed_process_is_started_again_and_no_step_is_reported_twice(
    server: TrainingServer, saved: int
) -> None:
    server.behave(step_seconds=0.1, save_every=saved)
    job = server.create()
    server.until_step(job, 4)
    kill(server.pid(job))

    server.until(job, "succeeded")
    assert server.steps(job) == TWELVE


def test_training_goes_on_while_the_server_is_killed_and_the_next_server_finds_it(
    server: TrainingServer,
) -> None:
    server.behave(hold_at=3)
    job = server.create()
    server.until_step(job, 2)
    pid = server.pid(job)
    server.end(signal.SIGKILL)
    server.start()

    assert server.pid(job) == pid
    assert running(pid)
    server.let_go()
    server.until(job, "succeeded")
    assert server.steps(job) == TWELVE


def test_a_training_that_ends_without_a_server_is_recorded_by_the_next_one(server: TrainingServer) -> None:
    server.behave(step_seconds=0.05)
    job = server.create()
    server.until_step(job, 1)
    folder = server.folder(job)
    server.end(signal.SIGKILL)
    server.wait((folder / "end.json").exists)
    server.start()

    assert server.job(job)["status"] == "succeeded"
    assert server.steps(job) == TWELVE


def test_server_and_process_killed_together_as_in_a_reboot(server: TrainingServer) -> None:
    server.behave(step_seconds=0.05, save_every=2)
    job = server.create()
    server.until_step(job, 3)
    pid = server.pid(job)
    server.end(signal.SIGKILL)
    kill(pid)
    # After a reboot the number in the lock file may belong to anything: here to the test itself.
    (server.folder(job) / "lock").write_text(f"{os.getpid()}\n")
    server.start()

    server.until(job, "succeeded")
    assert server.steps(job) == TWELVE


def test_a_restored_older_store_finds_the_job_done(server: TrainingServer, tmp_path: Path) -> None:
    server.behave(step_seconds=0.05)
    job = server.create()
    server.until(job, "running")
    server.end(signal.SIGTERM)
    copies = [
        shutil.copy(path, tmp_path / f"copy-{path.name}")
        for path in tmp_path.glob("store.sqlite*")
        if path.is_file()
    ]
    server.start()
    name = server.until(job, "succeeded")["fine_tuned_model"]
    server.end(signal.SIGTERM)
    for copy in map(Path, copies):
        copy.replace(tmp_path / copy.name.removeprefix("copy-"))
    server.start()

    done = server.until(job, "succeeded")
    assert done["fine_tuned_model"] == name
    assert name in server.models()
    assert server.steps(job) == TWELVE


def test_a_job_that_a_restored_store_does_not_know_is_stopped(server: TrainingServer, tmp_path: Path) -> None:
    server.end(signal.SIGTERM)
    copies = [
        shutil.copy(path, tmp_path / f"copy-{path.name}")
        for path in tmp_path.glob("store.sqlite*")
        if path.is_file()
    ]
    server.start()
    server.behave(step_seconds=5)
    job = server.create()
    pid = server.pid(job)
    server.end(signal.SIGKILL)
    for path in tmp_path.glob("store.sqlite*"):
        if path.is_file():
            path.unlink()
    for copy in map(Path, copies):
        copy.replace(tmp_path / copy.name.removeprefix("copy-"))
    server.start()

    server.wait(lambda: not running(pid))


def test_jobs_wait_for_a_slot_in_order(start_server: Callable[..., TrainingServer]) -> None:
    server = start_server(slots=2)
    server.behave(hold_at=2)
    first, second, third = (server.create() for _ in range(3))
    server.until_step(first, 1)
    server.until_step(second, 1)
    assert server.job(third)["status"] == "queued"
    server.let_go()
    server.until(first, "succeeded")
    server.until(third, "succeeded")


def test_deleting_the_file_does_not_touch_the_job(server: TrainingServer) -> None:
    server.behave(step_seconds=0.05)
    job = server.create()
    server.client.delete(f"files/{server.job(job)['training_file']}")

    server.until(job, "succeeded")


def test_a_second_process_on_the_same_job_leaves_at_once(server: TrainingServer) -> None:
    server.behave(step_seconds=1)
    job = server.create()
    pid = server.pid(job)
    program = Path(__file__).with_name("fake_training.py")
    second = subprocess.run([sys.executable, program, server.folder(job)], check=False, capture_output=True)

    assert second.returncode == 75
    assert server.pid(job) == pid


def test_a_job_whose_folder_is_gone_fails_by_name(server: TrainingServer) -> None:
    server.behave(step_seconds=1)
    job = server.create()
    pid = server.pid(job)
    server.end(signal.SIGKILL)
    kill(pid)
    shutil.rmtree(server.folder(job))
    server.start()

    assert server.until(job, "failed")["error"]["code"] == "training_lost"
