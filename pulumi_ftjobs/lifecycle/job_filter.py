"""Which of the service's jobs are meant: by status, base model, metadata pairs and the time of creation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, TypeVar

from pulumi_ftjobs.lifecycle.changes import same_model
from pulumi_ftjobs.lifecycle.errors import FtjobsError
from pulumi_ftjobs.lifecycle.values import one_line

J = TypeVar("J")


@dataclass(frozen=True)
class JobFilter:
    """A job matches when every member that is set does."""

    statuses: frozenset[str] = frozenset()
    """The service's own words, any of them."""
    model: str | None = None
    """The base model: its dated snapshot, or the alias that stands for it."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Pairs a job must carry, all of them."""
    created_after: float | None = None
    """Seconds since 1970, inclusive."""
    created_before: float | None = None
    """Seconds since 1970, exclusive."""

    def matches(self, job: Mapping[str, Any]) -> bool:
        """Whether `job`, in the API's own shape, is meant."""
        created = job.get("created_at") or 0
        pairs = job.get("metadata") or {}
        return (
            (not self.statuses or job.get("status") in self.statuses)
            and (self.model is None or same_model(self.model, job.get("model")))
            and all(pairs.get(key) == value for key, value in self.metadata.items())
            and (self.created_after is None or created >= self.created_after)
            and (self.created_before is None or created < self.created_before)
        )

    def select(self, jobs: Iterable[J], facts: Callable[[J], Mapping[str, Any]]) -> Iterator[J]:
        """The jobs that are meant, of a listing with the newest first; reads no further than it must."""
        for job in jobs:
            told = facts(job)
            if self.created_after is not None and 0 < (told.get("created_at") or 0) < self.created_after:
                return
            if self.matches(told):
                yield job


def moment(name: str, value: float | str | datetime | None) -> float | None:
    """A point in time as seconds since 1970: a number, an ISO 8601 text, or a datetime (UTC if it has no zone).

    Raises FtjobsError, naming the argument `name`.
    """
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(_with_zone(str(value)))
    except ValueError:
        raise FtjobsError(
            f"{name}: must be seconds since 1970 or a date such as 2026-10-01 or 2026-10-01T12:00:00Z, it is "
            f"{one_line(repr(value), 40)}"
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()


def _with_zone(text: str) -> str:
    """`text` with the zone Z in the form that Python 3.10 reads."""
    return f"{text[:-1]}+00:00" if text[-1:] in {"Z", "z"} else text
