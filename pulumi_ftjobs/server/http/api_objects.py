"""Objects as clients see them: in the shape of the OpenAPI document ("schema") or as recorded ("wild")."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.server.http import azure_vocabulary
from pulumi_ftjobs.server.jobs.job_factory import Job
from pulumi_ftjobs.server.jobs.job_status import SUCCEEDED, JobStatus, ended_on
from pulumi_ftjobs.server.server_clock import Clock
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.service_profiles import OPENAI, ServiceProfile

_LEGACY = ("n_epochs", "batch_size", "learning_rate_multiplier")


def job_object(
    job: Job, now: JobStatus, settings: Settings, clock: Clock, profile: ServiceProfile = OPENAI
) -> dict[str, Any]:
    """Build the FineTuningJob object as the service of this profile shows it."""
    wild = settings.answers == "wild"
    request, end = job["request"], now.ending
    succeeded = now.status == SUCCEEDED
    # A job that was refused after training has a name already; one that failed in validation has no finished_at.
    named = succeeded or (end is not None and bool(job.get("moderated")))
    named = named and not profile.deploys and end is not None
    if named and end is not None and profile.name_delay:
        named = clock.ticks() >= end.tick + profile.name_delay
    finished = end is not None and end.validated
    given = _given(job, now)
    hyperparameters = dict(job["resolved"] if now.validated else job["declared"])
    legacy = {**hyperparameters, **given.pop("hyperparameters", {})}
    hyperparameters |= given.pop("method", {})
    shown: dict[str, Any] = {
        "object": "fine_tuning.job",
        "id": job["id"],
        "model": job["base"],
        "created_at": int(job["created"]),
        "finished_at": ended_on(job, end, clock) if end and finished else None,
        "fine_tuned_model": job["name"] if named else None,
        "organization_id": job["org"],
        "result_files": [job["result_file"]] if succeeded and job["result_file"] else [],
        "status": now.status,
        "validation_file": request.get("validation_file"),
        "training_file": request["training_file"],
        "hyperparameters": _legacy(job["method"], legacy, profile, wild=wild),
        "trained_tokens": job.get("trained_tokens") if succeeded else None,
        "error": (end.error if end else None) or ({} if wild else None),
        "seed": job["seed"],
        "estimated_finish": None,
        "integrations": request.get("integrations") or [],
        "metadata": request.get("metadata") if settings.echo_metadata and profile.keeps_metadata else None,
        "method": _method(job, hyperparameters),
    }
    if wild and profile.name == OPENAI.name:
        shown |= _unlisted(job)
    shown |= {name: value for name, value in given.items() if name in shown}
    if profile.counts_steps:
        shown |= _steps(job, now)
    hidden = {"method", "hyperparameters"} - profile.members
    shown = {name: value for name, value in shown.items() if name not in hidden}
    return azure_vocabulary.job(shown) if profile.azure_vocabulary else shown


def _steps(job: Job, now: JobStatus) -> dict[str, Any]:
    done = now.progress.step if now.progress else 0
    return {"trained_steps": done, "total_steps": job["run"].get("steps")}


def _given(job: Job, now: JobStatus) -> dict[str, Any]:
    """What a seed says of a job; it beats what is computed as long as the job is in the status it was given."""
    given = dict(job.get("given") or {})
    return given if given.pop("status", None) == now.status else {}


def _legacy(
    method: str, hyperparameters: dict[str, Any], profile: ServiceProfile, *, wild: bool
) -> dict[str, Any] | None:
    """Build the old place of the hyperparameters: promised always, recorded as null for dpo."""
    if wild and method == "dpo":
        return None
    names = [*_LEGACY, *sorted(profile.hyperparameters)]
    refused = profile.refused_hyperparameters
    return {name: hyperparameters[name] for name in names if name in hyperparameters and name not in refused}


def _method(job: Job, hyperparameters: dict[str, Any]) -> dict[str, Any]:
    name = job["method"]
    given = ((job["request"].get("method") or {}).get(name)) or {}
    return {"type": name, name: {**given, "hyperparameters": hyperparameters}}


def _unlisted(job: Job) -> dict[str, Any]:
    """Return members that the service sends and its document does not list."""
    found = {
        "user_provided_suffix": job["request"].get("suffix"),
        "usage_metrics": None,
        "shared_with_openai": False,
    }
    if job["method"] == "reinforcement":
        found["eval_id"] = f"eval_{job['id'].removeprefix('ftjob-')}"
    return found


def file_object(doc: dict[str, Any], clock: Clock, settings: Settings) -> dict[str, Any]:
    """The OpenAIFile object; members without a value are left out in the document's shape."""
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
    if settings.answers == "wild":
        return shown
    return {name: value for name, value in shown.items() if value is not None}


def event_object(event: dict[str, Any], settings: Settings, profile: ServiceProfile) -> dict[str, Any]:
    """The FineTuningJobEvent object; the document's shape knows no null data and two types only."""
    if settings.answers == "schema":
        kind = "metrics" if event["type"] == "metrics" else "message"
        event = {**event, "data": event["data"] or {}, "type": kind}
    return azure_vocabulary.event(event) if profile.azure_vocabulary else event


def checkpoint_object(job: Job, doc: dict[str, Any], profile: ServiceProfile) -> dict[str, Any]:
    """Build the FineTuningJobCheckpoint object."""
    shown = {
        "object": "fine_tuning.job.checkpoint",
        "id": doc["id"],
        "created_at": doc["created"],
        "fine_tuned_model_checkpoint": doc["name"],
        "fine_tuning_job_id": job["id"],
        "step_number": doc["step"],
        "metrics": doc["metrics"],
    }
    if profile.checkpoint_files:
        shown["result_files"] = [job["result_file"]] if job["result_file"] else []
    return shown
