"""A server that trains with processes, killed and started as often as a test likes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

collect_ignore = [] if os.environ.get("TRAIN_PYTHON") else ["real"]  # `make test-train` has torch
Json = dict[str, Any]
ROWS = "".join(
    json.dumps({"messages": [{"role": "user", "content": str(n)}, {"role": "assistant", "content": "yes"}]})
    + "\n"
    for n in range(10)
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts a server and trainings in processes takes seconds."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


class TrainingServer:
    """One store, and a server on it."""

    def __init__(self, folder: Path, slots: int = 1, options: Sequence[str] = ()) -> None:
        self.store, self.base, self._slots = folder / "store.sqlite", folder / "base", slots
        self._options = list(options)
        self.base.mkdir()
        self.behave()
        self.start()

    def behave(self, **behaviour: Any) -> None:
        """How processes started from now on behave."""
        (self.base / "fake.json").write_text(json.dumps(behaviour))

    def start(self) -> None:
        """Start the server, on the same store as before."""
        command = [sys.executable, str(Path(__file__).with_name("fake_server.py"))]
        self._process = subprocess.Popen(
            [*command, str(self.store), str(self.base), str(self._slots), *self._options],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.client = httpx.Client(
            base_url=self._process.stdout.readline().strip() + "/",
            headers={"authorization": "Bearer sk-test"},
            timeout=60,
        )

    def restart(self, inference: str) -> None:
        """Start the server again, with an inference server behind it."""
        self.end(signal.SIGTERM)
        self._options = ["--inference-url", inference]
        self.start()

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End the server; training processes are not its children in this respect."""
        self._process.send_signal(number)
        self._process.communicate()
        self.client.close()

    def create(self, epochs: int = 3, **members: Any) -> str:
        """Upload rows and create a job."""
        file = self.client.post(
            "files", data={"purpose": "fine-tune"}, files={"file": ("rows.jsonl", ROWS)}
        ).json()["id"]
        method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": epochs}}}
        body = {"model": "tiny", "training_file": file, "seed": 1, "method": method, **members}
        answer = self.client.post("fine_tuning/jobs", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def job(self, job: str, action: str = "") -> Json:
        """The job, after an action if one is named."""
        if not action:
            return dict(self.client.get(f"fine_tuning/jobs/{job}").json())
        answer = self.client.post(f"fine_tuning/jobs/{job}/{action}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def until(self, job: str, status: str) -> Json:
        """Wait until the job has this status."""
        return self.wait(lambda: (found := self.job(job))["status"] == status and found)

    def until_step(self, job: str, step: int) -> None:
        """Wait until the job has reported this step."""
        self.wait(lambda: len(self.steps(job)) >= step)

    def wait(self, found: Callable[[], Any], seconds: float = 120.0) -> Any:
        """Wait until something is found."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = found()
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError("it did not happen in time")

    def steps(self, job: str) -> list[int]:
        """The steps of all metrics events, oldest first."""
        events = self.client.get(f"fine_tuning/jobs/{job}/events", params={"limit": 100}).json()["data"]
        return [event["data"]["step"] for event in reversed(events) if event["type"] == "metrics"]

    def folder(self, job: str) -> Path:
        """The job's folder."""
        return Path(f"{self.store}.jobs") / job

    def pid(self, job: str) -> int:
        """The process that trains the job."""
        lock = self.folder(job) / "lock"
        return int(self.wait(lambda: lock.exists() and lock.read_text().strip()))

    def let_go(self) -> None:
        """Let the held step of every process go on."""
        (self.base / "go").touch()

    def models(self) -> list[str]:
        """The folders of trained models."""
        return sorted(path.name for path in Path(f"{self.store}.models").iterdir())


def running(pid: int) -> bool:
    """Whether a process exists; one that is only waiting to be collected does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def kill(pid: int) -> None:
    """End a process at once."""
    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., TrainingServer]]:
    """Starts servers, and ends everything they started."""
    started: list[TrainingServer] = []

    def starting(slots: int = 1, options: Sequence[str] = ()) -> TrainingServer:
        started.append(TrainingServer(tmp_path, slots, options))
        return started[-1]

    yield starting
    for server in started:
        server.end()
        for lock in Path(f"{server.store}.jobs").glob("*/lock"):
            pid = int(lock.read_text().strip() or 0)
            if pid and running(pid) and "fake_training" in Path(f"/proc/{pid}/cmdline").read_text():
                kill(pid)


@pytest.fixture
def server(start_server: Callable[..., TrainingServer]) -> TrainingServer:
    """A server with one slot."""
    return start_server()
