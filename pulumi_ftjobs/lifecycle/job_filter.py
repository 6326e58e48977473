"""Filters for jobs: by status, base model, metadata pairs and creation time."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from difflib import get_close_matches
from math import isfinite
from typing import Any, Final, TypeVar

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import same_model
from pulumi_ftjobs.lifecycle.values import listed, one_line

J = TypeVar("J")

STATUSES: Final = frozenset(
    {
        "validating_files",
        "queued",
        "running",
        "paused",
        "succeeded",
        "failed",
        "cancelled",
        "created",
        "pending",
        "pausing",
        "resuming",
    }
)
"""The statuses of the API, and those that only Azure shows."""
_SECONDS = re.compile(r"[0-9]{9,11}(\.[0-9]+)?")
"""Text that is seconds since 1970; fewer digits may be a date."""


@dataclass(frozen=True)
class JobFilter:
    """A job matches when every member that is set does."""

    statuses: frozenset[str] = frozenset()
    """Statuses as the service reports them, any of them."""
    model: str | None = None
    """The base model: its dated snapshot, or the alias that stands for it."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Pairs a job must carry, all of them."""
    created_after: float | None = None
    """Seconds since 1970, inclusive."""
    created_before: float | None = None
    """Seconds since 1970, exclusive."""

    def matches(self, job: Mapping[str, Any]) -> bool:
        """Whether `job`, in the API's own shape, matches."""
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
        """The jobs that match, of a listing with the newest first; reads no further than needed."""
        for job in jobs:
            data = facts(job)
            if self.created_after is not None and 0 < (data.get("created_at") or 0) < self.created_after:
                return
            if self.matches(data):
                yield job


def job_filter(arguments: Mapping[str, Any]) -> JobFilter:
    """The filter for a caller's arguments. Raises FtjobsError, naming the argument that is unusable."""
    wanted = JobFilter(
        frozenset(words("status", arguments.get("status"))),
        _text("model", arguments.get("model")),
        _pairs(arguments.get("metadata")),
        moment("created_after", arguments.get("created_after")),
        moment("created_before", arguments.get("created_before")),
    )
    after, before = wanted.created_after, wanted.created_before
    if after is not None and before is not None and after >= before:
        raise FtjobsError("created_after: must be earlier than created_before: no job is between them")
    return wanted


def require_known(name: str, wanted: Iterable[str], known: Collection[str], seen: Collection[str]) -> None:
    """Refuse a word that is neither `known` nor `seen` at the service: it would match nothing.

    Raises FtjobsError, naming the argument `name`, with the closest known word.
    """
    for word in wanted:
        if word in known or word in seen:
            continue
        near = get_close_matches(word, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {listed(sorted(known))}"
        raise FtjobsError(f"{name}: unknown value {one_line(repr(word), 40)}; {hint}")


def words(name: str, value: object) -> list[str]:
    """One word or several. Raises FtjobsError, naming the argument `name`."""
    given = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple | set | frozenset) or not all(
        isinstance(word, str) for word in given
    ):
        raise FtjobsError(f"{name}: must be a string or a list of strings, not {one_line(repr(value), 40)}")
    return [str(word) for word in given]


def count(name: str, value: object) -> int | None:
    """A whole number from 0, also as text, as any config value is. Raises FtjobsError, naming the argument `name`."""
    if value is None:
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,15}(\.0+)?", text):
        raise FtjobsError(f"{name}: must be a whole number from 0, not {one_line(repr(value), 40)}")
    return int(float(text))


def _text(name: str, value: object) -> str | None:
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise FtjobsError(f"{name}: must be a non-empty string, not {one_line(repr(value), 40)}")
    return value


def _pairs(value: object) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise FtjobsError(f"metadata: must be a dict of strings, not {one_line(repr(value), 40)}")
    for key, item in value.items():
        if not isinstance(key, str) or not isinstance(item, str):
            raise FtjobsError(
                f"metadata: must be a dict of strings: {one_line(repr(key), 40)} is "
                f"{one_line(repr(item), 40)}"
            )
    return value


def moment(name: str, value: float | str | datetime | None) -> float | None:
    """A point in time as seconds since 1970.

    `value`: a number, also as text, an ISO 8601 text, or a datetime (UTC if it has no zone).
    Raises FtjobsError, naming the argument `name`.
    """
    if value is None:
        return None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            return value
        if isinstance(value, str) and _SECONDS.fullmatch(value.strip()):
            return float(value)
        found = (
            value if isinstance(value, datetime) else datetime.fromisoformat(_with_zone(str(value).strip()))
        )
        return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, OverflowError):
        raise FtjobsError(
            f"{name}: must be seconds since 1970 or a date such as 2026-10-01 or 2026-10-01T12:00:00Z, not "
            f"{one_line(repr(value), 40)}"
        ) from None


def _with_zone(text: str) -> str:
    """`text` with the zone Z in the form that Python 3.10 reads."""
    return f"{text[:-1]}+00:00" if text[-1:] in {"Z", "z"} else text
