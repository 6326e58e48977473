"""Jobs on a Ray cluster: submitted once, stopped, and found again after the head or the server was lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pulumi_ftjobs.server.training.ray_jobs import RayError, RayJobs
from pulumi_ftjobs.server.training.ray_options import RayOptions, ray_runner
from pulumi_ftjobs.server.training.trainer_options import TrainingOptions

from .conftest import TrainingServer, kill, running

TWELVE = list(range(1, 13))
TOKEN = "ray-token-of-the-tests"


class FakeRay:
    """A Ray head that can be lost and come back at the same address."""

    def __init__(self) -> None:
        self._port = 0
        self.start()

    def start(self, slots: int = 100) -> None:
        """Start the head; it knows no job."""
        command = [sys.executable, str(Path(__file__).with_name("fake_ray.py")), str(self._port), TOKEN]
        self._process = subprocess.Popen([*command, str(slots)], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        self._port = int(self.address.rpartition(":")[2])

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the head: with SIGTERM all its jobs too, with SIGKILL none."""
        self._process.send_signal(number)
        self._process.communicate()

    def submissions(self) -> list[Any]:
        """The bodies of all submissions so far."""
        found = httpx.get(f"{self.address}/requests").json()
        return [one["body"] for one in found if one["method"] == "POST" and not one["path"]]

    def job(self, job: str) -> Any:
        """What the head says about one job."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        return httpx.get(f"{self.address}/api/jobs/{job}", headers=headers)

    def tell(self, path: str) -> None:
        """Make it misbehave: `expire` or `busy`."""
        assert httpx.get(f"{self.address}/{path}").status_code == 200

    def status(self, submission: str) -> str:
        """The status of one submission."""
        return str(self.job(submission).json()["status"])

    def submit(self, body: Any) -> int:
        """Submit something behind the server's back."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        return httpx.post(f"{self.address}/api/jobs/", json=body, headers=headers).status_code


@pytest.fixture
def ray() -> Iterator[FakeRay]:
    """A Ray head with room for everything."""
    head = FakeRay()
    yield head
    head.end()


@pytest.fixture
def options(ray: FakeRay, tmp_path: Path) -> list[str]:
    """The options of a server that trains on it."""
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    return ["--ray-address", ray.address, "--ray-token-file", str(token), "--ray-resources", "trainslot=1"]


@pytest.fixture
def server(start_server: Callable[..., TrainingServer], options: list[str]) -> TrainingServer:
    """A server that trains on Ray."""
    return start_server(9, options)


def test_a_job_is_one_submission_under_its_own_id_with_its_resources(
    server: TrainingServer, ray: FakeRay
) -> None:
    job = server.create()
    server.until(job, "succeeded")

    assert server.steps(job) == TWELVE
    [submitted] = ray.submissions()
    assert submitted["submission_id"] == job
    assert submitted["entrypoint_resources"] == {"trainslot": 1.0}
    assert submitted["runtime_env"]["env_vars"]["RAY_JOB_STOP_WAIT_TIME_S"] == "30"
    assert TOKEN not in json.dumps(submitted)


def test_each_attempt_of_a_job_is_a_submission_with_its_own_id(server: TrainingServer, ray: FakeRay) -> None:
    server.behave(step_seconds=0.1)
    job = server.create()
    server.until_step(job, 3)
    assert server.job(job, "pause")["status"] == "paused"
    server.wait(lambda: ray.status(job) == "STOPPED")
    assert list((server.folder(job) / "state").iterdir())

    server.job(job, "resume")
    server.until(job, "succeeded")
    assert server.steps(job) == TWELVE
    assert [one["submission_id"] for one in ray.submissions()] == [job, f"{job}-2"]


def test_a_cancelled_job_ends_on_the_cluster_and_writes_no_more(server: TrainingServer, ray: FakeRay) -> None:
    server.behave(step_seconds=0.2)
    job = server.create()
    server.until_step(job, 2)
    pid = server.pid(job)
    assert server.job(job, "cancel")["status"] == "cancelled"

    server.wait(lambda: not running(pid))
    server.wait(lambda: ray.status(job) == "STOPPED")
    assert server.models() == []
    assert not (server.folder(job) / "state").exists()


def test_a_killed_process_is_submitted_again(server: TrainingServer, ray: FakeRay) -> None:
    server.behave(step_seconds=0.1, save_every=3)
    job = server.create()
    server.until_step(job, 4)
    kill(server.pid(job))

    server.until(job, "succeeded")
    assert server.steps(job) == TWELVE
    assert len(ray.submissions()) == 2


def test_a_restarted_server_submits_nothing_twice(server: TrainingServer, ray: FakeRay) -> None:
    server.behave(hold_at=3)
    job = server.create()
    server.until_step(job, 2)
    server.end(signal.SIGKILL)
    server.start()
    server.let_go()

    server.until(job, "succeeded")
    assert len(ray.submissions()) == 1


def test_a_head_that_is_lost_with_its_jobs_comes_back_and_the_job_continues(
    server: TrainingServer, ray: FakeRay
) -> None:
    server.behave(step_seconds=0.1, save_every=2)
    job = server.create()
    server.until_step(job, 4)
    ray.end(signal.SIGTERM)
    assert server.job(job)["status"] == "running"
    ray.start()

    server.until(job, "succeeded")
    assert server.steps(job) == TWELVE
    assert len(ray.submissions()) == 1  # the new head knows of this one only


def test_a_process_that_outlives_its_head_keeps_the_job(server: TrainingServer, ray: FakeRay) -> None:
    server.behave(hold_at=3)
    job = server.create()
    server.until_step(job, 2)
    pid = server.pid(job)
    ray.end(signal.SIGKILL)
    ray.start()
    server.wait(lambda: ray.job(job).status_code == 404)
    server.let_go()

    server.until(job, "succeeded")
    assert server.steps(job) == TWELVE
    assert server.pid(job) == pid
    assert ray.submissions() == []


def test_an_older_attempt_leaves_before_it_writes_and_the_newer_one_waits_for_it(
    server: TrainingServer,
) -> None:
    server.behave(hold_at=3, save_every=1)
    job = server.create()
    server.until_step(job, 2)
    older = server.pid(job)
    server.end(signal.SIGKILL)
    folder = server.folder(job)
    # What a server does that cannot see the lock, as on some network file systems.
    (folder / "attempt.json").write_text('{"attempt": 2}')
    command = [
        sys.executable,
        str(Path(__file__).with_name("fake_training.py")),
        str(folder),
        "--attempt",
        "2",
    ]
    newer = subprocess.Popen(command)
    server.let_go()

    assert newer.wait(60) == 0
    assert not running(older)
    server.start()
    server.until(job, "succeeded")
    assert server.steps(job) == TWELVE
    assert "a newer attempt trains this job" in (folder / "out.txt").read_text()


def test_a_submission_that_ray_refuses_fails_the_job_with_the_reason(
    start_server: Callable[..., TrainingServer], options: list[str]
) -> None:
    server = start_server(9, [*options, "--ray-resources", "unknown=1"])
    failed = server.until(server.create(), "failed")

    assert failed["error"]["code"] == "training_failed"
    assert "no node has this resource" in failed["error"]["message"]


def test_a_job_whose_submission_was_accepted_without_an_answer_is_not_submitted_again(
    server: TrainingServer, ray: FakeRay
) -> None:
    server.behave(step_seconds=0.2)
    ray.tell("busy")
    job = server.create()

    server.until(job, "succeeded")
    assert len(ray.submissions()) == 1


def test_a_job_that_waits_for_room_is_asked_for_again_as_long_as_it_takes(
    server: TrainingServer, ray: FakeRay
) -> None:
    ray.end()
    ray.start(slots=1)
    server.behave(hold_at=2)
    first, second = server.create(), server.create()
    for number in range(1, 5):
        name = second if number == 1 else f"{second}-{number}"
        server.wait(lambda name=name: ray.job(name).status_code == 200)
        assert ray.status(name) == "PENDING"
        ray.tell("expire")
    server.let_go()

    server.until(second, "succeeded")
    assert server.steps(second) == TWELVE
    assert server.job(first)["status"] == "succeeded"


def test_a_job_cancelled_while_it_waits_for_room_never_trains(server: TrainingServer, ray: FakeRay) -> None:
    ray.end()
    ray.start(slots=1)
    server.behave(hold_at=2)
    first, second = server.create(), server.create()
    server.wait(lambda: ray.job(second).status_code == 200)
    server.job(second, "cancel")
    server.let_go()

    server.until(first, "succeeded")
    server.wait(lambda: ray.status(second) == "STOPPED")
    assert not (server.folder(second) / "out.txt").exists()


def test_a_used_id_is_success_only_for_the_same_submission(ray: FakeRay, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    body = {"submission_id": "ftjob-a", "entrypoint": "sleep 30", "runtime_env": {"env_vars": {}},
            "entrypoint_resources": {}, "metadata": {"whose": "mine"}}  # fmt: skip
    assert ray.submit(body) == 200
    assert ray.submit(body) == 500
    jobs = RayJobs(ray.address, token)

    jobs.submit(body)
    with pytest.raises(RayError, match="already exists"):
        jobs.submit({**body, "metadata": {"whose": "another's"}})
    assert [found["submission_id"] for found in jobs.list()] == ["ftjob-a"]
    assert jobs.find("ftjob-b") is None
    jobs.stop("ftjob-b")


def test_a_refused_token_is_an_error_that_does_not_show_it(ray: FakeRay, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("another-token")
    with pytest.raises(RayError, match="refuses the token") as refused:
        RayJobs(ray.address, token).list()

    assert "another-token" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"token_file": None}, "--ray-insecure"),
        ({"token_file": Path("/nonexistent/token")}, "--ray-token-file /nonexistent/token: cannot be read"),
        ({"shared": Path("/nonexistent")}, "--shared /nonexistent: folder not found"),
        ({"resources": ["trainslot"]}, "--ray-resources trainslot: expected NAME=AMOUNT"),
        ({"resources": ["a=-1"]}, "--ray-resources a=-1"),
        ({"address": "http://127.0.0.1:9"}, "--ray-address: Ray at http://127.0.0.1:9 does not answer"),
    ],
)
def test_what_is_wrong_with_the_options_is_one_sentence(
    tmp_path: Path, given: dict[str, Any], words: str
) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    options = RayOptions(
        **{"address": "http://127.0.0.1:9", "shared": tmp_path, "token_file": token, **given}
    )

    with pytest.raises(ValueError) as wrong:  # noqa: PT011  -- the text is compared below
        ray_runner(options, TrainingOptions({}, Path(sys.executable)))
    assert words in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_resources_are_named_as_ray_names_them(
    start_server: Callable[..., TrainingServer], options: list[str], ray: FakeRay
) -> None:
    server = start_server(9, [*options, "--ray-resources", "CPU=2", "--ray-resources", "memory=1e9"])
    server.until(server.create(), "succeeded")

    [submitted] = ray.submissions()
    assert submitted["entrypoint_num_cpus"] == 2.0
    assert submitted["entrypoint_memory"] == 1_000_000_000
    assert submitted["entrypoint_resources"] == {"trainslot": 1.0}


def test_the_log_of_a_job_is_linked_from_its_page(server: TrainingServer) -> None:
    server.behave(fail="refused", fail_at=2)
    job = server.create()
    server.until(job, "failed")
    root = str(server.client.base_url).removesuffix("/v1/")
    link = httpx.get(f"{root}/_ftjobs/jobs/{job}/story").json()["log"]

    shown = httpx.get(root + link)
    assert shown.headers["content-type"].startswith("text/plain")
    assert "line 3: nothing to learn." in shown.text
