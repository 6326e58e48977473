"""The interface between the server and what trains.

The server validates, queues, limits, stores and answers; a trainer trains. `start` takes a task and returns a *run*: a
JSON object that the server stores with the job and passes to every later call, so a trainer keeps no state and
survives a restart. `elapsed` is the training time of the run in seconds of the server's clock, pauses excluded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

Run = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """What to train: resolved hyperparameters, the data files, and what was counted in them.

    The paths belong to uploaded files that a client may delete at any time: a trainer that needs them later keeps its
    own link or copy, made in `start`. They are None for a job that a seed describes.
    """

    job: str
    model: str
    method: str
    hyperparameters: Mapping[str, Any]
    seed: int
    rows: int
    tokens: int
    data_digest: str
    validation_rows: int = 0
    training_file: Path | None = None
    validation_file: Path | None = None
    grader: Mapping[str, Any] | None = None
    model_name: str = ""
    """The name that the trained model will have."""


@dataclass(frozen=True)
class Failure:
    """Why a run fails, in the members of a job's `error`; `step` is only used by simulations."""

    code: str
    message: str
    param: str | None = None
    step: int | None = None


@dataclass(frozen=True)
class Report:
    """One metrics event, `elapsed` seconds into the run."""

    elapsed: float
    message: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Progress:
    """How far a run is. `ends`: when it will finish, None if unknown; then `done` says that it has finished."""

    step: int
    total_steps: int
    ends: float | None
    done: bool
    failure: Failure | None = None


@dataclass(frozen=True)
class Snapshot:
    """A usable intermediate model, with the metrics of its step."""

    step: int
    elapsed: float
    metrics: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """What a finished run produced. `model`: the folder of the trained model, None if nothing was trained."""

    trained_tokens: int
    metrics_csv: str
    snapshots: list[Snapshot] = field(default_factory=list)
    model: Path | None = None


class Trainer(Protocol):
    """Starts, watches, pauses and stops runs.

    The server calls `tend` for every running job about four times a second, in its only thread: each call must return
    quickly. Every method may be called again after a crash of the server, with the run as it was last stored.
    """

    name: str
    """Shown on the status page and in `GET /`."""
    simulated: bool
    """True if nothing is really trained."""
    note: str
    """One sentence for the status page and `GET /`: what this trainer does."""
    slots: int | None
    """How many runs train at the same time; further jobs stay queued. None: no limit."""
    hyperparameters: frozenset[str]
    """Names of hyperparameters accepted beside those of the API."""

    def check(self, body: Mapping[str, Any]) -> None:
        """Raise an `ApiError` for a create request that this trainer cannot train."""

    def auto(self, method: str, rows: int) -> Mapping[str, Any]:
        """Return the values that `auto` stands for, for every hyperparameter of the method."""

    def start(self, task: Task) -> Run:
        """Accept a task; called once per job, when it is created. Training begins with the first `tend`."""

    def tend(self, run: Run, elapsed: float) -> Run:
        """Make sure that the run is training: start, restart or do nothing. Returns the run to store."""

    def alive(self, run: Run) -> bool:
        """Tell whether something still works on this run, also after a pause or a stop."""

    def progress(self, run: Run, elapsed: float) -> Progress:
        """Return how far the run is."""

    def reports(self, run: Run, elapsed: float) -> int:
        """Return the number of reports so far; they are numbered from zero and never change."""

    def report(self, run: Run, number: int) -> Report:
        """Return one report."""

    def pause(self, run: Run, elapsed: float) -> Run:
        """Stop for now and keep what is needed to continue."""

    def resume(self, run: Run, elapsed: float) -> Run:
        """Continue after a pause; training begins with the next `tend`."""

    def stop(self, run: Run, elapsed: float) -> Run:
        """Stop permanently: the job was cancelled, or failed for a reason outside the run."""

    def result(self, run: Run, elapsed: float) -> Result:
        """Return what the run has produced so far; complete when it is done."""

    def publish(self, run: Run, name: str, checkpoints: Mapping[int, str]) -> Path | None:
        """Give the trained model and its checkpoints (by step) their names; returns the model's folder, if any."""

    def log(self, run: Run) -> Path | None:
        """The file with what the run printed; None where nothing is kept."""

    def merge_command(self, adapter: Path, target: Path) -> list[str]:
        """The command that saves an adapter and its base as one model."""

    def forget(self, run: Run) -> None:
        """Stop the run and delete everything kept for it: its job was removed."""

    def retain(self, jobs: Collection[str]) -> None:
        """Stop all runs but those of these jobs; called once, when the server starts."""


@runtime_checkable
class ScriptableTrainer(Trainer, Protocol):
    """A trainer whose runs follow a script: durations, failures and jumps in time are planned, not waited for."""

    def with_duration(self, run: Run, seconds: float) -> Run:
        """Make the whole run take the given seconds."""

    def moment(self, run: Run, step: int) -> float:
        """Return when the run will have done this step, in seconds of training time."""

    def fail_at(self, run: Run, failure: Failure | None) -> Run:
        """Plan a failure, or remove it."""
