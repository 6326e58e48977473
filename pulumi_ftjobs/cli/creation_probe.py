"""Whether this account can still create jobs: by the calendar, and by asking for a job that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pulumi_ftjobs.cli.exit_codes import line_of
from pulumi_ftjobs.lifecycle.deprecations import notices, parse_dates
from pulumi_ftjobs.operations.job_check import today

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.lifecycle.settings import Account, Sources

Verdict = Literal["ok", "note", "bad"]
Finding = tuple[Verdict, str, str]

_WHAT: Final = "job creation"
_MODEL: Final = "gpt-4.1-mini-2025-04-14"
_NO_FILE: Final = "file-ftjobs-doctor-asks-for-no-file"
_MISSING: Final = frozenset({400, 404, 422})


def by_calendar(places: Sources, account: Account) -> Finding:
    """What is known without asking."""
    told = notices(
        "", account.target.profile, today(), overrides=parse_dates(places.first("shutdownDates") or "{}")
    )
    if not told:
        return "note", _WHAT, "no end of it is known for this service; --try-create asks"
    closed = any(notice.severity == "error" for notice in told)
    return "bad" if closed else "note", _WHAT, "; ".join(notice.sentence for notice in told)


def by_trying(client: Client) -> Finding:
    """What the service says to a job whose training file does not exist: it is refused either way."""
    from pulumi_ftjobs.api.errors import ApiError  # noqa: PLC0415 - comes with the client

    try:
        job = client.create_job({"model": _MODEL, "training_file": _NO_FILE})
    except ApiError as error:
        if error.status in _MISSING:
            words = error.answer.message.rstrip(".") or f"HTTP {error.status}"
            return "ok", _WHAT, f"not closed: the service looked at a job without a file and said: {words}"
        return "bad", _WHAT, line_of(error)
    client.act(job.id, "cancel")
    return "note", _WHAT, f"not closed: the service took a job without its file, {job.id}; it was cancelled"
