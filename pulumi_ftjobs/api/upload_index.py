"""The account's training files at the service, listed once per process: an upload is looked up before it is made."""

from __future__ import annotations

import time
from collections.abc import Callable

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.schemas import File
from pulumi_ftjobs.api.stack_index import FRESH, Listing


class Uploads:
    """Finds an upload by the mark in its name."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._listing: Listing[File] = Listing(lambda: {file.id: file for file in client.files()}, clock)

    def find(self, mark: str, max_age: float = FRESH) -> File | None:
        """The usable upload whose name carries `mark`, or None."""
        usable = (file for file in self._listing.items(max_age) if file.status not in {"error", "deleted"})
        return next((file for file in usable if mark in file.filename), None)

    def still_lists(self, file_id: str) -> bool:
        """Whether the service lists a file that it answers 404 for."""
        return self._listing.still_has(file_id)

    def note(self, file: File) -> None:
        """Remember an upload of this process."""
        self._listing.note(file.id, file)

    def forget(self, file_id: str) -> None:
        """Drop an upload that was deleted."""
        self._listing.forget(file_id)
