"""The trainer's environment and a tiny base model: `make test-train` names the Python that has torch."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "pulumi_ftjobs" / "trainer"
FRUITS = [("red", "apple"), ("yellow", "banana"), ("green", "pear"), ("blue", "plum")]


@pytest.fixture(scope="session")
def train_python() -> Path:
    """The Python of the trainer's environment."""
    return Path(os.environ["TRAIN_PYTHON"])


@pytest.fixture(scope="session")
def tiny_base(train_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base model of random weights."""
    folder = tmp_path_factory.mktemp("base") / "tiny"
    subprocess.run([train_python, ROOT / "scripts/tiny_base.py", folder], check=True, capture_output=True)
    return folder


def chat(number: int) -> Json:
    """A row about a fruit."""
    colour, fruit = FRUITS[number % 4]
    return {
        "messages": [
            {"role": "developer", "content": "Name a fruit."},
            {"role": "user", "content": f"{colour} {number}"},
            {"role": "assistant", "content": fruit},
        ]
    }


def preference(number: int) -> Json:
    """The same row as a preference."""
    *question, answer = chat(number)["messages"]
    return {
        "input": {"messages": question},
        "preferred_output": [answer],
        "non_preferred_output": [{"role": "assistant", "content": "no"}],
    }


def task(number: int) -> Json:
    """The same row for reinforcement: the grader knows the answer."""
    *question, answer = chat(number)["messages"]
    return {"messages": question, "want": answer["content"]}


class Runs:
    """Runs training processes on separate folders."""

    def __init__(self, python: Path, base: Path, folder: Path) -> None:
        self._python, self._base, self._folder = python, base, folder

    def prepare(self, name: str, method: str, rows: list[Json], valid: list[Json], **request: Any) -> Path:
        """Write the folder of a job."""
        folder = self._folder / name
        folder.mkdir()
        for file, content in (("training_file", rows), ("validation_file", valid)):
            (folder / f"{file}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))
        numbers = {"n_epochs": 3, "batch_size": 4, "learning_rate_multiplier": 20.0, "beta": 0.1,
                   "compute_multiplier": 1.0, "eval_interval": 2, "eval_samples": 1}  # fmt: skip
        numbers |= request.pop("hyperparameters", {})
        document = {"job": name, "method": method, "base_model": "tiny", "base_folder": str(self._base), "seed": 7,
                    "hyperparameters": numbers, "save_seconds": 0.02, **request}  # fmt: skip
        (folder / "request.json").write_text(json.dumps(document))
        return folder

    def run(self, folder: Path, stop: signal.Signals | None = None, after: int = 0) -> int:
        """Train to the end, or send a signal after a number of reported steps."""
        with (folder / "out.txt").open("a") as output:
            process = subprocess.Popen(
                [self._python, PROGRAM, folder],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
            )
            while stop and process.poll() is None:
                if len(reports(folder)) >= after:
                    process.send_signal(stop)
                    break
                time.sleep(0.002)
            return process.wait()

    def again(self, folder: Path, name: str) -> Path:
        """A second job with the same request and rows."""
        other = folder.with_name(name)
        other.mkdir()
        for path in folder.glob("*.json*"):
            if path.name in ("request.json", "training_file.jsonl", "validation_file.jsonl"):
                shutil.copy(path, other)
        return other


def reports(folder: Path) -> list[Json]:
    """The metrics of all complete reports."""
    path = folder / "reports.jsonl"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [json.loads(line)["data"] for line in lines]


def digests(folder: Path) -> dict[str, str]:
    """The bytes of the trained weights."""
    weights = sorted((folder / "model").glob("*.safetensors"))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in weights}


@pytest.fixture
def runs(train_python: Path, tiny_base: Path, tmp_path: Path) -> Runs:
    """Training processes on the tiny base."""
    return Runs(train_python, tiny_base, tmp_path)


@pytest.fixture(scope="session")
def in_environment(train_python: Path) -> Callable[..., Any]:
    """Runs a script of these tests in the trainer's environment; returns what it prints as JSON."""

    def running(script: str, *arguments: object) -> Any:
        done = subprocess.run(
            [train_python, Path(__file__).with_name(script), *map(str, arguments)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.splitlines()[-1])

    return running
