"""What trains, behind one small interface.

The service validates, queues, limits, stores and answers; a trainer trains. It is given a task and hands back a *run*:
a JSON document that the service stores with the job and hands in again at every call, so a trainer keeps no state of
its own and survives a restart. `elapsed` is the time the run has had, pauses left out, in seconds of the server's
clock: the simulated trainer computes everything from it, a trainer with a real process may ignore it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Run = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """What is to be trained: resolved hyperparameters, and what was found in the data."""

    job: str
    model: str
    method: str
    hyperparameters: Mapping[str, Any]
    seed: int
    rows: int
    tokens: int
    data_digest: str
    validation_rows: int = 0
    seconds: float | None = None
    """How long a simulation should take; a real trainer takes what it takes."""


@dataclass(frozen=True)
class Failure:
    """Why a run ends badly, in the members of a job's `error`."""

    code: str
    message: str
    param: str | None = None
    step: int | None = None


@dataclass(frozen=True)
class Report:
    """One thing the trainer says: a metrics event, `elapsed` seconds into the run."""

    elapsed: float
    message: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Progress:
    """How far a run is. `ends` is when it will be over, None if nobody knows; then `done` says that it is."""

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
    """What a finished run leaves behind."""

    trained_tokens: int
    metrics_csv: str
    snapshots: list[Snapshot] = field(default_factory=list)


class Trainer(Protocol):
    """Starts, watches, pauses and stops runs."""

    name: str
    simulated: bool

    def start(self, task: Task) -> Run:
        """Take a task in hand; called once, when its job is accepted. Training begins when `elapsed` leaves zero."""

    def progress(self, run: Run, elapsed: float) -> Progress:
        """How far the run is."""

    def reports(self, run: Run, elapsed: float) -> int:
        """How many reports there are so far; they are numbered from zero and never change."""

    def report(self, run: Run, number: int) -> Report:
        """One report."""

    def pause(self, run: Run, elapsed: float) -> Run:
        """Stop for now and keep what is needed to go on."""

    def resume(self, run: Run, elapsed: float) -> Run:
        """Go on."""

    def stop(self, run: Run, elapsed: float) -> Run:
        """Stop for good."""

    def result(self, run: Run, elapsed: float) -> Result:
        """What the run has made so far; complete when it is done."""

    def moment(self, run: Run, step: int) -> float:
        """When the run will have done this step, in seconds of its time, as far as that can be said."""

    def fail_at(self, run: Run, failure: Failure | None) -> Run:
        """Make the run fail at a step, or no longer, for tests and demonstrations."""
