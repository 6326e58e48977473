"""Real training: one process per job (`pulumi_ftjobs.trainer`), whose folder is the only truth.

Nothing here remembers anything that matters. A job that should train, has no `end.json` and whose lock is free gets a
process; that process continues at the last saved state. So the same call serves the start, a pause that is over, a
killed process, a restarted server and a restored database.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_ftjobs.server.server_errors import ApiError
from pulumi_ftjobs.server.training.real_request import REAL_HYPERPARAMETERS, automatic_values, check_request
from pulumi_ftjobs.server.training.run_reports import RunReports, metrics_csv
from pulumi_ftjobs.server.training.runner_interface import NEVER_STARTED, Runner
from pulumi_ftjobs.server.training.trainer_interface import (
    Failure,
    Progress,
    Report,
    Result,
    Run,
    Snapshot,
    Task,
)
from pulumi_ftjobs.server.training.trainer_options import TrainingOptions
from pulumi_ftjobs.trainer.job_folder import DISK_FULL, EXIT_DISK_FULL, JobFolder, Json

_EPOCHS_KEPT = 3


@dataclass(frozen=True)
class Restarts:
    """When a process that ended without a result is started again."""

    waits: tuple[float, ...] = (0.0, 2.0, 10.0)
    """Seconds before each start without a new step; after the last of them the job fails."""
    disk_full_wait: float = 30.0
    """Seconds until a job that found no space on the disk is started again."""
    disk_full_starts: int = 120
    """How often that happens without a new step before the job fails."""


class ProcessTrainer:
    """Trains jobs in separate processes, with TRL and PEFT."""

    name = "trl"
    simulated = False
    note = "Jobs are really trained, with TRL and PEFT."
    hyperparameters = REAL_HYPERPARAMETERS

    def __init__(
        self,
        store: Path,
        options: TrainingOptions,
        runner: Runner,
        restarts: Restarts = Restarts(),
    ) -> None:
        """Args:
        store: the path of the server's store, or its name in a shared folder; jobs and models are kept beside it.
        options: what the operator chose.
        runner: starts and signals the processes.
        restarts: when a process that ended without a result is started again.
        """
        self._restarts = restarts
        self._jobs, self._models = Path(f"{store}.jobs"), Path(f"{store}.models")
        for folder in (self._jobs, self._models):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._options, self._runner, self._reports = options, runner, RunReports()
        self._ends: dict[str, Json] = {}
        self._started: dict[str, float] = {}
        self.slots: int | None = options.jobs_at_once

    def check(self, body: Mapping[str, Any]) -> None:
        """Refuse what cannot be trained here."""
        if body["model"] not in self._options.bases:
            known = ", ".join(self._options.bases)
            text = f"Model {body['model']} is not available for fine-tuning. Available: {known}."
            raise ApiError(400, text, code="model_not_available", param="model")
        check_request(body, python=self._options.python_graders, judge=self._options.judge_url is not None)

    def auto(self, method: str, rows: int) -> Mapping[str, Any]:
        """Defaults that suit small data and LoRA."""
        return automatic_values(method, rows)

    def start(self, task: Task) -> Run:
        """Write the job's folder: its request, and links to its rows that outlive the deletion of the files."""
        folder = JobFolder(self._jobs / task.job)
        folder.path.mkdir(mode=0o700)
        for name, source in (
            ("training_file", task.training_file),
            ("validation_file", task.validation_file),
        ):
            if source is not None:
                _link(source, folder.path / f"{name}.jsonl")
        folder.write("request.json", self._request(task))
        return {"trainer": self.name, "job": task.job}

    def _request(self, task: Task) -> Json:
        options = self._options
        return {
            "job": task.job,
            "method": task.method,
            "base_model": task.model,
            "base_folder": str(options.bases[task.model]),
            "model_name": task.model_name,
            "hyperparameters": dict(task.hyperparameters),
            "seed": task.seed,
            "rows": task.rows,
            "validation_rows": task.validation_rows,
            "data_digest": task.data_digest,
            "grader": task.grader,
            "python_graders": options.python_graders,
            "judge_url": options.judge_url,
            "max_length": options.max_length,
            "overlong_rows": options.overlong_rows,
            "save_seconds": options.save_seconds,
        }

    def tend(self, run: Run, elapsed: float) -> Run:
        """Start the process of a job that should train and does not."""
        folder = self._folder(run)
        if not folder.path.exists() or self._end(run) or self._runner.alive(folder):
            return run
        step, waited = folder.last_step(), time.monotonic() - self._started.get(run["job"], -1e9)
        starts = folder.read("starts.json") or {}
        starts = {"step": step, "count": 0, "disk_full": 0} | (starts if starts.get("step") == step else {})
        status = self._runner.exit_statuses.get(run["job"])
        if status == NEVER_STARTED:
            starts["count"] = 0
        kind, waits = "count", self._restarts.waits
        if status == EXIT_DISK_FULL:
            kind, waits = "disk_full", (self._restarts.disk_full_wait,) * self._restarts.disk_full_starts
        try:
            if starts[kind] >= len(waits):
                self._give_up(folder, run, elapsed)
            elif waited >= waits[starts[kind]]:
                folder.write("starts.json", {**starts, kind: starts[kind] + 1})
                self._started[run["job"]] = time.monotonic()
                self._runner.start(folder, elapsed)
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            self._started[run["job"]] = time.monotonic()  # not even this has room: look again later
        return run

    def _give_up(self, folder: JobFolder, run: Run, elapsed: float) -> None:
        lock = folder.take_lock()
        if lock is None:
            return
        code, text = _why_given_up(self._runner.exit_statuses.get(run["job"]))
        error = {
            "code": code,
            "message": f"{text} Last lines of its log: {_last_words(folder.output)}",
            "param": None,
        }
        folder.write("end.json", {"status": "failed", "elapsed": elapsed, "error": error})
        os.close(lock)

    def alive(self, run: Run) -> bool:
        """Whether a process works on this run."""
        return self._runner.alive(self._folder(run))

    def progress(self, run: Run, elapsed: float) -> Progress:
        """What the folder says."""
        folder = self._folder(run)
        lines = self._reports.lines(folder.reports)
        step = int(lines[-1]["step"]) if lines else 0
        total = int(lines[-1]["data"].get("total_steps", 0)) if lines else 0
        end = self._end(run)
        if end is None and not folder.path.exists():
            text = "The folder of the job is missing from this server. Create the job again."
            return Progress(step, total, None, True, Failure("training_lost", text))
        if end is None:
            return Progress(step, total, None, False)
        failure = Failure(**end["error"]) if end["status"] == "failed" else None
        return Progress(step, total, min(end["elapsed"], elapsed), True, failure)

    def reports(self, run: Run, elapsed: float) -> int:
        """The number of steps reported after so much training."""
        return self._reports.count(self._folder(run).reports, elapsed)

    def report(self, run: Run, number: int) -> Report:
        """One step."""
        line = self._reports.lines(self._folder(run).reports)[number]
        return Report(line["elapsed"], line["message"], line["data"])

    def pause(self, run: Run, elapsed: float) -> Run:  # noqa: ARG002
        """Ask the process to save and leave; it finishes its step first."""
        self._runner.ask_to_stop(self._folder(run))
        return run

    def resume(self, run: Run, elapsed: float) -> Run:  # noqa: ARG002
        """Nothing to do: `tend` starts a process as soon as there is a slot."""
        return run

    def stop(self, run: Run, elapsed: float) -> Run:  # noqa: ARG002
        """End the process; what it saved is of no use any more."""
        folder = self._folder(run)
        self._runner.kill(folder)
        for path in (folder.state, folder.epochs):
            shutil.rmtree(path, ignore_errors=True)
        return run

    def forget(self, run: Run) -> None:
        """End the process and delete the job's folder."""
        self._runner.kill(self._folder(run))
        shutil.rmtree(self._folder(run).path, ignore_errors=True)
        self._reports.forget(self._folder(run).reports)

    def retain(self, jobs: Collection[str]) -> None:
        """End the processes of jobs that the store does not know: it was restored from an older copy."""
        for path in self._jobs.iterdir():
            if path.name not in jobs:
                self._runner.kill(JobFolder(path))

    def result(self, run: Run, elapsed: float) -> Result:  # noqa: ARG002
        """What the job's folder contains."""
        folder = self._folder(run)
        lines, end = self._reports.lines(folder.reports), self._end(run) or {}
        by_step = {line["step"]: line for line in lines}
        snapshots = [
            Snapshot(step, by_step[step]["elapsed"], _metrics(by_step[step]))
            for step in _epoch_ends(folder, by_step)
        ]
        tokens = int(end.get("trained_tokens", 0))
        return Result(tokens, metrics_csv(lines), snapshots, folder.model if folder.model.exists() else None)

    def publish(self, run: Run, name: str, checkpoints: Mapping[int, str]) -> Path | None:
        """Give the trained model and its checkpoints their names; repeating it changes nothing."""
        folder = self._folder(run)
        target = self._models / name
        if folder.model.exists() and not target.exists():
            folder.model.rename(target)
        for step, checkpoint in checkpoints.items():
            kept = folder.epochs / f"step-{step}"
            if kept.exists() and checkpoint != name:
                kept.rename(self._models / checkpoint)
        shutil.rmtree(folder.epochs, ignore_errors=True)
        return target if target.exists() else None

    def log(self, run: Run) -> Path | None:
        """What the processes of the job printed."""
        return self._folder(run).output

    def merge_command(self, adapter: Path, target: Path) -> list[str]:
        """The trainer's own program does it, in the same environment."""
        return [str(self._options.python), *self._options.program, "merge", str(adapter), str(target)]

    def _folder(self, run: Run) -> JobFolder:
        return JobFolder(self._jobs / run["job"])

    def _end(self, run: Run) -> Json | None:
        """How the run ended; remembered, because it never changes."""
        end = self._ends.get(run["job"]) or self._folder(run).read("end.json")
        if end is not None:
            self._ends[run["job"]] = end
        return end


def _epoch_ends(folder: JobFolder, by_step: Mapping[int, Json]) -> list[int]:
    """The last steps of the last epochs, by the plan: the models themselves may have been published already."""
    plan = folder.read("plan.json")
    if plan is None:
        return []
    per_epoch = max(1, plan["total_steps"] // plan["epochs"])
    return [step for step in range(per_epoch, plan["total_steps"] + 1, per_epoch) if step in by_step][
        -_EPOCHS_KEPT:
    ]


def _metrics(line: Json) -> Json:
    return {name: value for name, value in line["data"].items() if name != "total_steps"}


def _why_given_up(status: int | None) -> tuple[str, str]:
    """Code and text for a training that made no new step however often it was started."""
    if status == EXIT_DISK_FULL:
        return (
            "disk_full",
            "The training server's disk stayed full. Free space on it, then create the job again.",
        )
    why = "the training process ended without a result"
    if status is not None and status < 0:
        why = f"the training process was ended by signal {-status}"
        why += ", perhaps because memory ran out" if status == -9 else ""
    return "training_failed", f"Training failed several times at the same step: {why}."


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copyfile(source, target)


def _last_words(path: Path) -> str:
    text = path.read_text(errors="replace") if path.exists() else ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-4:])[-600:] or "(it printed nothing)"
