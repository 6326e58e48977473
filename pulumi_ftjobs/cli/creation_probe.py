"""Whether this account can still create jobs: by the calendar, and with a request that cannot create one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pulumi_ftjobs.cli.exit_codes import message_of
from pulumi_ftjobs.lifecycle.deprecations import announcements, parse_dates
from pulumi_ftjobs.operations.job_check import today

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.lifecycle.settings import Account, Sources

Result = Literal["ok", "note", "failed"]


@dataclass(frozen=True)
class CheckResult:
    """One line of `ftjobs doctor`."""

    result: Result
    check: str
    detail: str


_CALENDAR: Final = "deprecations"
_CHECK: Final = "job creation"
_MODEL: Final = "gpt-4.1-mini-2025-04-14"
_NO_FILE: Final = "file-ftjobs-doctor-asks-for-no-file"
_MISSING: Final = frozenset({400, 404, 422})


def by_calendar(sources: Sources, account: Account) -> CheckResult:
    """What the calendar of deprecations says. Works offline."""
    found = announcements(
        "", account.target.profile, today(), overrides=parse_dates(sources.first("shutdownDates") or "{}")
    )
    if not found:
        return CheckResult("note", _CALENDAR, "no shutdown date known; test with --try-create")
    closed = any(notice.severity == "error" for notice in found)
    return CheckResult(
        "failed" if closed else "note", _CALENDAR, "; ".join(notice.message for notice in found)
    )


def by_trying(client: Client) -> CheckResult:
    """What the service answers to a job whose training file does not exist: no answer creates one."""
    from pulumi_ftjobs.api.errors import ApiError  # noqa: PLC0415 - comes with the client

    try:
        job = client.create_job({"model": _MODEL, "training_file": _NO_FILE})
    except ApiError as error:
        if error.status in _MISSING:
            message = error.answer.message.rstrip(".") or f"HTTP {error.status}"
            return CheckResult(
                "ok", _CHECK, f"open: the service checked a job without a file and answered: {message}"
            )
        return CheckResult("failed", _CHECK, message_of(error))
    client.act(job.id, "cancel")
    return CheckResult(
        "note", _CHECK, f"open: the service accepted job {job.id} without its file; cancelled it"
    )
