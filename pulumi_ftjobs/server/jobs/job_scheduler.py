"""Gives queued jobs a slot of the trainer and keeps running ones in training.

Only a server whose trainer is not simulated needs it: a simulated job is a function of the clock.
"""

from __future__ import annotations

from pulumi_ftjobs.server.jobs.job_factory import Job, awaits_slot, training_starts
from pulumi_ftjobs.server.jobs.job_status import PAUSED, QUEUED, RUNNING
from pulumi_ftjobs.server.jobs.job_store import JobStore
from pulumi_ftjobs.server.server_clock import Clock
from pulumi_ftjobs.server.storage.record_store import Query
from pulumi_ftjobs.server.training.trainer_interface import Trainer

_UNFINISHED = Query(("over = 0",))


class JobScheduler:
    """Settles finished jobs, admits queued ones in order of age, tends running ones."""

    def __init__(self, job_store: JobStore, clock: Clock, trainer: Trainer) -> None:
        self._job_store, self._clock, self._trainer = job_store, clock, trainer

    def run_once(self) -> None:
        """Do everything that is due; called again a fraction of a second later."""
        unfinished = self._job_store.page(_UNFINISHED, -1, newest_first=False)
        waiting: list[tuple[Job, float]] = []
        stopped = self._job_store.stopped
        for job_id in [job_id for job_id, run in stopped.items() if not self._trainer.alive(run)]:
            del stopped[job_id]
        occupied = len(stopped)
        for row, now in unfinished:
            job = row.doc
            if now.status == RUNNING:
                self._tend(job, now.elapsed)
                occupied += 1
            elif now.status == PAUSED and self._trainer.alive(job["run"]):
                occupied += 1
            elif now.status == QUEUED and awaits_slot(job, self._clock.ticks()):
                waiting.append((job, now.elapsed))
        for job, elapsed in waiting:
            if self._trainer.slots is not None and occupied >= self._trainer.slots:
                break
            self._job_store.jump_to(job, training_starts(job) + elapsed)
            self._job_store.save(job)
            self._tend(job, elapsed)
            occupied += 1

    def _tend(self, job: Job, elapsed: float) -> None:
        run = self._trainer.tend(job["run"], elapsed)
        if run != job["run"]:
            job["run"] = run
            self._job_store.save(job)
