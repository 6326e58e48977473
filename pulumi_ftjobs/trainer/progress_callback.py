"""Follows a training loop: one report per step, state saved by time, models at epoch ends, a stop when asked."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from .disk_space import DiskSpace
from .job_folder import JobFolder, sync_folder
from .report_log import ReportLog
from .run_control import StopRequest

_METRICS = {
    "loss": "train_loss",
    "mean_token_accuracy": "train_mean_token_accuracy",
    "reward": "train_mean_reward",
    "eval_loss": "valid_loss",
    "eval_mean_token_accuracy": "valid_mean_token_accuracy",
    "eval_reward": "full_valid_mean_reward",
}
_REWARDS = ("train_mean_reward", "full_valid_mean_reward")


EPOCHS_KEPT = 3
"""How many of the last epochs keep their model."""


@dataclass(frozen=True)
class Schedule:
    """When to save and to validate."""

    epochs: int
    """How often the rows are trained; a model is kept at the end of each, the last three of them."""
    save_seconds: float
    """Time between two saved states."""
    evaluate_every: int | None
    """Steps between validations; None: at the ends of epochs; 0: never."""
    reinforcement: bool
    """Whether rewards are reported instead of losses."""
    plan: dict[str, Any]
    """What is written to `plan.json`, completed with the number of steps."""


class ProgressCallback(TrainerCallback):
    """Connects a TRL trainer with the job's folder."""

    def __init__(
        self, folder: JobFolder, log: ReportLog, stop: StopRequest, schedule: Schedule, space: DiskSpace
    ) -> None:
        self._folder, self._log, self._stop, self._schedule, self._space = folder, log, stop, schedule, space
        self._saved_at = time.monotonic()
        self._metrics: dict[str, float] = {}
        self._pending = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Write the plan, now that the number of steps is known."""
        plan = {**self._schedule.plan, "total_steps": state.max_steps, "epochs": self._schedule.epochs}
        self._folder.write("plan.json", plan)

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """The previous step is over: nothing more is measured for it."""
        self._report(state)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Decide what follows this step."""
        self._log.check()
        step, per_epoch = state.global_step, max(1, state.max_steps // self._schedule.epochs)
        last, epoch_end = step >= state.max_steps, step % per_epoch == 0
        every = self._schedule.evaluate_every
        control.should_log = True
        control.should_evaluate = every != 0 and (last or (epoch_end if every is None else step % every == 0))
        if epoch_end or last:
            self._keep_epoch(step, kwargs["model"], kwargs["processing_class"])
        stopping = self._stop.requested and not last
        due = time.monotonic() - self._saved_at >= self._schedule.save_seconds and not last
        control.should_save = stopping or due
        control.should_training_stop = control.should_training_stop or stopping
        if control.should_save:
            self._space.check()
        return control

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Collect what was measured in this step."""
        found = {ours: logs[theirs] for theirs, ours in _METRICS.items() if logs and theirs in logs}
        if self._schedule.reinforcement:
            found = {name: value for name, value in found.items() if name in _REWARDS}
        if found:
            self._metrics |= {name: round(float(value), 5) for name, value in found.items()}
            self._pending = state.global_step

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Reports first, then the state that would skip them; only then is the state marked as complete."""
        self._report(state)
        self._log.sync()
        saved = self._folder.state / f"checkpoint-{state.global_step}"
        _sync_files(saved)
        (saved / "complete").touch()
        sync_folder(saved)
        self._saved_at = time.monotonic()

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Report the last step."""
        self._report(state)

    def _report(self, state: TrainerState) -> None:
        if not self._pending:
            return
        step, self._pending = self._pending, 0
        metrics: dict[str, Any] = {"step": step, **self._metrics, "total_steps": state.max_steps}
        self._metrics = {}
        if step == state.max_steps and "valid_loss" in metrics:  # every validation reads the whole file
            metrics["full_valid_loss"] = metrics["valid_loss"]
            if "valid_mean_token_accuracy" in metrics:
                metrics["full_valid_mean_token_accuracy"] = metrics["valid_mean_token_accuracy"]
        self._log.add(step, _message(metrics), metrics)

    def _keep_epoch(self, step: int, model: Any, tokenizer: Any) -> None:
        kept = self._folder.epochs / f"step-{step}"
        if kept.exists():
            return
        save_whole(kept, model, tokenizer)
        ends = sorted(self._folder.epochs.glob("step-*"), key=lambda path: int(path.name.rpartition("-")[2]))
        for old in ends[:-EPOCHS_KEPT]:
            shutil.rmtree(old)


def save_whole(
    target: Path, model: Any, tokenizer: Any, complete: Callable[[Path], None] = lambda _: None
) -> None:
    """Save a model under a name that it only has once it is whole; `complete` adds files to it before."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    model.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    complete(partial)
    _sync_files(partial)
    partial.replace(target)
    sync_folder(target.parent)


def _sync_files(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _message(metrics: dict[str, Any]) -> str:
    head = f"Step {metrics['step']}/{metrics['total_steps']}"
    if "train_mean_reward" in metrics:
        return f"{head}, train mean reward={metrics['train_mean_reward']:.2f}"
    text = f"{head}: training loss={metrics.get('train_loss', float('nan')):.2f}"
    if "valid_loss" in metrics:
        text += f", validation loss={metrics['valid_loss']:.2f}"
    if "full_valid_loss" in metrics:
        text += f", full validation loss={metrics['full_valid_loss']:.2f}"
    return text
