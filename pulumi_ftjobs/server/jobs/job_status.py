"""The status of a job at a moment: a pure function of its document and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi_ftjobs.server.jobs.job_factory import Job, training_starts
from pulumi_ftjobs.server.server_clock import Clock
from pulumi_ftjobs.server.training.timeline import Timeline, round_seconds
from pulumi_ftjobs.server.training.trainer_interface import Progress, Trainer

VALIDATING, QUEUED, RUNNING, PAUSED = "validating_files", "queued", "running", "paused"
SUCCEEDED, FAILED, CANCELLED = "succeeded", "failed", "cancelled"
TERMINAL = (SUCCEEDED, FAILED, CANCELLED)


@dataclass(frozen=True)
class Ending:
    """How and when a job finished. `validated` is False for a failure in validation."""

    tick: float
    status: str
    error: dict[str, Any] | None = None
    validated: bool = True


def ended_on(job: Job, end: Ending, clock: Clock) -> int:
    """Return the date of a job's end in seconds since 1970: a seed's own date, else the clock's."""
    return int(job.get("finished") or clock.calendar(end.tick))


@dataclass(frozen=True)
class JobStatus:
    """Status now; the training time the run has had; the ending once it is over; whether the files were found good."""

    status: str
    elapsed: float
    progress: Progress | None
    ending: Ending | None
    validated: bool = False

    @property
    def finished(self) -> bool:
        """Whether the job succeeded, failed or was cancelled."""
        return self.ending is not None


def trained(job: Job, work: float) -> float:
    """Return the training time in a job's time."""
    return max(0.0, round_seconds(work - training_starts(job)))


def ending(job: Job, tick: float, trainer: Trainer) -> Ending | None:
    """Return when and how the job will finish, as planned at this tick; None: not foreseeable."""
    natural = _natural_ending(job, tick, trainer)
    cancel_at = job["cancel_at"]
    if cancel_at is not None and (natural is None or cancel_at <= natural.tick):
        return Ending(cancel_at, CANCELLED)
    return natural


def _natural_ending(job: Job, at: float, trainer: Trainer) -> Ending | None:
    timeline = Timeline.load(job["timeline"])
    if job["verdict"]:
        tick = timeline.when(job["validating"])
        return None if tick is None else Ending(tick, FAILED, job["verdict"], validated=False)
    elapsed = trained(job, timeline.value(at))
    progress = trainer.progress(job["run"], elapsed)
    ends = elapsed if progress.ends is None and progress.done else progress.ends
    tick = None if ends is None else timeline.when(training_starts(job) + ends)
    if ends is None or tick is None:
        return None
    failure = trainer.progress(job["run"], ends).failure
    if failure is None:
        return Ending(tick, SUCCEEDED)
    return Ending(tick, FAILED, {"code": failure.code, "message": failure.message, "param": failure.param})


def status_at(job: Job, tick: float, trainer: Trainer) -> JobStatus:
    """Return the job's status at this tick."""
    end = Ending(**job["end"]) if job["end"] else ending(job, tick, trainer)
    over = end is not None and end.tick <= tick
    timeline = Timeline.load(job["timeline"])
    at = min(tick, end.tick) if end else tick
    knot, work = timeline.segment_at(at), timeline.value(at)
    elapsed = trained(job, work)
    progress = (
        None if job["verdict"] or work < training_starts(job) else trainer.progress(job["run"], elapsed)
    )
    validated = not job["verdict"] and work >= job["validating"]
    if over and end is not None:
        return JobStatus(end.status, elapsed, progress, end, validated)
    return JobStatus(knot.label or _by_work(job, work), elapsed, progress, None, validated)


def seconds_left(now: JobStatus, clock: Clock) -> float | None:
    """Estimate the seconds of real time until a job ends; None when it cannot be said.

    From the run's own plan where there is one, otherwise from its pace so far.
    """
    progress = now.progress
    if now.finished or progress is None or now.status != RUNNING:
        return None
    if progress.ends is not None:
        left = progress.ends - now.elapsed
    elif progress.step:
        left = now.elapsed / progress.step * (progress.total_steps - progress.step)
    else:
        return None
    return max(0.0, left / clock.speed)


def _by_work(job: Job, work: float) -> str:
    if work < job["validating"] or job["verdict"]:
        return VALIDATING
    return QUEUED if work < training_starts(job) else RUNNING
