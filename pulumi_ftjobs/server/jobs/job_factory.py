"""From an accepted request to a job: everything about its future is decided here, once, and stored with it.

How long validation and the queue take, whether the data will be refused, which numbers `auto` becomes, what the model
will be called. After this a job is a function of its document and the clock.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_ftjobs.server import identifiers
from pulumi_ftjobs.server.jobs import create_request
from pulumi_ftjobs.server.jobs.scenario import ScenarioRule
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.service_profiles import OPENAI, ServiceProfile
from pulumi_ftjobs.server.training import hyperparameters
from pulumi_ftjobs.server.training.base_models import base_of
from pulumi_ftjobs.server.training.timeline import Timeline, round_seconds
from pulumi_ftjobs.server.training.trainer_interface import Failure, ScriptableTrainer, Task, Trainer
from pulumi_ftjobs.server.uploads.training_rows import FORMATS

Job = dict[str, Any]
_MICROSECOND = 1e-6
_REAL_PHASE = 0.2  # seconds; long enough for a client to see the phase in the events


@dataclass(frozen=True)
class Admission:
    """What a request was admitted with: by whom, when, on which base model and data."""

    org: str
    project: str
    tick: float
    created: float
    base: str
    training: dict[str, Any]
    validation: dict[str, Any] | None
    profile: ServiceProfile = OPENAI
    waiting: float = 0.0
    training_path: Path | None = None
    validation_path: Path | None = None


def make_job(
    body: dict[str, Any],
    admission: Admission,
    settings: Settings,
    trainer: Trainer,
    script: ScenarioRule | None = None,
) -> Job:
    """Build the document of a new job and start its run."""
    script = script or ScenarioRule()
    method, declared = create_request.method_of(body)
    seed = body.get("seed")
    if seed is None:
        seed = random.SystemRandom().randrange(2**31)
    data, valid = admission.training, admission.validation
    numbers = hyperparameters.resolved(method, declared, trainer.auto(method, data["rows"]))
    job_id = identifiers.fresh("ftjob-")
    name = _name(job_id, admission, body.get("suffix"), identifiers.fresh("", 8))
    task = Task(
        job=job_id,
        model=admission.base,
        method=method,
        hyperparameters=numbers,
        seed=seed,
        rows=data["rows"],
        tokens=data["tokens"],
        data_digest=data["digest"],
        validation_rows=valid["rows"] if valid else 0,
        training_file=admission.training_path,
        validation_file=admission.validation_path,
        grader=((body.get("method") or {}).get("reinforcement") or {}).get("grader"),
        model_name=name,
    )
    dice = random.Random(f"{seed}:{data['digest']}")  # noqa: S311  -- to repeat, not to surprise
    job: Job = {
        "id": job_id,
        "org": admission.org,
        "project": admission.project,
        "tick": admission.tick,
        "created": admission.created,
        "profile": admission.profile.name,
        "request": body,
        "base": admission.base,
        "method": method,
        "declared": hyperparameters.automatic(method, declared),
        "resolved": numbers,
        "seed": seed,
        "validating": round(_given(script.validating, _phase(trainer, dice)) + admission.waiting, 3),
        "queueing": round(_given(script.queueing, _phase(trainer, dice)), 3),
        "verdict": verdict(method, admission, body, settings),
        "run": trainer.start(task),
        "timeline": Timeline.starting(admission.tick).dump(),
        "notes": [],
        "cancel_at": None,
        "end": None,
        "name": name,
        "result_file": identifiers.fresh("file-", 22),
    }
    if isinstance(trainer, ScriptableTrainer):
        follow(script, job, trainer)
    if trainer.slots is not None:
        _hold_in_queue(job)
    return job


def _phase(trainer: Trainer, dice: random.Random) -> float:
    """Seconds of validation or queue: as the service was seen to take; where training is real, only what it takes."""
    return dice.uniform(20, 40) if trainer.simulated else _REAL_PHASE


def training_starts(job: Job) -> float:
    """Return the seconds of a job's time before training."""
    return round_seconds(job["validating"] + job["queueing"])


def _given(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _hold_in_queue(job: Job) -> None:
    """Stop the job's time just before training, until the scheduler has a slot for it."""
    timeline = Timeline.load(job["timeline"])
    before = round_seconds(training_starts(job) - _MICROSECOND)
    timeline.set_rate(job["tick"] + before, 0.0, "queued", value=before)
    job["timeline"] = timeline.dump()


def awaits_slot(job: Job, tick: float) -> bool:
    """Tell whether a queued job needs nothing but a slot of the trainer."""
    segment = Timeline.load(job["timeline"]).segment_at(tick)
    return segment.rate == 0 and segment.label == "queued"


def follow(script: ScenarioRule, job: Job, trainer: ScriptableTrainer) -> None:
    """Apply a scenario rule to a new job."""
    if script.training is not None:
        job["run"] = trainer.with_duration(job["run"], script.training)
    if script.fail:
        _plan_failure(script.fail, job, trainer)
    starts = training_starts(job)
    timeline = Timeline.load(job["timeline"])
    if script.stay:
        still = {"validating_files": 0.0, "queued": job["validating"], "running": starts}[script.stay]
        timeline.set_rate(job["tick"] + still, 0.0, value=still)
    elif script.pause_at_step is not None:
        work = starts + trainer.moment(job["run"], script.pause_at_step)
        at = job["tick"] + work
        timeline.set_rate(at, 0.0, "paused", value=work)
        job["notes"].append([at, "info", "message", "Fine-tuning job paused", {}])
        if script.resume_after is not None:
            timeline.set_rate(at + script.resume_after, 1.0)
            job["notes"].append([at + script.resume_after, "info", "message", "Fine-tuning job resumed", {}])
    job["timeline"] = timeline.dump()


def _plan_failure(fail: dict[str, Any], job: Job, trainer: ScriptableTrainer) -> None:
    code, param, phase = fail["code"], fail.get("param"), fail.get("phase", "training")
    message = fail.get("message") or f"The job failed: {code}."
    if phase == "validation":
        job["verdict"] = _error(code, message, param)
        return
    job["run"] = trainer.fail_at(job["run"], Failure(code, message, param, fail.get("at_step")))
    job["moderated"] = phase == "moderation"


def _name(job_id: str, admission: Admission, suffix: str | None, eight: str) -> str:
    if admission.profile.azure_vocabulary:
        tail = f"-{suffix}" if suffix else ""
        return f"{admission.base}.{job_id.replace('ftjob-', 'ft-').lower()}{tail}"
    organization = "personal" if admission.org.startswith("org-") else identifiers.slug(admission.org)
    return identifiers.model_name(base_of(admission.base), organization, suffix, eight)


def verdict(
    method: str, admission: Admission, body: dict[str, Any], settings: Settings
) -> dict[str, Any] | None:
    """Return why validation will fail this job, or None."""
    found = _judge("training", method, admission, admission.training, settings.min_rows)
    if found is None and admission.validation is not None:
        found = _judge("validation", method, admission, admission.validation, 1)
    if found is None and method == "reinforcement" and not body.get("validation_file"):
        return _error(
            "invalid_validation_file", "Reinforcement fine-tuning needs a validation file.", "validation_file"
        )
    return found


def _judge(
    which: str, method: str, admission: Admission, data: dict[str, Any], least: int
) -> dict[str, Any] | None:
    wanted = admission.profile.bases.row_format(admission.base, method, data["problems"])
    problem = data["problems"].get(wanted)
    param = f"{which}_file"
    if problem is not None:
        other = next((name for name, found in data["problems"].items() if found is None), None)
        text = f"The job failed due to an invalid {which} file. Invalid file format. Input file {data['id']} "
        if other:
            text += f"is in the {FORMATS[other]} format, but the specified model {admission.base} (provided "
            text += f"method={method}) needs the {FORMATS[wanted]} format."
        else:
            text += f"has a bad row at line {problem['line']}: {problem['reason']}."
        return _error(f"invalid_{which}_file", text, param)
    if data["rows"] < least:
        text = f"{which.capitalize()} file has {data['rows']} example(s), but must have at least {least} examples"
        return _error("invalid_n_examples", text, param)
    return None


def _error(code: str, message: str, param: str | None) -> dict[str, Any]:
    return {"code": code, "message": message, "param": param}
