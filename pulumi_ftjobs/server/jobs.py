"""Jobs: created, looked at, cancelled, paused and resumed, by the rules of the state machine."""

from __future__ import annotations

from typing import Any

from . import create_request
from .caller import Caller
from .clock import Clock
from .errors import ApiError, invalid
from .files import Files
from .ledger import Ledger
from .models import Models
from .plan import Admission, Job, make_job
from .scenario import Scenario
from .settings import Settings
from .standing import PAUSED, QUEUED, RUNNING, Standing
from .store import Query
from .trainer import Trainer

_DAY = 86_400.0
_REQUEUE = 15.0  # seconds in the queue after a resume


class Jobs:
    """The noun "job": what a caller may do to one."""

    def __init__(
        self, ledger: Ledger, clock: Clock, settings: Settings, trainer: Trainer, files: Files, models: Models
    ) -> None:
        self._ledger, self._clock, self._settings, self._trainer = ledger, clock, settings, trainer
        self._files, self._models = files, models
        self.scenario = Scenario()

    def create(self, caller: Caller, body: dict[str, Any]) -> Job:
        """Accept a job, or refuse it by the first rule it breaks."""
        self._refuse_by_policy(body)
        create_request.check(body, azure=caller.azure)
        method, _ = create_request.method_of(body)
        base = self._models.trainable(caller, body["model"], method)
        training = self._files.for_training(caller, body["training_file"], "training_file")
        validation = None
        if body.get("validation_file"):
            validation = self._files.for_training(caller, body["validation_file"], "validation_file")
        self._limits(caller, base)
        admission = Admission(
            org=caller.org,
            project=caller.project,
            tick=self._clock.ticks(),
            created=self._clock.calendar(),
            base=base,
            training=training,
            validation=validation,
            azure=caller.azure,
            waiting=self._processing(training, validation),
        )
        job = make_job(body, admission, self._settings, self._trainer, self.scenario.take(body))
        self._ledger.add(job)
        return job

    def _refuse_by_policy(self, body: dict[str, Any]) -> None:
        if self._settings.wind_down:
            text = "Fine-tuning is being wound down and your organization can no longer create training jobs."
            raise ApiError(403, text, code="training_not_available")
        if body.get("metadata") and not self._settings.accept_metadata:
            raise invalid("Unknown parameter: 'metadata'.", "metadata", "unknown_parameter")

    def _processing(self, *files: dict[str, Any] | None) -> float:
        """How long a job waits until its files are processed."""
        ready: list[float] = [
            doc["tick"] + self._settings.file_processing - self._clock.ticks() for doc in files if doc
        ]
        return max(0.0, *ready)

    def _limits(self, caller: Caller, base: str) -> None:
        same = Query(("org IN ('', ?)", "model = ?"), (caller.org, base))
        per_day, active = self._settings.max_jobs_per_day, self._settings.max_active_jobs
        if per_day and self._ledger.count(same.also("tick > ?", self._clock.ticks() - _DAY)) >= per_day:
            raise _limited(f"{per_day} fine-tuning requests per day", base, "daily_rate_limit_exceeded")
        if not active:
            return
        self._ledger.settle()
        if self._ledger.count(same.also("over = 0")) >= active:
            raise _limited(f"{active} active fine-tuning requests", base, "rate_limit_exceeded")

    def usage(self, caller: Caller) -> dict[str, int]:
        """Unfinished jobs of the caller's organization by base model."""
        self._ledger.settle()
        found: dict[str, int] = {}
        for row, _ in self._ledger.page(Query(("org IN ('', ?)", "over = 0"), (caller.org,)), -1):
            found[row.doc["base"]] = found.get(row.doc["base"], 0) + 1
        return found

    def get(self, caller: Caller, job_id: str) -> Job:
        """A job as it stands, or 404."""
        return self._ledger.get(job_id, caller.query())

    def cancel(self, caller: Caller, job_id: str) -> Job:
        """End a job now, or in a while where cancelling is asynchronous."""
        job = self.get(caller, job_id)
        now = self._ledger.look(job)
        if now.over:
            if self._settings.lenient or self._settings.cancel_on_finished == 200:
                return job
            raise invalid(f"Job has already ended with status '{now.status}' and cannot be cancelled.")
        delay = self._settings.cancel_delay if self._settings.cancel == "async" else 0.0
        if job["cancel_at"] is None or not delay:
            job["cancel_at"] = self._clock.ticks() + delay
        self._ledger.save(job)
        self._ledger.look(job)
        return job

    def pause(self, caller: Caller, job_id: str) -> Job:
        """Pause a running job that has done at least one step."""
        job = self.get(caller, job_id)
        now = self._ledger.look(job)
        stepped = now.progress is not None and now.progress.step >= 1
        if now.status == RUNNING and stepped:
            return self._pause(job, now)
        if self._settings.lenient:
            return job
        why = "before its first step" if now.status == RUNNING else f"in status '{now.status}'"
        raise invalid(f"Job cannot be paused {why}. Only running jobs can be paused.")

    def _pause(self, job: Job, now: Standing) -> Job:
        self._ledger.bend(job, rate=0.0, label=PAUSED)
        job["run"] = self._trainer.pause(job["run"], now.elapsed)
        self._ledger.note(job, "info", "Fine-tuning job paused")
        self._ledger.save(job)
        return job

    def resume(self, caller: Caller, job_id: str) -> Job:
        """Let a paused job go on, through the queue."""
        job = self.get(caller, job_id)
        now = self._ledger.look(job)
        if now.status == PAUSED:
            self._ledger.bend(job, rate=0.0, label=QUEUED)
            self._ledger.bend(job, rate=1.0, after=_REQUEUE)
            job["run"] = self._trainer.resume(job["run"], now.elapsed)
            self._ledger.note(job, "info", "Fine-tuning job resumed, moving job to queued state")
            self._ledger.save(job)
        elif not self._settings.lenient:
            raise invalid(f"Job cannot be resumed in status '{now.status}'. Only paused jobs can be resumed.")
        return job


def _limited(limit: str, base: str, code: str) -> ApiError:
    text = "This fine-tune request has been rate-limited. Your organization has reached the maximum of "
    return ApiError(429, f"{text}{limit} for the model '{base}'.", code=code)
