"""A stack that is really trained: examples/train-for-real as it stands, while everything is killed once."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from tests.engine.cli import Stack, closing
from tests.support.http_server import http_server
from tests.support.keys import KEY
from tests.support.server import Server, running_server
from tests.trainer.conftest import running

from .conftest import ROOT, Json, Runs, digests, reports, task
from .waiting import free_ports, wait

pytestmark = pytest.mark.timeout(1200)


class Judge(BaseHTTPRequestHandler):
    """A model that scores an answer by its share of the letter e, behind the chat completions endpoint."""

    seen: list[Json] = []  # noqa: RUF012  -- one judge per test

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.seen.append({"path": self.path, "key": self.headers["authorization"], **body})
        text = body["messages"][0]["content"]
        score = text.count("e") / max(1, len(text))
        answer = json.dumps(
            {"choices": [{"message": {"role": "assistant", "content": f"{score:.3f}"}}]}
        ).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def judge() -> Iterator[str]:
    """The base URL of a judge."""
    Judge.seen.clear()
    with http_server(Judge) as url:
        yield f"{url}/v1"


@pytest.fixture
def serve(train_python: Path, tiny_base: Path, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts `ftjobs serve --trainer trl`, again on the same port and store after the first time."""
    (port,) = free_ports(1)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as started:
        patch.setenv("OMP_NUM_THREADS", "1")

        def starting(*options: str) -> Server:
            words = [
                "--trainer",
                "trl",
                "--base-model",
                f"tiny={tiny_base}",
                "--train-python",
                str(train_python),
            ]
            return started.enter_context(
                running_server(*words, *options, store=tmp_path / "store.sqlite", port=port)
            )

        yield starting
        for lock in tmp_path.glob("store.sqlite.jobs/*/lock"):  # a training survives its server
            folder, pid = lock.parent, int(lock.read_text().strip() or 0)
            if running(pid) and str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Callable[[str], Stack]]:
    """Makes the example's stack for a server."""
    with ExitStack() as opened:

        def making(url: str) -> Stack:
            made = Stack(
                tmp_path / "stack", url=url, scope="proj_real", project="train-for-real", stack="dev"
            )
            shutil.copytree(ROOT / "examples/train-for-real", made.folder, dirs_exist_ok=True)
            return opened.enter_context(closing(made))

        yield making


def test_one_declaration_is_one_training_though_process_and_server_are_killed(
    serve: Callable[..., Server], stack: Callable[[str], Stack], runs: Runs, tmp_path: Path
) -> None:
    server = serve()
    project = stack(server.url)
    project.config("train-for-real:tuning", "full")
    project.config("train-for-real:worstLoss", "5.2")
    update = project.start("up", "--yes", "--skip-preview")
    jobs = tmp_path / "store.sqlite.jobs"
    job = wait(lambda: next(iter(jobs.glob("ftjob-*/reports.jsonl")), None)).parent
    wait(lambda: len(reports(job)) >= 10)
    os.kill(int((job / "lock").read_text()), signal.SIGKILL)
    wait(lambda: len(reports(job)) >= 30)
    os.kill(server.pid, signal.SIGKILL)
    again = serve()
    wait((job / "end.json").exists, 600)

    assert update.finish().ok().totals == {"created": 5}
    assert [path.name for path in jobs.iterdir()] == [job.name]
    assert [metrics["step"] for metrics in reports(job)] == list(range(1, 91))
    unbroken = runs.again(job, "unbroken", beside=tmp_path)
    assert runs.run(unbroken) == 0
    assert reports(unbroken) == reports(job)
    found = project.run("stack", "output", "--json", "--stack", "dev").ok().json
    trained = tmp_path / "store.sqlite.models" / found["fine_tuned_model"]
    assert digests(unbroken) == digests(job, model=trained)
    assert set(project.up().ok().totals) == {"unchanged"}
    project.config("train-for-real:worstLoss", "0.1")
    project.up().failed("valid_loss")
    assert len(again.jobs()) == 1
    project.destroy().ok()


def test_a_judge_behind_http_grades_the_answers(
    serve: Callable[..., Server], judge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTJOBS_JUDGE_API_KEY", "sk-judge")
    server = serve("--judge-url", judge, "--max-length", "128")
    client = httpx.Client(base_url=f"{server.url}/", headers={"authorization": f"Bearer {KEY}"}, timeout=60)
    rows = "".join(json.dumps(task(n)) + "\n" for n in range(12))
    file = client.post("files", data={"purpose": "fine-tune"}, files={"file": ("rows.jsonl", rows)}).json()[
        "id"
    ]
    grader = {
        "type": "score_model", "name": "e", "model": "letters", "range": [0, 1],
        "input": [{"role": "user", "content": "{{ sample.output_text }}"}],
    }  # fmt: skip
    numbers = {"n_epochs": 1, "batch_size": 4}
    method = {"type": "reinforcement", "reinforcement": {"grader": grader, "hyperparameters": numbers}}
    body = {"model": "tiny", "training_file": file, "validation_file": file, "method": method}
    created = client.post("fine_tuning/jobs", json=body)
    assert created.status_code == 200, created.text
    url = f"fine_tuning/jobs/{created.json()['id']}"

    done = wait(lambda: (job := client.get(url).json())["status"] in ("succeeded", "failed") and job, 600)
    client.close()
    assert done["status"] == "succeeded", done["error"]
    assert len(Judge.seen) >= 12
    assert {(one["path"], one["key"], one["model"]) for one in Judge.seen} == {
        ("/v1/chat/completions", "Bearer sk-judge", "letters")
    }
