"""The stack's jobs at the service, listed once per process and kept.

A declaration is looked up here before anything is bought, and many reads are answered from it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.lifecycle.adoption import pair
from pulumi_ftjobs.lifecycle.state_schema import STACK_KEY

OLDEST: Final = 120 * 24 * 3600.0
"""Seconds; where the service ignores the metadata filter, listing ends at jobs older than this."""
FRESH: Final = 30.0
"""Seconds a listing answers look-ups for; a later look-up lists again."""

Facts = dict[str, Any]


T = TypeVar("T")


class Listing(Generic[T]):
    """Things of the service by id, listed on first need. Thread-safe: the first asker lists, the others wait for it."""

    def __init__(self, read: Callable[[], dict[str, T]], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._items: dict[str, T] = {}
        self._noted: set[str] = set()
        self._listed: float | None = None

    def items(self, max_age: float = FRESH) -> list[T]:
        """What there is; listed again when the last listing is older than `max_age` seconds."""
        with self._lock:
            if self._listed is None or self._clock() - self._listed > max_age:
                started = self._clock()
                read = self._read()
                # What this process noted may be missing from a listing that was read a moment too early;
                # what only an earlier listing had is gone.
                own = self._noted - read.keys()
                self._items = read | {item_id: self._items[item_id] for item_id in own}
                self._noted = own
                self._listed = started
            return list(self._items.values())

    def note(self, item_id: str, item: T) -> None:
        """Remember what this process made or read."""
        with self._lock:
            self._items[item_id] = item
            self._noted.add(item_id)

    def forget(self, item_id: str) -> None:
        """Drop what is gone."""
        with self._lock:
            self._items.pop(item_id, None)
            self._noted.discard(item_id)


class StackIndex:
    """All jobs that carry one stack's pair."""

    def __init__(self, client: Client, stack: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._stack = stack
        self._listing = Listing(self._list, clock)

    def jobs(self, max_age: float = FRESH) -> list[Facts]:
        """The stack's jobs, newest first; listed again when the last listing is older than `max_age` seconds."""
        return sorted(self._listing.items(max_age), key=lambda job: job.get("created_at") or 0, reverse=True)

    def find(self, job_id: str, max_age: float = FRESH) -> Facts | None:
        """The job with this id as the listing shows it, or None if it is not among the stack's jobs."""
        return next((job for job in self.jobs(max_age) if job["id"] == job_id), None)

    def note(self, job: Facts) -> None:
        """Remember a job that this process posted or read."""
        if pair(job, STACK_KEY) == self._stack:
            self._listing.note(job["id"], job)

    def forget(self, job_id: str) -> None:
        """Drop a job that is gone."""
        self._listing.forget(job_id)

    def _list(self) -> dict[str, Facts]:
        own: dict[str, Facts] = {}
        for job in self._client.jobs({STACK_KEY: self._stack}):
            facts = job.facts()
            if pair(facts, STACK_KEY) == self._stack:
                own[job.id] = facts
            elif (job.created_at or 0) < self._client.now() - OLDEST:
                break  # the filter is ignored: everything the service has comes back, oldest last
        return own
