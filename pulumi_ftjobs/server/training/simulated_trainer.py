"""The simulated trainer: nothing is trained. Every number is computed from the data, the hyperparameters and the seed.

The curve falls from a start that depends on the method towards a floor that depends on how much data there is, with
noise that is always the same for the same seed and data. A run takes one and a half to ten minutes at speed 1.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pulumi_ftjobs.server.training.hyperparameters import simulated_auto
from pulumi_ftjobs.server.training.timeline import round_seconds
from pulumi_ftjobs.server.training.trainer_interface import (
    Failure,
    Progress,
    Report,
    Result,
    Run,
    Snapshot,
    Task,
)

_SHORTEST, _LONGEST = 90.0, 600.0  # seconds of a run at speed 1
_WRAP_UP = 20.0  # seconds between the last step and the end: saving, safety checks
_VALIDATIONS = 10  # how often a run validates
_CSV_ROWS = 10_000  # longer runs are thinned out in the result file, so that writing it stays quick
_KINDS = ("train", "valid", "reward")
_STRIDE, _MASK = 1 << 40, (1 << 64) - 1


class SimulatedTrainer:
    """Computes runs instead of training."""

    name = "simulated"
    simulated = True
    note = "Nothing is trained and nothing is billed here: model names, metrics and durations are computed."
    slots: int | None = None
    hyperparameters: frozenset[str] = frozenset()

    def check(self, body: Mapping[str, Any]) -> None:
        """Accept every request: a simulation needs nothing."""

    def auto(self, method: str, rows: int) -> Mapping[str, Any]:  # noqa: ARG002  -- the same for every method
        """Return numbers from the size of the data."""
        return simulated_auto(rows)

    def start(self, task: Task) -> Run:
        """Compute the whole run."""
        hyper = task.hyperparameters
        steps = max(1, math.ceil(task.rows / hyper["batch_size"]) * hyper["n_epochs"])
        training = min(_LONGEST, max(_SHORTEST, 60.0 + steps / 2))
        return {
            "trainer": self.name,
            "method": task.method,
            "steps": steps,
            "epochs": hyper["n_epochs"],
            "step_seconds": _step_seconds(training, steps),
            "tokens": task.tokens,
            "noise": _number(f"{task.data_digest}:{task.seed}:{task.model}"),
            "floor": 0.25 + 1.5 / math.log2(4 + task.rows),
            "validated": task.validation_rows > 0,
            "failure": None,
        }

    def with_duration(self, run: Run, seconds: float) -> Run:
        """Spread the steps over the given seconds."""
        return {**run, "step_seconds": _step_seconds(seconds, run["steps"])}

    def tend(self, run: Run, elapsed: float) -> Run:  # noqa: ARG002
        """Do nothing: a simulated run needs no process."""
        return run

    def alive(self, run: Run) -> bool:  # noqa: ARG002
        """Return False: no process works on a simulated run."""
        return False

    def publish(self, run: Run, name: str, checkpoints: Mapping[int, str]) -> Path | None:  # noqa: ARG002
        """Return None: there is no model."""
        return None

    def log(self, run: Run) -> Path | None:  # noqa: ARG002
        """Nothing runs, so nothing is printed."""
        return None

    def merge_command(self, adapter: Path, target: Path) -> list[str]:
        """Never needed: there is no adapter."""
        raise NotImplementedError

    def forget(self, run: Run) -> None:
        """Do nothing: nothing is kept outside the run."""

    def retain(self, jobs: Collection[str]) -> None:
        """Do nothing: no process works on a simulated run."""

    def progress(self, run: Run, elapsed: float) -> Progress:
        """How far the run is."""
        last, failure = run["steps"], None
        if run["failure"]:
            failure = Failure(**run["failure"])
            last = run["steps"] if failure.step is None else min(failure.step, run["steps"])
        after = 0.0 if failure and failure.step is not None else _WRAP_UP
        ends = round_seconds(last * run["step_seconds"] + after)
        done = elapsed >= ends
        step = min(last, self._step(run, elapsed))
        return Progress(step, run["steps"], ends, done, failure if done else None)

    def reports(self, run: Run, elapsed: float) -> int:
        """One report a step."""
        return self.progress(run, elapsed).step

    def report(self, run: Run, number: int) -> Report:
        """The metrics of one step."""
        step = number + 1
        metrics = self._metrics(run, step)
        return Report(
            step * run["step_seconds"], self._sentence(run, metrics), {**metrics, "total_steps": run["steps"]}
        )

    def pause(self, run: Run, elapsed: float) -> Run:  # noqa: ARG002  -- a real trainer needs to know when
        """Nothing runs, so nothing has to be stopped."""
        return run

    def resume(self, run: Run, elapsed: float) -> Run:  # noqa: ARG002
        """Nothing was stopped."""
        return run

    def stop(self, run: Run, elapsed: float) -> Run:  # noqa: ARG002
        """Nothing has to be stopped."""
        return run

    def result(self, run: Run, elapsed: float) -> Result:
        """Metrics of the steps done, a snapshot per finished epoch, tokens in proportion."""
        step = self.progress(run, elapsed).step
        per_epoch = max(1, run["steps"] // run["epochs"])
        ends = range(per_epoch, step + 1, per_epoch)
        snapshots = [Snapshot(n, n * run["step_seconds"], self._metrics(run, n, full=True)) for n in ends]
        tokens = round(run["tokens"] * run["epochs"] * step / run["steps"])
        return Result(tokens, self._csv(run, step), snapshots)

    def moment(self, run: Run, step: int) -> float:
        """Steps are evenly spaced."""
        return round_seconds(min(step, run["steps"]) * run["step_seconds"])

    def fail_at(self, run: Run, failure: Failure | None) -> Run:
        """Plan a failure; without a step it strikes after the last one, in the checks that follow training."""
        return {**run, "failure": failure and asdict(failure)}

    def _step(self, run: Run, elapsed: float) -> int:
        # The small part forgives the division's last digit: a step is done at its very moment.
        steps: int = run["steps"]
        return max(0, min(steps, int(elapsed / run["step_seconds"] + 1e-6)))

    def _metrics(self, run: Run, step: int, *, full: bool = False) -> dict[str, Any]:
        if run["method"] == "reinforcement":
            reward = 1.0 - self._loss(run, step, "reward") / 2.5
            metrics = {"step": step, "train_mean_reward": _rounded(reward)}
            if self._validates(run, step):
                metrics["full_valid_mean_reward"] = _rounded(reward - 0.02)
            return metrics
        loss = self._loss(run, step, "train")
        metrics = {"step": step, "train_loss": _rounded(loss), "train_mean_token_accuracy": _accuracy(loss)}
        if run["validated"] and (full or self._validates(run, step)):
            valid = self._loss(run, step, "valid") * 1.08
            metrics |= {"valid_loss": _rounded(valid), "valid_mean_token_accuracy": _accuracy(valid)}
            if step == run["steps"]:
                over_all = valid * 1.01
                metrics |= {
                    "full_valid_loss": _rounded(over_all),
                    "full_valid_mean_token_accuracy": _accuracy(over_all),
                }
        return metrics

    def _validates(self, run: Run, step: int) -> bool:
        every = max(1, run["steps"] // _VALIDATIONS)
        return bool(run["validated"]) and (step % every == 0 or step == run["steps"])

    def _loss(self, run: Run, step: int, kind: str) -> float:
        start = 0.69 if run["method"] == "dpo" else 2.1
        floor: float = run["floor"] * (0.3 if run["method"] == "dpo" else 1.0)
        fallen = math.exp(-4.0 * step / (run["steps"] + 1)) * (start - floor)
        noise = (_mixed(run["noise"] + _KINDS.index(kind) * _STRIDE + step) / 2**64 - 0.5) * 0.24
        return max(0.01, (floor + fallen) * (1 + noise))

    def _sentence(self, run: Run, metrics: dict[str, Any]) -> str:
        head = f"Step {metrics['step']}/{run['steps']}"
        if "train_mean_reward" in metrics:
            return f"{head}, train mean reward={metrics['train_mean_reward']:.2f}"
        text = f"{head}: training loss={metrics['train_loss']:.2f}"
        if "valid_loss" in metrics:
            text += f", validation loss={metrics['valid_loss']:.2f}"
        if "full_valid_loss" in metrics:
            text += f", full validation loss={metrics['full_valid_loss']:.2f}"
        return text

    def _csv(self, run: Run, last: int) -> str:
        rows = ["step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"]
        names = ("step", "train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy")
        for step in range(1, last + 1, max(1, last // _CSV_ROWS)):
            metrics = self._metrics(run, step)
            rows.append(",".join(str(metrics.get(name, "")) for name in names))
        return "\n".join(rows) + "\n"


def _step_seconds(seconds: float, steps: int) -> float:
    return max(1e-6, round_seconds(seconds / steps))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def _mixed(number: int) -> int:
    """64 well-mixed bits of a number (splitmix64): cheaper than a digest, and steps are many."""
    z = (number * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def _rounded(number: float) -> float:
    return round(number, 5)


def _accuracy(loss: float) -> float:
    return round(max(0.05, min(0.99, math.exp(-loss * 0.62))), 5)
