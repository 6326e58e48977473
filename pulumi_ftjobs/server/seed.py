"""A world to begin with: jobs, files, models and permissions with given ids, from a JSON file.

Each object has the API's own shape and says as much as its author cares about; what is missing is filled in. An object
whose id is in the store already is left alone, so a server may be started on its store with the same seed again. Jobs
that are not over stand still in the status they were given until somebody acts on them. In lenient mode deleting a
seeded object is answered as usual and leaves it there, so that a test suite may delete and retrieve in any order.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import ids
from .caller import Caller
from .plan import Admission, Job, make_job, training_starts
from .standing import CANCELLED, FAILED, PAUSED, QUEUED, RUNNING, SUCCEEDED, VALIDATING
from .timeline import Timeline
from .world import World

_KINDS = ("files", "models", "jobs", "permissions")
_ROW = {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello to you"}]}
_ROWS = 40
_STATUSES = (VALIDATING, QUEUED, RUNNING, PAUSED, SUCCEEDED, FAILED, CANCELLED)
_DIGEST = "seeded"


def plant(world: World, path: Path) -> dict[str, int]:
    """Put a seed file's objects into the world and say how many of each; raises `ValueError` with a sentence."""
    document = json.loads(path.read_text("utf-8"))
    if not isinstance(document, dict) or set(document) - set(_KINDS):
        raise ValueError(f"{path}: a seed file is an object with the lists {', '.join(_KINDS)}")
    plants = {"files": _file, "models": _model, "jobs": _job, "permissions": _permission}
    counts = dict.fromkeys(_KINDS, 0)
    for kind in _KINDS:
        for place, wish in enumerate(document.get(kind, [])):
            try:
                counts[kind] += plants[kind](world, _plausible(dict(wish)))
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}: {kind}[{place}]: {error!r}") from None
    return counts


def _plausible(wish: dict[str, Any]) -> dict[str, Any]:
    """The wish itself; raises `TypeError` where a date or an id is none."""
    if not isinstance(wish.get("id", ""), str):
        raise TypeError("id must be a string")
    for name in ("created", "created_at", "finished_at"):
        if not isinstance(wish.get(name) or 0, (int, float)):
            raise TypeError(f"{name} must be seconds since 1970")
    return wish


def _owner(wish: dict[str, Any]) -> dict[str, Any]:
    somebody = Caller()
    return {
        "org": wish.get("organization_id", somebody.org),
        "project": wish.get("project_id", somebody.project),
    }


def _file(world: World, wish: dict[str, Any]) -> bool:
    """A file; `content` may carry its text, otherwise forty chat rows stand in for it."""
    file_id = wish.get("id") or ids.fresh("file-", 22)
    if world.store.find("files", file_id):
        return False
    purpose = wish.get("purpose", "fine-tune")
    text = wish.get("content") or "".join(json.dumps(_ROW) + "\n" for _ in range(_ROWS))
    extra: dict[str, Any] = {
        name: wish[name] for name in ("expires_at", "status", "status_details", "bytes") if name in wish
    }
    extra["seeded"] = True
    if "created_at" in wish:
        extra["created"] = wish["created_at"]
    world.files.keep(_owner(wish), file_id, wish.get("filename", "seed.jsonl"), purpose, text.encode(), extra)
    return True


def _model(world: World, wish: dict[str, Any]) -> bool:
    if world.store.find("models", wish["id"]):
        return False
    world.models.keep(
        _owner(wish), wish["id"], int(wish.get("created", world.clock.calendar())), {**wish, "seeded": True}
    )
    return True


def _permission(world: World, wish: dict[str, Any]) -> bool:
    """A permission; `checkpoint` is the name of the fine-tuned model checkpoint it is about."""
    permission = wish.get("id") or ids.fresh("cp_")
    if world.store.find("permissions", permission):
        return False
    doc = {
        "id": permission,
        "project_id": wish.get("project_id", "proj_default"),
        "created_at": int(wish.get("created_at", world.clock.calendar())),
        "seeded": True,
    }
    world.permissions.keep(wish["checkpoint"], doc)
    return True


def _job(world: World, wish: dict[str, Any]) -> bool:
    if "id" in wish and world.store.find("jobs", wish["id"]):
        return False
    status = wish.get("status", QUEUED)
    if status not in _STATUSES:
        raise ValueError(f"status must be one of {', '.join(_STATUSES)}")
    job = _document(world, wish)
    _stand_still(job, world, status)
    world.ledger.add(job)
    if status == SUCCEEDED:
        world.ledger.end(job, SUCCEEDED)
    elif status in (FAILED, CANCELLED):
        error = wish.get("error") or {"code": "server_error", "message": "The job failed.", "param": None}
        world.ledger.end(job, status, error if status == FAILED else None)
    _keep_as_told(world, job, wish)
    return True


def _document(world: World, wish: dict[str, Any]) -> Job:
    """A job as if it had been created with what the seed says about it."""
    owner, suffix = _owner(wish), wish.get("user_provided_suffix", wish.get("suffix"))
    body = {
        "model": wish.get("model", "gpt-4o-mini-2024-07-18"),
        "training_file": wish.get("training_file", "file-seed"),
        "validation_file": wish.get("validation_file"),
        "suffix": suffix,
        "seed": wish.get("seed"),
        "metadata": wish.get("metadata"),
        "integrations": wish.get("integrations"),
        "method": wish.get("method"),
        "hyperparameters": wish.get("hyperparameters"),
    }
    data = {
        "id": body["training_file"],
        "rows": _ROWS,
        "tokens": 20 * _ROWS,
        "digest": _DIGEST,
        "problems": {},
    }
    validation = {**data, "id": body["validation_file"]} if body["validation_file"] else None
    tick, now = world.clock.ticks(), world.clock.calendar()
    created = wish.get("created_at", min(now, wish.get("finished_at") or now))
    admission = Admission(owner["org"], owner["project"], tick, created, body["model"], data, validation)
    body = {name: value for name, value in body.items() if value is not None}
    job = make_job(body, admission, world.settings, world.trainer)
    job["id"] = wish.get("id", job["id"])
    if wish.get("status") in (SUCCEEDED, FAILED, CANCELLED):
        job["finished"] = wish.get("finished_at")
    job["name"] = wish.get("fine_tuned_model") or job["name"]
    job["result_file"] = next(iter(wish.get("result_files") or []), job["result_file"])
    return job


def _stand_still(job: Job, world: World, status: str) -> None:
    """Give the job as much past as its status needs, then stop its time."""
    starts = training_starts(job)
    run = world.trainer.progress(job["run"], 0.0).ends or 0.0
    past = {
        VALIDATING: 0.0,
        QUEUED: job["validating"],
        RUNNING: starts + run / 2,
        PAUSED: starts + run / 2,
    }
    work = past.get(status, starts + run)
    timeline = Timeline.starting(job["tick"] - work)
    timeline.bend(job["tick"], 0.0, PAUSED if status == PAUSED else None, value=work)
    job["timeline"] = timeline.dump()


def _keep_as_told(world: World, job: Job, wish: dict[str, Any]) -> None:
    """What a finished job's seed says beats what was computed for it."""
    if "trained_tokens" in wish:
        job["trained_tokens"] = wish["trained_tokens"]
    world.ledger.save(job)
