"""What an operator can do to one job: the actions of `POST /_ftjobs/jobs/{id}`."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.server.jobs.job_factory import Job, training_starts
from pulumi_ftjobs.server.jobs.job_status import CANCELLED, FAILED, SUCCEEDED
from pulumi_ftjobs.server.jobs.job_store import JobStore
from pulumi_ftjobs.server.server_clock import Clock
from pulumi_ftjobs.server.server_errors import invalid
from pulumi_ftjobs.server.training.timeline import Timeline
from pulumi_ftjobs.server.training.trainer_interface import Failure, ScriptableTrainer, Trainer

_FIELDS = {"action", "code", "message", "param", "at_step"}


class OperatorActions:
    """Applies an action to a job, outside the rules of the state machine."""

    def __init__(self, job_store: JobStore, clock: Clock, trainer: Trainer) -> None:
        self._job_store, self._clock, self._trainer = job_store, clock, trainer
        self._actions = {
            "fail": self._fail,
            "succeed": self._succeed,
            "cancel": self._cancel,
            "pause": self._pause,
            "resume": self._resume,
            "freeze": self._freeze,
            "thaw": self._thaw,
        }

    def apply(self, job: Job, request: dict[str, Any]) -> None:
        """Apply the action that the request names; a 400 says what is unknown or too late."""
        action = request.get("action")
        if not isinstance(action, str) or action not in {*self._actions, "vanish"}:
            raise invalid(f"action must be one of {', '.join([*self._actions, 'vanish'])}.", "action")
        unknown = sorted(set(request) - _FIELDS)
        if unknown:
            raise invalid(f"Unknown member of an action: {', '.join(unknown)}.", unknown[0])
        if action == "vanish":
            self._job_store.remove(job)
            return
        if job["end"] is not None:
            raise invalid(
                f"Job {job['id']} has already ended with status '{job['end']['status']}'.", "action"
            )
        self._actions[action](job, request)

    def _scriptable(self, what: str) -> ScriptableTrainer:
        if isinstance(self._trainer, ScriptableTrainer):
            return self._trainer
        raise invalid(
            f"{what} needs the simulated trainer; this server trains with {self._trainer.name}.", "action"
        )

    def _fail(self, job: Job, request: dict[str, Any]) -> None:
        for name in ("code", "message", "param"):
            if not isinstance(request.get(name), (str, type(None))):
                raise invalid(f"{name} must be a string.", name)
        code, message = request.get("code") or "server_error", request.get("message") or "The job failed."
        step = request.get("at_step")
        if step is None:
            error = {"code": code, "message": message, "param": request.get("param")}
            self._job_store.end(job, FAILED, error)
            return
        if not isinstance(step, int) or isinstance(step, bool) or step < 1:
            raise invalid("at_step must be a step number, from 1.", "at_step")
        failure = Failure(code, message, request.get("param"), step)
        job["run"] = self._scriptable("at_step").fail_at(job["run"], failure)
        self._job_store.save(job)

    def _succeed(self, job: Job, _: dict[str, Any]) -> None:
        """Jump to the end of the run, without any planned failure; all its results are produced."""
        trainer = self._scriptable("succeed")
        job["verdict"], job["run"] = None, trainer.fail_at(job["run"], None)
        ends = trainer.progress(job["run"], 0.0).ends or 0.0
        self._job_store.jump_to(job, training_starts(job) + ends)
        self._job_store.end(job, SUCCEEDED)

    def _cancel(self, job: Job, _: dict[str, Any]) -> None:
        self._job_store.end(job, CANCELLED)

    def _pause(self, job: Job, _: dict[str, Any]) -> None:
        self._job_store.pause(job, "Fine-tuning job paused")

    def _resume(self, job: Job, _: dict[str, Any]) -> None:
        self._job_store.resume(job, "Fine-tuning job resumed")

    def _freeze(self, job: Job, _: dict[str, Any]) -> None:
        """Stop the job's own time; its current phase and planned changes are kept for `thaw`."""
        self._scriptable("freeze")
        if "frozen" in job:
            return
        now, timeline = self._clock.ticks(), Timeline.load(job["timeline"])
        segment = timeline.segment_at(now)
        frozen = {
            "at": now,
            "rate": segment.rate,
            "segments": [row for row in job["timeline"] if row[0] > now],
            "notes": [note for note in job["notes"] if note[0] > now],
        }
        self._job_store.set_rate(job, rate=0.0, label=segment.label)
        job["frozen"] = frozen
        self._job_store.save(job)

    def _thaw(self, job: Job, _: dict[str, Any]) -> None:
        """Continue a frozen job, everything later by the time it was frozen.

        A job that stands still for another reason (a scenario or a seed) continues too; a paused one stays paused.
        """
        self._scriptable("thaw")
        now = self._clock.ticks()
        segment = Timeline.load(job["timeline"]).segment_at(now)
        frozen = job.get("frozen")
        if frozen is None:
            if segment.label is None:
                self._job_store.set_rate(job, rate=1.0)
        else:
            self._job_store.set_rate(job, rate=frozen["rate"], label=segment.label)
            delay = now - frozen["at"]
            job["timeline"] += [[at + delay, *rest] for at, *rest in frozen["segments"]]
            job["notes"] += [[at + delay, *rest] for at, *rest in frozen["notes"]]
        self._job_store.save(job)
