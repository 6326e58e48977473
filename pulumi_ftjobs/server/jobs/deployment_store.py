"""Deployments of tuned models, on services where a model exists only after it was deployed."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.server import identifiers
from pulumi_ftjobs.server.caller import Caller
from pulumi_ftjobs.server.jobs.job_status import SUCCEEDED
from pulumi_ftjobs.server.jobs.job_store import JobStore
from pulumi_ftjobs.server.server_clock import Clock
from pulumi_ftjobs.server.server_errors import invalid, model_not_found
from pulumi_ftjobs.server.storage.record_store import Query, Store

_VALIDATION_SECONDS = 20.0
_MEMBERS = ("source", "base_model", "name", "description")
_DEPLOYED = "json_extract(doc, '$.deployment') IS NOT NULL"


class DeploymentStore:
    """Deployments, kept beside the models that they make callable."""

    def __init__(self, store: Store, clock: Clock, job_store: JobStore) -> None:
        self._store, self._clock, self._job_store = store, clock, job_store

    def create(self, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        """Deploy a checkpoint of a finished job, `source` being `<job id>:<checkpoint id>` or the job's id alone."""
        unknown = sorted(set(body) - set(_MEMBERS))
        if unknown:
            raise invalid(f"extra fields not permitted: {', '.join(unknown)}", unknown[0])
        for name in ("source", "base_model", "name"):
            if not isinstance(body.get(name), str) or not body[name]:
                raise invalid(f"'{name}' is a required property", name)
        job_id, _, checkpoint = body["source"].partition(":")
        job = self._job_store.get(job_id, caller.query())
        if self._job_store.look(job).status != SUCCEEDED:
            raise invalid(f"Job {job_id} has not succeeded.", "source")
        if checkpoint and all(checkpoint != found["id"] for found in job["checkpoints"]):
            raise invalid(f"Job {job_id} has no checkpoint {checkpoint}.", "source")
        if body["base_model"] != job["base"]:
            raise invalid(f"The base model of job {job_id} is {job['base']}.", "base_model")
        name = f"{job['base']}-LoRa:{body['name']}-{identifiers.fresh('', 4)}"
        deployment = {**{member: body.get(member) for member in _MEMBERS}, "tick": self._clock.ticks()}
        created = int(self._clock.calendar())
        doc = {
            "id": name,
            "object": "model",
            "created": created,
            "owned_by": job["org"],
            "deployment": deployment,
        }
        self._store.insert("models", doc, **caller.owner)
        return self._shown(doc)

    def get(self, caller: Caller, name: str) -> dict[str, Any]:
        """Return a deployment, or raise a 404."""
        return self._shown(self._find(caller, name))

    def page(self, caller: Caller) -> list[dict[str, Any]]:
        """Return every deployment of the caller, newest first."""
        return [self._shown(row.doc) for row in self._store.rows("models", caller.query().also(_DEPLOYED))]

    def remove(self, caller: Caller, name: str) -> None:
        """End a deployment: the model can no longer be called."""
        self._find(caller, name)
        self._store.delete("models", name)

    def _find(self, caller: Caller, name: str) -> dict[str, Any]:
        query: Query = caller.query().also(_DEPLOYED)
        row = self._store.find("models", name, query)
        if row is None:
            raise model_not_found(name)
        return row.doc

    def _shown(self, doc: dict[str, Any]) -> dict[str, Any]:
        deployment = doc["deployment"]
        ready = self._clock.ticks() >= deployment["tick"] + _VALIDATION_SECONDS
        return {
            "name": doc["id"],
            "base_model": deployment["base_model"],
            "source": deployment["source"],
            "description": deployment["description"],
            "created_at": doc["created"],
            "status": "active" if ready else "validating",
            "status_reason": None,
        }
