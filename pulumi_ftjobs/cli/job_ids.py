"""From what a user typed to a job id: in full, a unique prefix, or `--last`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

import typer

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.values import listed

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client

T = TypeVar("T")

_PREFIX: Final = "ftjob-"
_MIN_LENGTH: Final = 4
"""Characters of a prefix, the service's own `ftjob-` not counted: fewer would match by accident."""
_SHOWN: Final = 5


def chosen_ids(client: Client, ids: Sequence[str | None] | None, *, last: bool) -> list[str]:
    """The ids that were typed, each once, or the newest job's with `last`. Raises BadParameter or FtjobsError."""
    typed = list(dict.fromkeys(one for one in ids or () if one))
    if bool(typed) == last:
        raise typer.BadParameter("give an id or --last", param_hint="ID")
    if not last:
        return typed
    newest = next(islice(client.jobs(limit=1), 1), None)
    if newest is None:
        raise FtjobsError("--last: this account has no jobs")
    return [newest.id]


def by_prefix(client: Client, typed: str, call: Callable[[str], T]) -> T:
    """`call` with the id as typed; where the service does not know it, with the one job whose id begins with it.

    Raises the service's NotFound where no job matches, and FtjobsError where several do.
    """
    from pulumi_ftjobs.api.errors import NotFound  # noqa: PLC0415 - comes with the client

    try:
        return call(typed)
    except NotFound:
        if len(typed.removeprefix(_PREFIX)) < _MIN_LENGTH:
            raise
        matching = [job.id for job in client.jobs() if job.id.startswith((typed, f"{_PREFIX}{typed}"))]
        if not matching:
            raise
    if len(matching) > 1:
        more = f" and {len(matching) - _SHOWN} more" if len(matching) > _SHOWN else ""
        raise FtjobsError(f"{typed} is not unique: it matches {listed(matching[:_SHOWN])}{more}")
    return call(matching[0])
