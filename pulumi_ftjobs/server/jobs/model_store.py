"""Models: base models, visible to every caller, and the fine-tuned models of a project."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from pulumi_ftjobs.server.caller import Caller
from pulumi_ftjobs.server.server_errors import ApiError, model_not_found
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.storage.record_store import Query, Store
from pulumi_ftjobs.server.training.base_models import BaseModels, base_of

_NAMED_OR_OF_CHECKPOINT = """(id = ? OR id = (SELECT json_extract(jobs.doc, '$.name')
    FROM checkpoints JOIN jobs ON jobs.id = checkpoints.job WHERE checkpoints.name = ?))"""


class ModelStore:
    """Finds, lists, stores and deletes models."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings

    def get(self, caller: Caller, name: str) -> dict[str, Any]:
        """Return a model object, or raise a 404."""
        row = self._store.find("models", name, caller.query())
        if row is not None:
            return _public(row.doc)
        if name in caller.profile.bases:
            return caller.profile.bases.model_object(name)
        raise model_not_found(name)

    def page(self, caller: Caller) -> list[dict[str, Any]]:
        """Return base models, then the project's own, oldest first; the service does not page this list."""
        own = [_public(r.doc) for r in self._store.rows("models", caller.query(), newest_first=False)]
        given = {model["id"] for model in own}
        return [base for base in caller.profile.bases.base_objects() if base["id"] not in given] + own

    def keep(
        self,
        owner: dict[str, object],
        name: str,
        created: int,
        bases: BaseModels,
        extra: dict[str, Any] | None = None,
    ) -> None:
        """Store a model unless its name is taken; `extra` members replace computed ones."""
        if self._store.find("models", name):
            return
        doc = {**bases.model_object(name, owner=str(owner["org"]), created=created), **(extra or {})}
        self._store.insert("models", doc, **owner)

    def remove(self, caller: Caller, name: str) -> None:
        """Delete a fine-tuned or seeded model; a base model cannot be deleted."""
        row = self._store.find("models", name, caller.query())
        if row is None and name in caller.profile.bases:
            text = "You have insufficient permissions for this operation. You need to be this role: Owner."
            raise ApiError(403, text)
        if self._settings.lenient and (row is None or "seeded" in row.doc):
            return
        if row is None:
            raise model_not_found(name)
        self._store.delete("models", name)
        if "folder" in row.doc:
            folder = Path(row.doc["folder"])
            for kept in [name, *self._checkpoints_of(name)]:
                shutil.rmtree(folder.with_name(kept), ignore_errors=True)

    def folder(self, caller: Caller, name: str) -> Path:
        """The folder of a trained model, or of a checkpoint of its job, or 404."""
        rows = self._store.rows("models", caller.query().also(_NAMED_OR_OF_CHECKPOINT, name, name), limit=1)
        if (
            not rows
            or "folder" not in rows[0].doc
            or not Path(rows[0].doc["folder"]).with_name(name).is_dir()
        ):
            raise model_not_found(name)
        return Path(rows[0].doc["folder"]).with_name(name)

    def _checkpoints_of(self, model: str) -> list[str]:
        query = Query(("job = (SELECT id FROM jobs WHERE json_extract(doc, '$.name') = ?)",), (model,))
        return [row.doc["name"] for row in self._store.rows("checkpoints", query)]

    def trainable(self, caller: Caller, name: str, method: str) -> str:
        """Return the snapshot that a job would train, or raise the service's refusal."""
        bases = caller.profile.bases
        base = bases.resolve(name)
        known = bases.methods_of(base)
        if known is None and self._store.find("models", name, caller.query()):
            known = bases.methods_of(base_of(name)) or ("supervised", "dpo")
        if self._settings.any_model or caller.profile.any_model or (known is not None and method in known):
            return base
        text = f"Model {name} is not available for fine-tuning or does not exist."
        if known is not None:
            text = f"Model {name} is not available for fine-tuning with method {method}."
        raise ApiError(400, text, code="model_not_available", param="model")


def _public(doc: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in doc.items() if name not in ("seeded", "folder", "deployment")}
