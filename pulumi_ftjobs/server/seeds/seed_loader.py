"""Objects to begin with: jobs, files, models and permissions with given ids, from a JSON file.

Each object has the API's shape and may leave out members; missing ones are filled in, given ones are shown as they are.
An object whose id is in the store already is skipped, so a server may be restarted on its store with the same seed.
Every caller sees seeded objects, except those with a `project_id`. Unfinished jobs stay in their status until an
operator acts on them. In lenient mode deleting a seeded object is answered as usual and keeps the object, so that a
test suite may delete and retrieve in any order.
"""

from __future__ import annotations

import json
import math
import sqlite3
from pathlib import Path
from typing import Any

from pulumi_ftjobs.server import identifiers
from pulumi_ftjobs.server.caller import EVERYBODY, Caller
from pulumi_ftjobs.server.jobs.create_request import method_of
from pulumi_ftjobs.server.jobs.job_factory import Admission, Job, make_job, training_starts
from pulumi_ftjobs.server.jobs.job_status import FAILED, PAUSED, QUEUED, RUNNING, TERMINAL, VALIDATING
from pulumi_ftjobs.server.seeds.seed_schema import read
from pulumi_ftjobs.server.server_errors import ApiError
from pulumi_ftjobs.server.services import Services
from pulumi_ftjobs.server.training.timeline import Timeline

_ROW = {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello to you"}]}
_ROWS = 40
_DIGEST = "seeded"
_TOLD = ("finished_at", "fine_tuned_model", "result_files", "trained_tokens", "estimated_finish", "integrations",
         "shared_with_openai", "usage_metrics", "eval_id")  # fmt: skip
_NO_ERROR = {"code": None, "message": None, "param": None}


def load_seed(services: Services, path: Path) -> dict[str, int]:
    """Put a seed file's objects into the services and say how many of each; raises `ValueError` with a sentence."""
    plants = {"files": _file, "models": _model, "jobs": _job, "permissions": _permission}
    counts = dict.fromkeys(plants, 0)
    for kind, wishes in read(path).items():
        for place in _in_order(kind, wishes):
            try:
                counts[kind] += plants[kind](services, wishes[place])
            except (ApiError, sqlite3.Error) as error:
                raise ValueError(f"{path}: {kind}[{place}]: {error}") from None
    return counts


def _in_order(kind: str, wishes: list[dict[str, Any]]) -> list[int]:
    """Places as the objects would have been made: lists come newest first, and models as they are told."""
    places = list(range(len(wishes)))
    return places if kind == "models" else sorted(places, key=lambda n: (_date(wishes[n]), -n))


def _date(wish: dict[str, Any]) -> float:
    told = [wish[name] for name in ("created_at", "finished_at") if wish.get(name) is not None]
    return float(told[0]) if told else math.inf


def _owner(wish: dict[str, Any]) -> dict[str, object]:
    return {"org": EVERYBODY, "project": wish.get("project_id") or EVERYBODY}


def _file(services: Services, wish: dict[str, Any]) -> bool:
    """A file; `content` may carry its text, otherwise forty chat rows stand in for it."""
    file_id = wish.get("id") or identifiers.fresh("file-", 22)
    if services.store.find("files", file_id):
        return False
    text = wish.get("content")
    if text is None:
        text = "".join(json.dumps(_ROW) + "\n" for _ in range(_ROWS))
    names = ("expires_at", "status", "status_details", "bytes")
    extra: dict[str, Any] = {name: wish[name] for name in names if wish.get(name) is not None}
    extra["seeded"] = True
    if wish.get("created_at") is not None:
        extra["created"] = wish["created_at"]
    name, purpose = wish.get("filename") or "seed.jsonl", wish.get("purpose") or "fine-tune"
    services.files.keep(_owner(wish), file_id, name, purpose, text.encode(), extra)
    return True


def _model(services: Services, wish: dict[str, Any]) -> bool:
    if services.store.find("models", wish["id"]):
        return False
    created = wish.get("created")
    created = int(services.clock.calendar() if created is None else created)
    told = {name: value for name, value in wish.items() if name not in ("project_id", "created")}
    extra = {"owned_by": Caller().org, **told, "seeded": True}
    services.models.keep(_owner(wish), wish["id"], created, services.profiles.first.bases, extra)
    return True


def _permission(services: Services, wish: dict[str, Any]) -> bool:
    """A permission; `checkpoint` is the name of the fine-tuned model checkpoint it is about."""
    permission = wish.get("id") or identifiers.fresh("cp_")
    if services.store.find("permissions", permission):
        return False
    created = wish.get("created_at")
    doc = {
        "id": permission,
        "project_id": wish.get("project_id") or Caller().project,
        "created_at": int(services.clock.calendar() if created is None else created),
        "seeded": True,
    }
    services.permissions.keep(wish["checkpoint"], doc)
    return True


def _job(services: Services, wish: dict[str, Any]) -> bool:
    if "id" in wish and services.store.find("jobs", wish["id"]):
        return False
    status = wish.get("status", QUEUED)
    job = _document(services, wish, status)
    _stand_still(job, services, status)
    services.job_store.add(job)
    if status in TERMINAL:
        services.job_store.end(job, status, _error(wish) if status == FAILED else None)
        result = services.trainer.result(job["run"], services.job_store.look(job).elapsed)
        for file_id in wish.get("result_files") or []:
            services.job_store.keep_result(
                job, file_id, result.metrics_csv, job["finished"] or job["created"]
            )
    return True


def _error(wish: dict[str, Any]) -> dict[str, Any] | None:
    """Why a job failed, as told; a made-up reason only where nothing is."""
    if "error" not in wish:
        return {**_NO_ERROR, "code": "server_error", "message": "The job failed."}
    told = {**_NO_ERROR, **(wish["error"] or {})}
    return told if any(told.values()) else None


def _document(services: Services, wish: dict[str, Any], status: str) -> Job:
    """A job as if it had been created with what the seed says about it."""
    body = _request(wish)
    data = {
        "id": body["training_file"],
        "rows": _ROWS,
        "tokens": 20 * _ROWS,
        "digest": _DIGEST,
        "problems": {},
    }
    validation = {**data, "id": body["validation_file"]} if "validation_file" in body else None
    tick, now = services.clock.ticks(), services.clock.calendar()
    org = wish.get("organization_id") or Caller().org
    created = min(_date(wish), now) if wish.get("created_at") is None else wish["created_at"]
    project = str(_owner(wish)["project"])
    job = make_job(
        body,
        Admission(org, project, tick, created, body["model"], data, validation, services.profiles.first),
        services.settings,
        services.trainer,
    )
    job["id"] = wish.get("id", job["id"])
    job["name"] = wish.get("fine_tuned_model") or job["name"]
    job["told"] = {"status": status, **{name: wish[name] for name in _TOLD if name in wish}}
    job["told"]["method"] = method_of(wish)[1]  # its hyperparameters, told in either place
    job["told"]["hyperparameters"] = wish.get("hyperparameters") or job["told"]["method"]
    if status in TERMINAL:
        job["finished"] = wish.get("finished_at")
        if wish.get("result_files") is not None:
            job["result_file"] = None  # those that are told are kept instead
    return job


def _request(wish: dict[str, Any]) -> dict[str, Any]:
    """The request that would have made such a job: nothing in it is null."""
    names = ("validation_file", "seed", "metadata", "integrations", "method", "hyperparameters")
    body = {name: wish[name] for name in names if wish.get(name) is not None}
    body["model"] = wish.get("model") or "gpt-4o-mini-2024-07-18"
    body["training_file"] = wish.get("training_file") or "file-seed"
    body["suffix"] = wish.get("user_provided_suffix", wish.get("suffix"))
    return {name: _without_nulls(value) for name, value in body.items() if value is not None}


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without_nulls(item) for name, item in value.items() if item is not None}


def _stand_still(job: Job, services: Services, status: str) -> None:
    """Give the job as much past as its status needs, then stop its time."""
    starts = training_starts(job)
    run = services.trainer.progress(job["run"], 0.0).ends or 0.0
    past = {
        VALIDATING: 0.0,
        QUEUED: job["validating"],
        RUNNING: starts + run / 2,
        PAUSED: starts + run / 2,
    }
    work = past.get(status, starts + run)
    timeline = Timeline.starting(job["tick"] - work)
    timeline.set_rate(job["tick"], 0.0, PAUSED if status == PAUSED else None, value=work)
    job["timeline"] = timeline.dump()
