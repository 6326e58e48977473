"""One job on a real Ray with a token: it waits for room, pauses, and outlives kill -9 of Ray's head."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .conftest import Json, chat
from .waiting import free_ports, wait

TOKEN = "0123456789abcdef" * 4
STEPS = list(range(1, 201))


class Ray:
    """A Ray cluster of this machine alone, which trains one job at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.token = folder / "token"
        self.token.write_text(TOKEN)
        self._ports = free_ports(4)
        self.address = f"http://127.0.0.1:{self._ports[0]}"
        self.start()

    def start(self) -> None:
        """Start it, with an empty list of jobs."""
        dashboard, gcs, client, agent = self._ports
        command = [str(Path(os.environ["RAY_PYTHON"]).with_name("ray")), "start", "--head", "--block",
                   "--disable-usage-stats", "--dashboard-host=127.0.0.1", f"--dashboard-port={dashboard}",
                   f"--port={gcs}", f"--ray-client-server-port={client}", f"--dashboard-agent-listen-port={agent}",
                   "--num-cpus=1", "--num-gpus=0", '--resources={"trainslot": 1}', "--object-store-memory=80000000",
                   f"--temp-dir={self._folder}/t"]  # fmt: skip
        environment = os.environ | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(self.token)}
        with (self._folder / "ray.log").open("a") as output:
            self._process = subprocess.Popen(
                command, stdout=output, stderr=output, env=environment, start_new_session=True
            )
        wait(lambda: self._process.poll() is not None or self.jobs() is not None)
        assert self._process.poll() is None, (self._folder / "ray.log").read_text()

    def kill(self) -> None:
        """Kill -9 of the head and everything beside it; nothing else on the machine is touched."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def jobs(self) -> dict[str, str] | None:
        """The status of each submission by id; None while Ray does not answer."""
        try:
            headers = {"authorization": f"Bearer {TOKEN}"}
            answer = httpx.get(f"{self.address}/api/jobs/", headers=headers, timeout=60)
        except httpx.HTTPError:
            return None
        if answer.status_code != 200:
            return None
        return {found["submission_id"]: found["status"] for found in answer.json()}


class Server:
    """`ftjobs serve --runner ray`."""

    def __init__(self, folder: Path, base: Path, python: Path, ray: Ray) -> None:
        self._shared = folder / "shared"
        self._shared.mkdir()
        command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "serve", "--port", "0", "--trainer", "trl",
                   "--set", "exact_tokens=false",
                   "--store", folder / "store.sqlite", "--base-model", f"tiny={base}", "--train-python", python,
                   "--runner", "ray", "--ray-address", ray.address, "--ray-token-file", ray.token,
                   "--shared", self._shared, "--ray-resources", "trainslot=1"]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]
        self.client = httpx.Client(
            base_url=self.url + "/", headers={"authorization": "Bearer sk-test"}, timeout=60
        )

    def create(self) -> str:
        """Create a job of two hundred steps."""
        rows = "".join(json.dumps(chat(n)) + "\n" for n in range(40))
        uploaded = self.client.post(
            "files", data={"purpose": "fine-tune"}, files={"file": ("r.jsonl", rows)}
        ).json()
        numbers = {"n_epochs": 5, "batch_size": 1}
        method = {"type": "supervised", "supervised": {"hyperparameters": numbers}}
        body = {"model": "tiny", "training_file": uploaded["id"], "seed": 1, "method": method}
        return str(self.client.post("fine_tuning/jobs", json=body).json()["id"])

    def job(self, job: str, action: str = "") -> Json:
        """The job, after an action if one is named."""
        path = f"fine_tuning/jobs/{job}"
        answer = self.client.post(f"{path}/{action}") if action else self.client.get(path)
        return dict(answer.raise_for_status().json())

    def folder(self, job: str) -> Path:
        """The job's folder, which every node sees."""
        return self._shared / "store.sqlite.jobs" / job

    def steps(self, job: str) -> list[int]:
        """The steps reported so far."""
        path = self.folder(job) / "reports.jsonl"
        lines = path.read_text().split("\n")[:-1] if path.exists() else []
        return [json.loads(line)["step"] for line in lines]

    def models(self) -> list[Path]:
        """The trained models in the shared folder."""
        return list((self._shared / "store.sqlite.models").glob("*/adapter_model.safetensors"))


@pytest.fixture
def ray() -> Iterator[Ray]:
    """A cluster; its folder has a short name because the paths of sockets are short."""
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    cluster = Ray(folder)
    yield cluster
    cluster.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(ray: Ray, tiny_base: Path, train_python: Path, tmp_path: Path) -> Iterator[Server]:
    """A server that trains on it."""
    started = Server(tmp_path, tiny_base, train_python, ray)
    yield started
    started.client.close()
    started.process.terminate()
    started.process.communicate()


@pytest.mark.timeout(600)  # three starts of torch and two of Ray
def test_a_job_waits_pauses_and_outlives_the_head(ray: Ray, server: Server) -> None:
    job = server.create()
    wait(lambda: ray.jobs() == {job: "RUNNING"})
    waiting = server.create()
    wait(lambda: ray.jobs() == {job: "RUNNING", waiting: "PENDING"})
    server.job(waiting, "cancel")

    wait(lambda: len(server.steps(job)) >= 3)
    server.job(job, "pause")
    wait(lambda: (ray.jobs() or {}).get(job) == "STOPPED")
    paused_at = len(server.steps(job))
    server.job(job, "resume")
    wait(lambda: len(server.steps(job)) > paused_at)
    ray.kill()
    assert not (server.folder(job) / "end.json").exists()
    assert server.job(job)["status"] == "running"
    ray.start()

    wait(lambda: server.job(job)["status"] in ("succeeded", "failed"))
    assert server.steps(job) == STEPS
    wait(lambda: ray.jobs() == {f"{job}-3": "SUCCEEDED"})  # Ray sees the process end a moment later
    assert server.job(waiting)["status"] == "cancelled"
    assert len(server.models()) == 3  # of one job: its model and two earlier checkpoints
    log = httpx.get(f"{server.url.removesuffix('/v1')}/_ftjobs/jobs/{job}/log").text
    assert TOKEN not in log
