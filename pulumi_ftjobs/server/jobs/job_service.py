"""Jobs: create, get, cancel, pause and resume, by the rules of the state machine."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.server.caller import Caller
from pulumi_ftjobs.server.jobs import create_request
from pulumi_ftjobs.server.jobs.job_factory import Admission, Job, make_job
from pulumi_ftjobs.server.jobs.job_status import PAUSED, RUNNING
from pulumi_ftjobs.server.jobs.job_store import JobStore
from pulumi_ftjobs.server.jobs.model_store import ModelStore
from pulumi_ftjobs.server.jobs.scenario import Scenario
from pulumi_ftjobs.server.server_clock import Clock
from pulumi_ftjobs.server.server_errors import ApiError, invalid
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.storage.record_store import Query
from pulumi_ftjobs.server.training import hyperparameters
from pulumi_ftjobs.server.training.trainer_interface import Trainer
from pulumi_ftjobs.server.uploads.file_store import FileStore

_DAY = 86_400.0
_USD_PER_MILLION_TOKENS = 0.5  # made up, and the same for every model
_REQUEUE = 15.0  # seconds in the queue after a resume


class JobService:
    """What a caller may do to jobs."""

    def __init__(
        self,
        job_store: JobStore,
        clock: Clock,
        settings: Settings,
        trainer: Trainer,
        files: FileStore,
        models: ModelStore,
    ) -> None:
        self._job_store, self._clock, self._settings, self._trainer = job_store, clock, settings, trainer
        self._files, self._models = files, models
        self.scenario = Scenario()

    def create(self, caller: Caller, body: dict[str, Any]) -> Job:
        """Create a job, or raise an error for the first rule that the request breaks."""
        self._refuse_by_policy(body)
        create_request.check(body, caller.profile, self._trainer.hyperparameters)
        self._trainer.check(body)
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
            profile=caller.profile,
            training_path=self._files.path_of(training["id"]),
            validation_path=self._files.path_of(validation["id"]) if validation else None,
            waiting=self._processing(training, validation),
        )
        job = make_job(body, admission, self._settings, self._trainer, self.scenario.take(body))
        self._job_store.add(job)
        return job

    def estimate(self, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        """Price the job of a create request, by the rules of a create; no job is created."""
        create_request.check(body, caller.profile, self._trainer.hyperparameters)
        method, declared = create_request.method_of(body)
        base = self._models.trainable(caller, body["model"], method)
        data = self._files.for_training(caller, body["training_file"], "training_file")
        numbers = hyperparameters.resolved(method, declared, self._trainer.auto(method, data["rows"]))
        tokens = data["tokens"] * numbers["n_epochs"]
        return {
            "object": "fine_tuning.price_estimate",
            "model": base,
            "n_epochs": numbers["n_epochs"],
            "trained_tokens": tokens,
            "estimated_price": round(tokens / 1e6 * _USD_PER_MILLION_TOKENS, 6),
            "currency": "USD",
        }

    def _refuse_by_policy(self, body: dict[str, Any]) -> None:
        if self._settings.wind_down:
            text = "Fine-tuning is being wound down and your organization can no longer create training jobs."
            raise ApiError(403, text, code="training_not_available")
        if body.get("metadata") and not self._settings.accept_metadata:
            raise invalid("Unknown parameter: 'metadata'.", "metadata", "unknown_parameter")

    def _processing(self, *files: dict[str, Any] | None) -> float:
        """Return the seconds until the job's files are processed."""
        ready: list[float] = [
            doc["tick"] + self._settings.file_processing - self._clock.ticks() for doc in files if doc
        ]
        return max(0.0, *ready)

    def _limits(self, caller: Caller, base: str) -> None:
        same = Query(("org IN ('', ?)", "model = ?"), (caller.org, base))
        per_day, active = self._settings.max_jobs_per_day, self._settings.max_active_jobs
        if per_day and self._job_store.count(same.also("tick > ?", self._clock.ticks() - _DAY)) >= per_day:
            raise _limited(f"{per_day} fine-tuning requests per day", base, "daily_rate_limit_exceeded")
        if not active:
            return
        self._job_store.settle()
        if self._job_store.count(same.also("over = 0")) >= active:
            raise _limited(f"{active} active fine-tuning requests", base, "rate_limit_exceeded")

    def get(self, caller: Caller, job_id: str) -> Job:
        """Return a job, or raise a 404."""
        return self._job_store.get(job_id, caller.query())

    def cancel(self, caller: Caller, job_id: str) -> Job:
        """Cancel a job now, or later where cancelling is asynchronous."""
        job = self.get(caller, job_id)
        now = self._job_store.look(job)
        if now.finished:
            if self._settings.lenient or self._settings.cancel_on_finished == 200:
                return job
            raise invalid(f"Job has already ended with status '{now.status}' and cannot be cancelled.")
        delay = self._settings.cancel_delay if self._settings.cancel == "async" else 0.0
        if job["cancel_at"] is None or not delay:
            job["cancel_at"] = self._clock.ticks() + delay
        self._job_store.save(job)
        self._job_store.look(job)
        return job

    def pause(self, caller: Caller, job_id: str) -> Job:
        """Pause a running job that has done at least one step."""
        job = self.get(caller, job_id)
        now = self._job_store.look(job)
        stepped = now.progress is not None and now.progress.step >= 1
        if now.status == RUNNING and stepped:
            self._job_store.pause(job, "Fine-tuning job paused")
            return job
        if self._settings.lenient:
            return job
        why = "before its first step" if now.status == RUNNING else f"in status '{now.status}'"
        raise invalid(f"Job cannot be paused {why}. Only running jobs can be paused.")

    def resume(self, caller: Caller, job_id: str) -> Job:
        """Resume a paused job through the queue."""
        job = self.get(caller, job_id)
        now = self._job_store.look(job)
        if now.status == PAUSED:
            message = "Fine-tuning job resumed, moving job to queued state"
            self._job_store.resume(job, message, queued_for=_REQUEUE)
        elif not self._settings.lenient:
            raise invalid(f"Job cannot be resumed in status '{now.status}'. Only paused jobs can be resumed.")
        return job


def _limited(limit: str, base: str, code: str) -> ApiError:
    text = "This fine-tune request has been rate-limited. Your organization has reached the maximum of "
    return ApiError(429, f"{text}{limit} for the model '{base}'.", code=code)
