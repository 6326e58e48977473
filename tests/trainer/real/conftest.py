"""The trainer's environment and a tiny base model: `make test-train` names the Python that has torch."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.conftest import running

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "pulumi_ftjobs" / "trainer"
FRUITS = [("red", "apple"), ("yellow", "banana"), ("green", "pear"), ("blue", "plum")]


@pytest.fixture(scope="session")
def train_python() -> Path:
    """The Python of the trainer's environment."""
    return Path(os.environ["TRAIN_PYTHON"])


class WarmProcess:
    """A process that has imported torch, and is forked for every run."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(
            [python, Path(__file__).with_name("warm_process.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ
            | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"},
        )
        assert self._answer() == "ready"

    def start(self, call: str, *arguments: object, output: Path, spare_memory: int | None = None) -> int:
        """Start a process; returns its id. `spare_memory`: bytes that it may take beyond what it has."""
        order = {
            "call": call,
            "arguments": [*map(str, arguments)],
            "output": str(output),
            "memory": spare_memory,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._answer())

    def wait(self) -> int:
        """The exit status of the process that was started last."""
        return int(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@pytest.fixture(scope="session")
def warm(train_python: Path) -> Iterator[WarmProcess]:
    """What every run of this worker is forked from."""
    process = WarmProcess(train_python)
    yield process
    process.close()


@pytest.fixture(scope="session")
def in_environment(warm: WarmProcess, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Runs a function of `in_environment.py` where torch is; returns what it prints as JSON."""

    def running(call: str, *arguments: object) -> Any:
        output = tmp_path_factory.mktemp(call) / "output"
        warm.start(call, *arguments, output=output)
        assert warm.wait() == 0, output.read_text()
        return json.loads(output.read_text().splitlines()[-1])

    return running


@pytest.fixture(scope="session")
def tiny_base(in_environment: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base model of random weights."""
    folder = tmp_path_factory.mktemp("base") / "tiny"
    in_environment("tiny_base", folder)
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

    def __init__(self, warm: WarmProcess, base: Path, folder: Path) -> None:
        self._warm, self._base, self._folder = warm, base, folder

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

    def run(
        self,
        folder: Path,
        stop: signal.Signals | None = None,
        after: int = 0,
        spare_memory: int | None = None,
    ) -> int:
        """Train to the end, or send a signal after a number of reported steps."""
        pid = self._warm.start("train", folder, output=folder / "out.txt", spare_memory=spare_memory)
        while stop and running(pid):
            if len(reports(folder)) >= after:
                os.kill(pid, stop)
                break
            time.sleep(0.002)
        return self._warm.wait()

    def again(self, folder: Path, name: str, beside: Path | None = None) -> Path:
        """A second job with the same request and rows."""
        other = (beside or folder.parent) / name
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


def digests(folder: Path, model: Path | None = None) -> dict[str, str]:
    """The bytes of the trained weights, of a model that has been moved out of its job's folder too."""
    weights = sorted((model or folder / "model").glob("*.safetensors"))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in weights}


@pytest.fixture
def runs(warm: WarmProcess, tiny_base: Path, tmp_path: Path) -> Runs:
    """Training processes on the tiny base."""
    return Runs(warm, tiny_base, tmp_path)
