"""How far a job is, and the text for its row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pulumi_ftjobs.lifecycle.values import one_line

MEASURED: Final = 5.0
"""Seconds of training that must have been seen before its pace says anything about the end."""


@dataclass(frozen=True)
class Progress:
    """One snapshot of an unfinished job."""

    status: str
    step: int | None = None
    steps: int | None = None
    loss: float | None = None
    elapsed: float | None = None
    """Seconds since the job was created, else since the wait began."""
    left: float | None = None
    """Seconds until the end, by the service's estimate or by the pace of the training; None while unknown."""
    trouble: str | None = None

    def text(self) -> str:
        """Row text, what matters first: `42/300 · 12m left · loss 0.61 · 3m10s`.

        A terminal of 80 columns has about 20 for it, behind the resource's type and name.
        """
        parts = []
        if self.status == "running" and self.step is not None and not self.trouble:
            parts.append(f"{self.step}/{self.steps}" if self.steps else f"step {self.step}")
        else:
            parts.append(one_line(self.status, 40))
        if self.trouble:
            parts.append(self.trouble)
        if self.left is not None and round(self.left) > 0:
            parts.append(f"{duration(self.left, coarse=True)} left")
        if self.loss is not None:
            parts.append(f"loss {self.loss:.2f}")
        if self.elapsed is not None:
            parts.append(duration(self.elapsed))
        return " · ".join(parts)


@dataclass(frozen=True)
class Pace:
    """An uninterrupted stretch of training: validation, queueing and pauses are not part of it."""

    seconds: float
    """From the first look at its figures to the newest."""
    steps: int
    """Steps in that time."""

    def left(self, steps: int) -> float | None:
        """Seconds that `steps` more steps will take, None before enough was measured."""
        return self.seconds / self.steps * steps if self.seconds >= MEASURED and self.steps > 0 else None


def progress_of(
    job: Mapping[str, Any], metrics: Mapping[str, Any], waited: float, now: float, pace: Pace | None = None
) -> Progress:
    """The progress of a job from its facts and its newest metrics event.

    `waited`: seconds since the wait began; `now`: the service's clock. What the service does not report
    stays None.
    """
    created = job.get("created_at")
    elapsed = max(now - created, 0.0) if isinstance(created, int | float) else waited
    step, steps = step_of(metrics), _number(metrics.get("total_steps"))
    loss = metrics.get("train_loss")
    left = _left(job, now, step, steps, pace)
    return Progress(
        str(job.get("status", "unknown")),
        step,
        steps,
        float(loss) if isinstance(loss, int | float) else None,
        elapsed,
        left,
    )


def duration(seconds: float, *, coarse: bool = False) -> str:
    """`3m10s`, `2h05m`; coarse: the larger unit only."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m" if coarse else f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"


def _left(
    job: Mapping[str, Any], now: float, step: int | None, steps: int | None, pace: Pace | None
) -> float | None:
    finish = job.get("estimated_finish")
    if isinstance(finish, int | float) and finish > now:
        return finish - now
    if job.get("status") == "running" and pace and step and steps and steps >= step:
        return pace.left(steps - step)
    return None


def step_of(metrics: Mapping[str, Any]) -> int | None:
    """The step of a metrics event."""
    return _number(metrics.get("step"))


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
