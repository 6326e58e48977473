"""Files: uploads and results of finished jobs. Bytes stream to disk and are checked on the way."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from pulumi_ftjobs.server import identifiers
from pulumi_ftjobs.server.caller import Caller
from pulumi_ftjobs.server.server_clock import Clock
from pulumi_ftjobs.server.server_errors import ApiError, file_not_found, invalid
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.storage.record_store import Row, Store
from pulumi_ftjobs.server.uploads.multipart import MultipartUpload
from pulumi_ftjobs.server.uploads.training_rows import RowReader

PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
_EXPIRY = (3600, 2_592_000)


class FileStore:
    """Stores uploads and result files, and finds them again."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._settings = store, clock, settings

    async def add(self, caller: Caller, stream: AsyncIterator[bytes], content_type: str) -> dict[str, Any]:
        """Store an upload: bytes to disk, rows checked on the way, the record last. A refusal leaves nothing behind."""
        file_id = identifiers.fresh("file-", 22)
        path = self._store.bytes_of(file_id)
        try:
            with _disk(), closing(MultipartUpload(path, self._settings)) as intake:
                await intake.read(stream, content_type)
                doc = {"id": file_id, **self._accepted(intake)}
            self._store.insert("files", doc, purpose=doc["purpose"], **caller.owner)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return doc

    def _accepted(self, intake: MultipartUpload) -> dict[str, Any]:
        """Build the record of a valid upload, or raise the first error."""
        if intake.filename is None:
            raise invalid("'file' is a required property", "file")
        purpose = intake.fields.get("purpose")
        if purpose is None:
            raise invalid("'purpose' is a required property", "purpose")
        if purpose not in PURPOSES:
            raise invalid(f"{purpose!r} is not one of {list(PURPOSES)} - 'purpose'", "purpose")
        if purpose == "fine-tune" and not intake.filename.lower().endswith(".jsonl"):
            raise invalid("Invalid file format for Fine-Tuning API. Must be .jsonl", "file")
        expires_after = _expiry(intake.fields)
        if not intake.size:
            raise invalid("File is empty.", "file")
        return {
            "filename": intake.filename,
            "purpose": purpose,
            "created": self._clock.calendar(),
            "tick": self._clock.ticks(),
            "expires_at": int(self._clock.calendar()) + expires_after if expires_after else None,
            **intake.facts(training=purpose == "fine-tune"),
        }

    def keep(
        self,
        owner: dict[str, object],
        file_id: str,
        filename: str,
        purpose: str,
        data: bytes,
        extra: dict[str, Any] | None = None,
    ) -> None:
        """Store a file of the server's own, unless its id is taken; `extra` members replace computed ones."""
        if self._store.find("files", file_id):
            return
        facts: dict[str, Any] = {}
        if purpose == "fine-tune":
            reader = RowReader(exact=self._settings.exact_tokens)
            reader.feed(data)
            reader.finish()
            facts = {"digest": hashlib.sha256(data).hexdigest(), **reader.summary()}
        doc = {
            "id": file_id,
            "filename": filename,
            "purpose": purpose,
            "created": self._clock.calendar(),
            "tick": self._clock.ticks(),
            "bytes": len(data),
            **facts,
            **(extra or {}),
        }
        with _disk():
            path = self._store.bytes_of(file_id)
            path.touch(mode=0o600)
            path.write_bytes(data)
        self._store.insert("files", doc, purpose=purpose, **owner)

    def get(self, caller: Caller, file_id: str) -> dict[str, Any]:
        """Return a file's record, or raise a 404."""
        row = self._store.find("files", file_id, caller.query())
        if row is None or self._expired(row.doc):
            raise file_not_found(file_id)
        return row.doc

    def content(self, caller: Caller, file_id: str) -> tuple[Path, dict[str, Any]]:
        """Return the path of a file's bytes and its record; raise a 404, or a 500 if the bytes were removed."""
        doc = self.get(caller, file_id)
        path = self._store.bytes_of(file_id)
        if not path.is_file():
            text = f"The bytes of {file_id} are gone from this server's store, though not by its hand."
            raise ApiError(500, text, kind="server_error")
        return path, doc

    def path_of(self, file_id: str) -> Path:
        """Return where the bytes of a file are kept."""
        return self._store.bytes_of(file_id)

    def for_training(self, caller: Caller, file_id: str, param: str) -> dict[str, Any]:
        """Return a file to train on, or raise the service's refusal, which names the property."""
        try:
            doc = self.get(caller, file_id)
        except ApiError:
            raise invalid(f"invalid {param}: {file_id}", param) from None
        if doc["purpose"] != "fine-tune":
            text = f"File '{file_id}' has purpose '{doc['purpose']}', but must have purpose 'fine-tune'"
            raise invalid(text, param)
        return doc

    def page(self, caller: Caller, purpose: str | None, *, newest_first: bool) -> list[Row]:
        """Return every file that the caller sees."""
        query = caller.query()
        if purpose:
            query = query.also("purpose = ?", purpose)
        return [
            row
            for row in self._store.rows("files", query, newest_first=newest_first)
            if not self._expired(row.doc)
        ]

    def remove(self, caller: Caller, file_id: str) -> None:
        """Delete a file; the record first, so that a kill between the two leaves bytes without a name."""
        row = self._store.find("files", file_id, caller.query())
        if self._settings.lenient and (row is None or row.doc.get("seeded")):
            return
        self.get(caller, file_id)
        self._store.delete("files", file_id)
        self._store.bytes_of(file_id).unlink(missing_ok=True)

    def _expired(self, doc: dict[str, Any]) -> bool:
        return bool(doc.get("expires_at")) and doc["expires_at"] <= self._clock.calendar()


@contextmanager
def _disk() -> Iterator[None]:
    """Turn a missing or full folder into an error that says so."""
    try:
        yield
    except OSError as error:
        text = f"The bytes could not be written to this server's store: {error.strerror or error}."
        raise ApiError(500, text, kind="server_error") from None


def _expiry(fields: dict[str, str]) -> int | None:
    anchor, seconds = fields.get("expires_after[anchor]"), fields.get("expires_after[seconds]")
    if anchor is None and seconds is None:
        return None
    if anchor != "created_at":
        raise invalid("expires_after.anchor must be 'created_at'", "expires_after.anchor")
    if seconds is None or not seconds.isdecimal() or not _EXPIRY[0] <= int(seconds) <= _EXPIRY[1]:
        text = f"expires_after.seconds must be a number from {_EXPIRY[0]} to {_EXPIRY[1]}"
        raise invalid(text, "expires_after.seconds")
    return int(seconds)
