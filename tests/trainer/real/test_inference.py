"""A trained model answers through the base URL that trained it: `transformers serve` behind --inference-url."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Runs, chat
from .waiting import free_ports, wait

TUNED = "ft:tiny:personal:fruits:abcdefgh"


@contextmanager
def process(command: list[Any], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with the block."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options) as started:
        yield started
        started.terminate()


@pytest.fixture
def base_url(runs: Runs, tiny_base: Path, train_python: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a server in front of a base model and one that was trained on fruits."""
    numbers = {"tuning": "full", "learning_rate_multiplier": 100.0, "n_epochs": 4}
    job = runs.prepare("fruits", "supervised", [chat(n) for n in range(40)], [], hyperparameters=numbers)
    assert runs.run(job) == 0, (job / "out.txt").read_text()
    folder, [port] = tmp_path / "served", free_ports(1)
    folder.mkdir()
    (folder / "tiny").symlink_to(tiny_base)
    (folder / TUNED).symlink_to(job / "model")
    serving = Path(os.environ["SERVING_PYTHON"]).parents[1]
    libraries = sysconfig.get_path("purelib", vars={"base": str(serving)})
    environment = os.environ | {"PYTHONPATH": libraries, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    upstream = [train_python.with_name("transformers"), "serve", "--host", "127.0.0.1", "--port", str(port),
                "--device", "cpu"]  # fmt: skip
    front = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "serve", "--port", "0",
             "--inference-url", f"http://127.0.0.1:{port}/v1"]  # fmt: skip
    with process(upstream, cwd=folder, env=environment), process(front) as server:
        wait(lambda: answers(f"http://127.0.0.1:{port}/health"))
        assert server.stdout is not None
        yield server.stdout.readline().split()[-1]


def answers(url: str) -> bool:
    """Whether a server is there."""
    try:
        return httpx.get(url).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.timeout(600)
def test_a_trained_model_answers_whole_and_in_pieces(base_url: str) -> None:
    environment = os.environ | {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "sk-test"}
    command = [
        sys.executable,
        "-m",
        "pulumi_ftjobs.cli.main",
        "chat",
        "--json",
        "--max-tokens",
        "8",
        TUNED,
        "red 4",
    ]
    asked = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    beside = json.loads(asked.stdout)["answers"]
    assert list(beside) == ["tiny", TUNED]
    assert beside["tiny"] != beside[TUNED]

    client = httpx.Client(base_url=base_url, headers={"authorization": "Bearer sk-test"}, timeout=120)
    with client:
        question = {"messages": [{"role": "user", "content": "red 4"}], "max_tokens": 8, "temperature": 0}
        body = {"model": TUNED, **question}
        whole = client.post("chat/completions", json=body).json()["choices"][0]["message"]["content"]
        streamed = client.post("chat/completions", json={**body, "stream": True})
        lines = [
            line.removeprefix("data: ") for line in streamed.text.splitlines() if line.startswith("data: {")
        ]
        pieces = [json.loads(line)["choices"][0]["delta"].get("content") or "" for line in lines]
        assert len(pieces) > 2
        assert "".join(pieces) == whole

        prompt = {"model": TUNED, "prompt": "red 4", "max_tokens": 4}
        assert client.post("completions", json=prompt).json()["model"] == TUNED
        answered = client.post("responses", json={"model": TUNED, "input": "red 4", "max_output_tokens": 4})
        assert "response.completed" in answered.text or answered.json()["status"] == "completed"
