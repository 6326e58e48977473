"""The stored jobs, and the moment when a job's end is written.

A simulated job needs no background work: its status is computed when it is read, and the first request (for a job, a
file or a model) after its end writes the end and its results, in one transaction.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pulumi_ftjobs.server import identifiers
from pulumi_ftjobs.server.caller import EVERYBODY
from pulumi_ftjobs.server.jobs.job_factory import Job
from pulumi_ftjobs.server.jobs.job_status import (
    PAUSED,
    QUEUED,
    SUCCEEDED,
    Ending,
    JobStatus,
    ended_on,
    ending,
    status_at,
)
from pulumi_ftjobs.server.jobs.model_store import ModelStore
from pulumi_ftjobs.server.server_clock import Clock
from pulumi_ftjobs.server.server_errors import job_not_found
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.service_profiles import MountedProfiles
from pulumi_ftjobs.server.storage.record_store import ALL, Query, Row, Store
from pulumi_ftjobs.server.training.timeline import Timeline
from pulumi_ftjobs.server.training.trainer_interface import Run, Trainer
from pulumi_ftjobs.server.uploads.file_store import FileStore


class JobStore:
    """Stores jobs and computes their status."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        trainer: Trainer,
        files: FileStore,
        models: ModelStore,
        profiles: MountedProfiles,
    ) -> None:
        self._profiles = profiles
        self._store, self._clock, self._settings, self._trainer = store, clock, settings, trainer
        self._files, self._models = files, models
        self.stopped: dict[str, Run] = {}
        """Runs stopped since the start; something may still work on them for some seconds."""

    def add(self, job: Job) -> None:
        """Store a new job."""
        metadata = (job["request"].get("metadata")) or None
        self._store.insert(
            "jobs",
            job,
            **_owner(job),
            model=job["base"],
            tick=job["tick"],
            metadata=json.dumps(metadata) if metadata else None,
            over=int(job["end"] is not None),
            due=self._due(job),
        )

    def get(self, job_id: str, query: Query = ALL) -> Job:
        """Return a job, its end written if it has passed; raise a 404 if none meets the query."""
        row = self._store.find("jobs", job_id, query)
        if row is None:
            raise job_not_found(job_id)
        self.look(row.doc)
        return row.doc

    def page(self, query: Query, limit: int, *, newest_first: bool = True) -> list[tuple[Row, JobStatus]]:
        """Return jobs with their statuses, newest first unless asked otherwise."""
        rows = self._store.rows("jobs", query, limit=limit, newest_first=newest_first)
        return [(row, self.look(row.doc)) for row in rows]

    def ids(self) -> set[str]:
        """Return the ids of all jobs."""
        return {row.doc["id"] for row in self._store.rows("jobs", ALL)}

    def count(self, query: Query) -> int:
        """Return the number of jobs that meet the query."""
        return self._store.count("jobs", query)

    def set_rate(self, job: Job, *, rate: float, label: str | None = None, after: float = 0.0) -> None:
        """Change the rate of a job's time, now or `after` some seconds; it is no longer frozen."""
        job.pop("frozen", None)
        timeline = Timeline.load(job["timeline"])
        timeline.set_rate(self._clock.ticks() + after, rate, label)
        job["timeline"] = timeline.dump()
        job["notes"] = [
            note for note in job["notes"] if note[0] <= self._clock.ticks()
        ]  # what was planned is off

    def jump_to(self, job: Job, work: float) -> None:
        """Move a job to where it would be after `work` seconds of its time."""
        now, timeline = self._clock.ticks(), Timeline.load(job["timeline"])
        timeline.set_rate(now, 1.0, value=work)
        job["timeline"] = timeline.dump()

    def note(self, job: Job, level: str, message: str) -> None:
        """Add an event."""
        job["notes"].append([self._clock.ticks(), level, "message", message, {}])

    def save(self, job: Job) -> None:
        """Store a changed job."""
        self._store.replace("jobs", job, over=int(job["end"] is not None), due=self._due(job))

    def end(self, job: Job, status: str, error: dict[str, Any] | None = None) -> None:
        """End a job now, as an operator does."""
        self._write_end(job, Ending(self._clock.ticks(), status, error))

    def pause(self, job: Job, message: str) -> None:
        """Pause a job now; `message` becomes an event."""
        elapsed = self.look(job).elapsed
        self.set_rate(job, rate=0.0, label=PAUSED)
        job["run"] = self._trainer.pause(job["run"], elapsed)
        self.note(job, "info", message)
        self.save(job)

    def resume(self, job: Job, message: str, *, queued_for: float = 0.0) -> None:
        """Continue a job after `queued_for` seconds, or when the trainer has a slot."""
        elapsed = self.look(job).elapsed
        if self._trainer.slots is not None:
            self.set_rate(job, rate=0.0, label=QUEUED)
        elif queued_for:
            self.set_rate(job, rate=0.0, label=QUEUED)
            self.set_rate(job, rate=1.0, after=queued_for)
        else:
            self.set_rate(job, rate=1.0)
        job["run"] = self._trainer.resume(job["run"], elapsed)
        self.note(job, "info", message)
        self.save(job)

    def remove(self, job: Job) -> None:
        """Delete a job and everything the trainer keeps for it."""
        self._trainer.forget(job["run"])
        self.stopped[job["id"]] = job["run"]
        self._store.delete("jobs", job["id"])

    def settle(self) -> None:
        """Write the end of every job whose end has passed, so that its model and files exist."""
        foreseen = "due <= ?" if self._trainer.simulated else "(due <= ? OR due IS NULL)"
        due = Query(("over = 0", foreseen), (self._clock.ticks(),))
        for row in self._store.rows("jobs", due, newest_first=False):
            self.look(row.doc)

    def look(self, job: Job) -> JobStatus:
        """Return a job's status now; write its end if it has passed."""
        now = status_at(job, self._clock.ticks(), self._trainer)
        if now.ending is not None and job["end"] is None:
            self._write_end(job, now.ending)
        return now

    def _write_end(self, job: Job, end: Ending) -> None:
        now = status_at(job, end.tick, self._trainer)
        with self._store.transaction():
            if end.status == SUCCEEDED:
                self._leave_behind(job, now, end)
            elif now.progress is None or not now.progress.done:
                job["run"] = self._trainer.stop(job["run"], now.elapsed)
                self.stopped[job["id"]] = job["run"]
            job["end"] = asdict(end)
            self.save(job)

    def _leave_behind(self, job: Job, now: JobStatus, end: Ending) -> None:
        """Store the model, result file and checkpoints of a job that succeeded."""
        result = self._trainer.result(job["run"], now.elapsed)
        created = ended_on(job, end, self._clock)
        job["trained_tokens"] = result.trained_tokens
        job["checkpoints"] = []
        kept = (
            result.snapshots[-self._settings.checkpoints_per_job :]
            if self._settings.checkpoints_per_job
            else []
        )
        for snapshot in kept:
            doc = {
                "id": identifiers.derived("ftckpt_", job["id"], snapshot.step),
                "step": snapshot.step,
                "name": job["name"] if snapshot is kept[-1] else checkpoint_name(job, snapshot.step),
                "created": created,
                "metrics": dict(snapshot.metrics),
            }
            job["checkpoints"].append(doc)
            self._store.insert("checkpoints", doc, job=job["id"], name=doc["name"])
        names = {checkpoint["step"]: checkpoint["name"] for checkpoint in job["checkpoints"]}
        folder = self._trainer.publish(job["run"], job["name"], names)
        profile = self._profiles.of(job["profile"])
        if not profile.deploys:
            self._models.keep(_owner(job), job["name"], created, profile.bases, _model_facts(job, folder))
        if job["result_file"]:
            self.keep_result(job, job["result_file"], result.metrics_csv, created)

    def keep_result(self, job: Job, file_id: str, metrics_csv: str, created: float) -> None:
        """Store a job's result file."""
        data = metrics_csv.encode()
        if self._settings.result_encoding == "base64":
            data = base64.b64encode(data)
        extra = {"created": created}
        self._files.keep(_owner(job), file_id, "step_metrics.csv", "fine-tune-results", data, extra)

    def _due(self, job: Job) -> float | None:
        end = None if job["end"] else ending(job, self._clock.ticks(), self._trainer)
        return end.tick if end else None


def _owner(job: Job) -> dict[str, object]:
    """Return who sees a job and its results; a seeded job is seen by every organization."""
    return {"org": EVERYBODY if "given" in job else job["org"], "project": job["project"]}


def _model_facts(job: Job, folder: Path | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"owned_by": job["org"]}
    return {**facts, "folder": str(folder)} if folder else facts


def checkpoint_name(job: Job, step: int) -> str:
    """Build the name of a checkpoint from eight characters and its step; the newest one has the model's name."""
    if not job["name"].startswith("ft:"):
        return f"{job['name']}:ckpt-step-{step}"
    eight = identifiers.derived("", job["id"], step, length=8)
    return f"{job['name'].rpartition(':')[0]}:{eight}:ckpt-step-{step}"
