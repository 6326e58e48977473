"""The stack's jobs at the service, listed once per process and kept.

A declaration is looked up here before a job is created, and many reads are answered from it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pulumi_ftjobs.lifecycle.adoption import creation_time, is_marked, pair
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.schemas import Job

OLDEST: Final = 120 * 24 * 3600.0
"""Seconds; where the service ignores the metadata filter, listing ends at jobs older than this."""
PAGE: Final = 100
"""Old foreign jobs in a row after which a listing ends."""
CONFIRMING: Final = 5.0
"""Seconds that a listing may be old to confirm that something is gone: often many are gone at once."""
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
            self._refresh(max_age)
            return list(self._items.values())

    def refresh(self, max_age: float = FRESH) -> None:
        """List again when the last listing is older than `max_age` seconds."""
        with self._lock:
            self._refresh(max_age)

    def _refresh(self, max_age: float) -> None:
        if self._listed is not None and self._clock() - self._listed <= max_age:
            return
        started = self._clock()
        read = self._read()
        # What this process noted may be missing from a listing that was read a moment too early;
        # what only an earlier listing had is gone.
        own = self._noted - read.keys()
        self._items = read | {item_id: self._items[item_id] for item_id in own}
        self._noted = own
        self._listed = started

    def get(self, item_id: str, max_age: float = FRESH) -> T | None:
        """One of them by its id."""
        with self._lock:
            self._refresh(max_age)
            return self._items.get(item_id)

    def still_has(self, item_id: str) -> bool:
        """Whether the service lists something that is said to be gone: by a recent listing, else by a new one."""
        if self.get(item_id, CONFIRMING) is None:
            return False
        self.forget(item_id)
        return self.get(item_id, max_age=-1) is not None

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
    """All jobs that carry one stack's pair, and what the listings taught about the service."""

    def __init__(self, client: Client, stack: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._stack = stack
        self._listing = Listing(self._list, clock)
        self._all = Listing(self._list_all, clock)
        self._ids_by_resource: dict[str, set[str]] = {}
        self._places: dict[str, int] = {}
        """The place of each job in the last listing, which tells the order within a second."""
        self._lock = threading.Lock()
        self.keeps_metadata = False
        """Whether the service was seen to return our pairs as they were sent; never assumed."""

    def jobs(self, max_age: float = FRESH) -> list[Facts]:
        """The stack's jobs, newest first; listed again when the last listing is older than `max_age` seconds."""
        return _newest_first(self._listing.items(max_age))

    def related(self, declarations: Iterable[str], max_age: float = FRESH) -> list[Facts]:
        """The jobs of the resources that these declarations belong to, whichever training they are, newest first."""
        self._listing.refresh(max_age)
        with self._lock:
            ids = {job_id for one in declarations for job_id in self._ids_by_resource.get(_resource(one), ())}
            places = self._places
        # What was not listed yet is new.
        newest_first = sorted(ids, key=lambda job_id: places.get(job_id, -1))
        found = [self._listing.get(job_id, math.inf) for job_id in newest_first]
        return _newest_first(job for job in found if job is not None)

    def all_jobs(self, max_age: float = FRESH) -> list[Facts]:
        """The account's jobs of the last months, of every stack: where pairs are not kept, ours are among them."""
        return self._all.items(max_age)

    def find(self, job_id: str, max_age: float = FRESH) -> Facts | None:
        """The job with this id as the listing shows it, or None if it is not among the stack's jobs."""
        return self._listing.get(job_id, max_age)

    def still_lists(self, job_id: str) -> bool:
        """Whether the service lists a job that it answers 404 for."""
        # An adopted job may carry no pairs of ours, and then only the listing of all jobs has it.
        return self._listing.still_has(job_id) or self._all.still_has(job_id)

    def note(self, job: Facts) -> None:
        """Remember a job that this process posted or read."""
        if is_marked(job, self._stack):  # proves nothing about listings, which may leave metadata out
            self._remember(job)
            self._listing.note(job["id"], job)

    def forget(self, job_id: str) -> None:
        """Drop a job that is gone."""
        self._listing.forget(job_id)

    def _list(self) -> dict[str, Facts]:
        own: dict[str, Facts] = {}
        for facts in self._recent(self._client.jobs({STACK_KEY: self._stack})):
            if is_marked(facts, self._stack):
                own[facts["id"]] = facts
                self._remember(facts)
        with self._lock:
            self._places = {job_id: place for place, job_id in enumerate(own)}
        self.keeps_metadata = self.keeps_metadata or bool(own)
        return own

    def _remember(self, job: Facts) -> None:
        resource = _resource(pair(job, DECLARATION_KEY) or "")
        with self._lock:
            self._ids_by_resource.setdefault(resource, set()).add(job["id"])

    def _list_all(self) -> dict[str, Facts]:
        return {facts["id"]: facts for facts in self._recent(self._client.jobs())}

    def _recent(self, jobs: Iterator[Job]) -> Iterator[Facts]:
        """The jobs until a whole page of foreign ones is older than OLDEST.

        One old job, or one with a strange creation time, proves nothing about those behind it.
        """
        old, limit = 0, self._client.now() - OLDEST
        for job in jobs:
            facts = job.facts()
            yield facts
            created = creation_time(facts)
            is_old = created is not None and created < limit and pair(facts, STACK_KEY) != self._stack
            old = old + 1 if is_old else 0
            if old >= PAGE:
                return


def _resource(declaration: str) -> str:
    """The part of a declaration pair that names the resource."""
    return declaration.rpartition(":")[0]


def _newest_first(jobs: Iterable[Facts]) -> list[Facts]:
    return sorted(jobs, key=lambda job: creation_time(job) or 0, reverse=True)
