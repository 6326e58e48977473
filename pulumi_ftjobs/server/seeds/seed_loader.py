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
_GIVEN = ("finished_at", "fine_tuned_model", "result_files", "trained_tokens", "estimated_finish", "integrations",
         "shared_with_openai", "usage_metrics", "eval_id")  # fmt: skip
_NO_ERROR = {"code": None, "message": None, "param": None}


def load_seed(services: Services, path: Path) -> dict[str, int]:
    """Store a seed file's objects and return the number of each. Raises `ValueError` with one sentence."""
    plants = {"files": _file, "models": _model, "jobs": _job, "permissions": _permission}
    counts = dict.fromkeys(plants, 0)
    for kind, entries in read(path).items():
        for place in _in_order(kind, entries):
            try:
                counts[kind] += plants[kind](services, entries[place])
            except (ApiError, sqlite3.Error) as error:
                raise ValueError(f"{path}: {kind}[{place}]: {error}") from None
    return counts


def _in_order(kind: str, entries: list[dict[str, Any]]) -> list[int]:
    """Return the order of creation: lists are newest first, models oldest first."""
    places = list(range(len(entries)))
    return places if kind == "models" else sorted(places, key=lambda n: (_date(entries[n]), -n))


def _date(entry: dict[str, Any]) -> float:
    given = [entry[name] for name in ("created_at", "finished_at") if entry.get(name) is not None]
    return float(given[0]) if given else math.inf


def _owner(entry: dict[str, Any]) -> dict[str, object]:
    return {"org": EVERYBODY, "project": entry.get("project_id") or EVERYBODY}


def _file(services: Services, entry: dict[str, Any]) -> bool:
    """Store a file; without `content` it has forty chat rows."""
    file_id = entry.get("id") or identifiers.fresh("file-", 22)
    if services.store.find("files", file_id):
        return False
    text = entry.get("content")
    if text is None:
        text = "".join(json.dumps(_ROW) + "\n" for _ in range(_ROWS))
    names = ("expires_at", "status", "status_details", "bytes")
    extra: dict[str, Any] = {name: entry[name] for name in names if entry.get(name) is not None}
    extra["seeded"] = True
    if entry.get("created_at") is not None:
        extra["created"] = entry["created_at"]
    name, purpose = entry.get("filename") or "seed.jsonl", entry.get("purpose") or "fine-tune"
    services.files.keep(_owner(entry), file_id, name, purpose, text.encode(), extra)
    return True


def _model(services: Services, entry: dict[str, Any]) -> bool:
    if services.store.find("models", entry["id"]):
        return False
    created = entry.get("created")
    created = int(services.clock.calendar() if created is None else created)
    given = {name: value for name, value in entry.items() if name not in ("project_id", "created")}
    extra = {"owned_by": Caller().org, **given, "seeded": True}
    services.models.keep(_owner(entry), entry["id"], created, services.profiles.first.bases, extra)
    return True


def _permission(services: Services, entry: dict[str, Any]) -> bool:
    """Store a permission; `checkpoint` is the name of its fine-tuned model checkpoint."""
    permission = entry.get("id") or identifiers.fresh("cp_")
    if services.store.find("permissions", permission):
        return False
    created = entry.get("created_at")
    doc = {
        "id": permission,
        "project_id": entry.get("project_id") or Caller().project,
        "created_at": int(services.clock.calendar() if created is None else created),
        "seeded": True,
    }
    services.permissions.keep(entry["checkpoint"], doc)
    return True


def _job(services: Services, entry: dict[str, Any]) -> bool:
    if "id" in entry and services.store.find("jobs", entry["id"]):
        return False
    status = entry.get("status", QUEUED)
    job = _document(services, entry, status)
    _stand_still(job, services, status)
    services.job_store.add(job)
    if status in TERMINAL:
        services.job_store.end(job, status, _error(entry) if status == FAILED else None)
        result = services.trainer.result(job["run"], services.job_store.look(job).elapsed)
        for file_id in entry.get("result_files") or []:
            services.job_store.keep_result(
                job, file_id, result.metrics_csv, job["finished"] or job["created"]
            )
    return True


def _error(entry: dict[str, Any]) -> dict[str, Any] | None:
    """Return the seed's own error, or a default where it has none."""
    if "error" not in entry:
        return {**_NO_ERROR, "code": "server_error", "message": "The job failed."}
    given = {**_NO_ERROR, **(entry["error"] or {})}
    return given if any(given.values()) else None


def _document(services: Services, entry: dict[str, Any], status: str) -> Job:
    """Build a job as if it had been created with the members of the seed."""
    body = _request(entry)
    data = {
        "id": body["training_file"],
        "rows": _ROWS,
        "tokens": 20 * _ROWS,
        "digest": _DIGEST,
        "problems": {},
    }
    validation = {**data, "id": body["validation_file"]} if "validation_file" in body else None
    tick, now = services.clock.ticks(), services.clock.calendar()
    org = entry.get("organization_id") or Caller().org
    created = min(_date(entry), now) if entry.get("created_at") is None else entry["created_at"]
    project = str(_owner(entry)["project"])
    job = make_job(
        body,
        Admission(org, project, tick, created, body["model"], data, validation, services.profiles.first),
        services.settings,
        services.trainer,
    )
    job["id"] = entry.get("id", job["id"])
    job["name"] = entry.get("fine_tuned_model") or job["name"]
    job["given"] = {"status": status, **{name: entry[name] for name in _GIVEN if name in entry}}
    job["given"]["method"] = method_of(entry)[1]  # its hyperparameters, given in either place
    job["given"]["hyperparameters"] = entry.get("hyperparameters") or job["given"]["method"]
    if status in TERMINAL:
        job["finished"] = entry.get("finished_at")
        if entry.get("result_files") is not None:
            job["result_file"] = None  # those that are given are kept instead
    return job


def _request(entry: dict[str, Any]) -> dict[str, Any]:
    """Build the create request of such a job, without nulls."""
    names = ("validation_file", "seed", "metadata", "integrations", "method", "hyperparameters")
    body = {name: entry[name] for name in names if entry.get(name) is not None}
    body["model"] = entry.get("model") or "gpt-4o-mini-2024-07-18"
    body["training_file"] = entry.get("training_file") or "file-seed"
    body["suffix"] = entry.get("user_provided_suffix", entry.get("suffix"))
    return {name: _without_nulls(value) for name, value in body.items() if value is not None}


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without_nulls(item) for name, item in value.items() if item is not None}


def _stand_still(job: Job, services: Services, status: str) -> None:
    """Set the job's past to what its status needs, then stop its time."""
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
