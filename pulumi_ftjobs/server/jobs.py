"""Jobs: created, looked at, cancelled, paused, resumed. The state machine's rules, and the moment a job's end is written.

Nothing runs in the background. A job's standing is computed when somebody looks; when its end has passed, the first one
to look (at a job, a file or a model) writes the end with everything it leaves behind, in one transaction.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from . import create_request, ids
from .clock import Clock
from .errors import ApiError, invalid, job_not_found
from .files import Files
from .models import Models
from .plan import Admission, Job, make_job
from .settings import Settings
from .standing import CANCELLED, PAUSED, QUEUED, RUNNING, SUCCEEDED, Ending, Standing, ending, standing
from .store import Query, Row, Store
from .timeline import Timeline
from .trainer import Trainer

if TYPE_CHECKING:
    from .world import Caller

_DAY = 86_400.0
_REQUEUE = 15.0  # seconds in the queue after a resume


class Jobs:
    """The noun "job" on the store."""

    def __init__(
        self, store: Store, clock: Clock, settings: Settings, trainer: Trainer, files: Files, models: Models
    ) -> None:
        self._store, self._clock, self._settings, self._trainer = store, clock, settings, trainer
        self._files, self._models = files, models

    def create(self, caller: Caller, body: dict[str, Any]) -> Job:
        """Accept a job, or refuse it by the first rule it breaks."""
        if self._settings.wind_down:
            text = "Fine-tuning is being wound down and your organization can no longer create training jobs."
            raise ApiError(403, text, code="training_not_available")
        if body.get("metadata") and not self._settings.accept_metadata:
            raise invalid("Unknown parameter: 'metadata'.", "metadata", "unknown_parameter")
        create_request.check(body, extra=frozenset({"trainingType", "type"}) if caller.azure else frozenset())
        method, _ = create_request.method_of(body)
        base = self._models.trainable(caller, body["model"], method)
        training = self._files.for_training(caller, body["training_file"], "training_file")
        validation = None
        if body.get("validation_file"):
            validation = self._files.for_training(caller, body["validation_file"], "validation_file")
        self._limits(caller, base)
        admission = Admission(
            caller.org,
            caller.project,
            self._clock.ticks(),
            self._clock.calendar(),
            base,
            training,
            validation,
            caller.azure,
        )
        job = make_job(body, admission, self._settings, self._trainer)
        self.add(job)
        return job

    def add(self, job: Job) -> None:
        """Put a job into the store."""
        metadata = (job["request"].get("metadata")) or None
        self._store.insert(
            "jobs",
            job,
            org=job["org"],
            project=job["project"],
            model=job["base"],
            tick=job["tick"],
            metadata=json.dumps(metadata) if metadata else None,
            over=int(job["end"] is not None),
            due=self._due(job),
        )

    def _limits(self, caller: Caller, base: str) -> None:
        same = Query(("org = ?", "model = ?"), (caller.org, base))
        per_day, active = self._settings.max_jobs_per_day, self._settings.max_active_jobs
        if (
            per_day
            and self._store.count("jobs", same.also("tick > ?", self._clock.ticks() - _DAY)) >= per_day
        ):
            text = (
                "This fine-tune request has been rate-limited. Your organization has reached the maximum of "
                f"{per_day} fine-tuning requests per day for the model '{base}'."
            )
            raise ApiError(429, text, code="daily_rate_limit_exceeded")
        if not active:
            return
        self.settle()
        if self._store.count("jobs", same.also("over = 0")) >= active:
            text = (
                "This fine-tune request has been rate-limited. Your organization has reached the maximum of "
                f"{active} active fine-tuning requests for the model '{base}'."
            )
            raise ApiError(429, text, code="rate_limit_exceeded")

    def get(self, caller: Caller, job_id: str) -> tuple[Job, Standing]:
        """A job and where it stands, or 404."""
        row = self._store.find("jobs", job_id, caller.query())
        if row is None:
            raise job_not_found(job_id)
        return self._look(row.doc)

    def any(self, job_id: str) -> Job:
        """A job whoever owns it, for operators."""
        row = self._store.find("jobs", job_id)
        if row is None:
            raise job_not_found(job_id)
        return self._look(row.doc)[0]

    def page(self, query: Query, limit: int) -> list[tuple[Row, Standing]]:
        """Jobs newest first with their standings."""
        shown = []
        for row in self._store.rows("jobs", query, limit=limit):
            job, now = self._look(row.doc)
            shown.append((Row(row.seq, job), now))
        return shown

    def cancel(self, caller: Caller, job_id: str) -> tuple[Job, Standing]:
        """End a job now, or in a while where cancelling is asynchronous."""
        job, now = self.get(caller, job_id)
        if now.over:
            if self._settings.lenient or self._settings.cancel_on_finished == 200:
                return job, now
            raise invalid(f"Job has already ended with status '{now.status}' and cannot be cancelled.")
        delay = self._settings.cancel_delay if self._settings.cancel == "async" else 0.0
        if job["cancel_at"] is None or not delay:
            job["cancel_at"] = self._clock.ticks() + delay
        self.save(job)
        return self._look(job)

    def pause(self, caller: Caller, job_id: str) -> tuple[Job, Standing]:
        """Pause a running job that has done at least one step."""
        job, now = self.get(caller, job_id)
        if (
            now.status != RUNNING
            or now.progress is None
            or (now.progress.step < 1 and not self._settings.lenient)
        ):
            if self._settings.lenient:
                return job, now
            why = "before its first step" if now.status == RUNNING else f"in status '{now.status}'"
            raise invalid(f"Job cannot be paused {why}. Only running jobs can be paused.")
        self.bend(job, rate=0.0, label=PAUSED)
        job["run"] = self._trainer.pause(job["run"], now.elapsed)
        self.note(job, "info", "Fine-tuning job paused")
        self.save(job)
        return self._look(job)

    def resume(self, caller: Caller, job_id: str) -> tuple[Job, Standing]:
        """Let a paused job go on, through the queue."""
        job, now = self.get(caller, job_id)
        if now.status != PAUSED:
            if self._settings.lenient:
                return job, now
            raise invalid(f"Job cannot be resumed in status '{now.status}'. Only paused jobs can be resumed.")
        self.bend(job, rate=0.0, label=QUEUED)
        self.bend(job, rate=1.0, after=_REQUEUE)
        job["run"] = self._trainer.resume(job["run"], now.elapsed)
        self.note(job, "info", "Fine-tuning job resumed, moving job to queued state")
        self.save(job)
        return self._look(job)

    def bend(
        self, job: Job, *, rate: float, label: str | None = None, after: float = 0.0, leap: float = 0.0
    ) -> None:
        """Change how fast a job goes on, now or in a while."""
        timeline = Timeline.load(job["timeline"])
        timeline.bend(self._clock.ticks() + after, rate, label, leap)
        job["timeline"] = timeline.dump()

    def note(self, job: Job, level: str, message: str, kind: str = "message", data: Any = None) -> None:
        """Add an event that no plan foresaw."""
        job["notes"].append([self._clock.ticks(), level, kind, message, {} if data is None else data])

    def save(self, job: Job) -> None:
        """Write a changed job back."""
        self._store.replace("jobs", job, over=int(job["end"] is not None), due=self._due(job))

    def end(self, job: Job, status: str, error: dict[str, Any] | None = None) -> None:
        """An operator ends a job here and now."""
        self._write_end(job, Ending(self._clock.ticks(), status, error))

    def remove(self, job_id: str) -> None:
        """Make a job vanish without a trace."""
        self._store.delete("jobs", job_id)

    def settle(self) -> None:
        """Write the end of every job whose end has passed, so that its model and files are there to be found."""
        due = Query(("over = 0", "due <= ?"), (self._clock.ticks(),))
        for row in self._store.rows("jobs", due, newest_first=False):
            self._look(row.doc)

    def look(self, job: Job) -> Standing:
        """Where this job stands now."""
        return self._look(job)[1]

    def _look(self, job: Job) -> tuple[Job, Standing]:
        now = standing(job, self._clock.ticks(), self._trainer)
        if now.ending is not None and job["end"] is None:
            self._write_end(job, now.ending)
        return job, now

    def _write_end(self, job: Job, end: Ending) -> None:
        now = standing(job, end.tick, self._trainer)
        with self._store.transaction():
            if end.status == SUCCEEDED:
                self._leave_behind(job, now, end)
            elif end.status == CANCELLED:
                job["run"] = self._trainer.stop(job["run"], now.elapsed)
            job["end"] = asdict(end)
            self.save(job)

    def _leave_behind(self, job: Job, now: Standing, end: Ending) -> None:
        """Model, result file and checkpoints of a job that succeeded."""
        result = self._trainer.result(job["run"], now.elapsed)
        kept = result.snapshots[-self._settings.checkpoints_per_job :]
        job["trained_tokens"] = result.trained_tokens
        job["checkpoints"] = []
        for snapshot in kept:
            last = snapshot is kept[-1]
            eight = ids.derived("", job["id"], snapshot.step, length=8)
            stem = job["name"].rpartition(":")[0]
            name = job["name"] if last or job["azure"] else f"{stem}:{eight}:ckpt-step-{snapshot.step}"
            doc = {
                "id": ids.derived("ftckpt_", job["id"], snapshot.step),
                "step": snapshot.step,
                "name": name,
                "created": int(self._clock.calendar(end.tick)),
                "metrics": dict(snapshot.metrics),
            }
            job["checkpoints"].append(doc)
            self._store.insert("checkpoints", doc, job=job["id"], name=name)
        owner: dict[str, object] = {"org": job["org"], "project": job["project"]}
        self._models.keep(owner, job["name"], int(self._clock.calendar(end.tick)))
        data = result.metrics_csv.encode()
        if self._settings.result_encoding == "base64":
            data = base64.b64encode(data)
        self._files.keep(owner, job["result_file"], "step_metrics.csv", "fine-tune-results", data)

    def _due(self, job: Job) -> float | None:
        end = None if job["end"] else ending(job, self._trainer)
        return end.tick if end else None
