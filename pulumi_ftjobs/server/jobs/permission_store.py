"""Checkpoint permissions: which projects may use a checkpoint of a fine-tuned model."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.server import identifiers
from pulumi_ftjobs.server.caller import Caller
from pulumi_ftjobs.server.server_clock import Clock
from pulumi_ftjobs.server.server_errors import checkpoint_not_found, invalid
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.storage.record_store import Query, Row, Store

_OF_ORG = "job IN (SELECT id FROM jobs WHERE org IN ('', ?))"


class PermissionStore:
    """Grants, lists and revokes permissions."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._settings = store, clock, settings

    def grant(self, caller: Caller, checkpoint: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Give projects access; one that has it already keeps the permission it has."""
        self._known(caller, checkpoint)
        projects = body.get("project_ids")
        if (
            not isinstance(projects, list)
            or not projects
            or not all(isinstance(p, str) and p for p in projects)
        ):
            raise invalid("'project_ids' must be a list of at least one project id", "project_ids")
        unknown = sorted(set(body) - {"project_ids"})
        if unknown:
            raise invalid(f"extra fields not permitted: {unknown[0]}", unknown[0])
        with self._store.transaction():
            return [self._grant(checkpoint, project) for project in dict.fromkeys(projects)]

    def _grant(self, checkpoint: str, project: str) -> dict[str, Any]:
        for row in self._store.rows("permissions", _of(checkpoint)):
            if row.doc["project_id"] == project:
                return row.doc
        doc = {
            "id": identifiers.fresh("cp_"),
            "project_id": project,
            "created_at": int(self._clock.calendar()),
        }
        self.keep(checkpoint, doc)
        return doc

    def keep(self, checkpoint: str, doc: dict[str, Any]) -> None:
        """Store a permission."""
        self._store.insert("permissions", doc, checkpoint=checkpoint)

    def page(self, caller: Caller, checkpoint: str, project: str | None, *, newest_first: bool) -> list[Row]:
        """Return the permissions of a checkpoint, optionally of one project."""
        self._known(caller, checkpoint)
        rows = self._store.rows("permissions", _of(checkpoint), newest_first=newest_first)
        return [row for row in rows if project in (None, row.doc["project_id"])]

    def revoke(self, caller: Caller, checkpoint: str, permission: str) -> None:
        """Revoke a permission."""
        self._known(caller, checkpoint)
        row = self._store.find("permissions", permission, _of(checkpoint))
        if self._settings.lenient and (row is None or row.doc.get("seeded")):
            return
        if row is None:
            raise checkpoint_not_found(permission)
        self._store.delete("permissions", permission)

    def _known(self, caller: Caller, checkpoint: str) -> None:
        """Raise a 404 unless the checkpoint is one of the caller's organization, or only a seed knows of it.

        The service wants an admin key here, which belongs to an organization and to no project.
        """
        if self._settings.lenient:
            return
        named = Query(("name = ?",), (checkpoint,))
        own = named.also(_OF_ORG, caller.org) if caller.scoped else named
        if self._store.count("checkpoints", own):
            return
        if self._store.count("checkpoints", named) or not self._store.count("permissions", _of(checkpoint)):
            raise checkpoint_not_found(checkpoint)


def _of(checkpoint: str) -> Query:
    return Query(("checkpoint = ?",), (checkpoint,))
