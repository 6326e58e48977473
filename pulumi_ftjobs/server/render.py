"""Jobs and files as clients see them: the document's shape ("schema") or the shape that was recorded ("wild")."""

from __future__ import annotations

from typing import Any

from .clock import Clock
from .plan import Job
from .settings import Settings
from .standing import QUEUED, RUNNING, SUCCEEDED, VALIDATING, Standing

_AZURE_STATUS = {VALIDATING: "pending", QUEUED: "pending"}


def job_object(job: Job, now: Standing, settings: Settings, clock: Clock) -> dict[str, Any]:
    """The FineTuningJob object."""
    wild = settings.answers == "wild"
    request, method, end = job["request"], job["method"], now.ending
    succeeded = now.status == SUCCEEDED
    error = end.error if end and end.error else None
    finished = end is not None and end.validated
    shown: dict[str, Any] = {
        "object": "fine_tuning.job",
        "id": job["id"],
        "model": job["base"],
        "created_at": int(job["created"]),
        "finished_at": int(clock.calendar(end.tick)) if end and finished else None,
        "fine_tuned_model": job["name"] if succeeded or (job.get("named_early") and end) else None,
        "organization_id": job["org"],
        "result_files": [job["result_file"]] if succeeded else [],
        "status": _AZURE_STATUS.get(now.status, now.status) if job["azure"] else now.status,
        "validation_file": request.get("validation_file"),
        "training_file": request["training_file"],
        "hyperparameters": _hyperparameters(job, now),
        "trained_tokens": job.get("trained_tokens") if succeeded else None,
        "error": error or ({} if wild else None),
        "seed": job["seed"],
        "estimated_finish": None,
        "integrations": request.get("integrations") or [],
        "metadata": _metadata(job, settings),
    }
    shown["method"] = {"type": method, method: _method(job, shown["hyperparameters"])}
    if wild:
        shown |= {
            "user_provided_suffix": request.get("suffix"),
            "usage_metrics": None,
            "shared_with_openai": False,
        }
        if method == "reinforcement":
            shown["eval_id"] = f"eval_{job['id'].removeprefix('ftjob-')}"
        if method == "dpo":
            shown["hyperparameters"] = None
    elif method != "supervised":
        legacy = ("n_epochs", "batch_size", "learning_rate_multiplier")
        shown["hyperparameters"] = {k: v for k, v in shown["hyperparameters"].items() if k in legacy}
    return shown


def _hyperparameters(job: Job, now: Standing) -> dict[str, Any]:
    """As declared until the files are validated, numbers from then on; a job that ended keeps what it had."""
    reached = now.progress is not None or now.status in (QUEUED, RUNNING, "paused")
    return dict(job["resolved"] if reached and not job["verdict"] else job["declared"])


def _method(job: Job, hyperparameters: dict[str, Any]) -> dict[str, Any]:
    given = ((job["request"].get("method") or {}).get(job["method"])) or {}
    return {**given, "hyperparameters": hyperparameters}


def _metadata(job: Job, settings: Settings) -> dict[str, str] | None:
    found: dict[str, str] | None = job["request"].get("metadata")
    return found if settings.echo_metadata else None


def file_object(doc: dict[str, Any], clock: Clock, settings: Settings) -> dict[str, Any]:
    """The OpenAIFile object."""
    ready = clock.ticks() >= doc["tick"] + settings.file_processing
    shown = {
        "object": "file",
        "id": doc["id"],
        "purpose": doc["purpose"],
        "filename": doc["filename"],
        "bytes": doc["bytes"],
        "created_at": int(doc["created"]),
        "expires_at": doc.get("expires_at"),
        "status": doc.get("status") or ("processed" if ready else "uploaded"),
        "status_details": doc.get("status_details"),
    }
    return shown


def event_for_schema(event: dict[str, Any]) -> dict[str, Any]:
    """The document's shape has no null data."""
    return {**event, "data": event["data"] or {}}
