"""Waiting for jobs in the plugin: one watcher per account and stack, one blocked thread per wait."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pulumi_ftjobs.api.errors import NotFound
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.messages import failed_job, not_visible, stopped_waiting
from pulumi_ftjobs.lifecycle.progress import Progress, duration

if TYPE_CHECKING:
    from pulumi_ftjobs.api.watcher import Watcher
    from pulumi_ftjobs.native.native_resource import Call

_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0}

_watchers: dict[tuple[int, str], Watcher] = {}
_lock = threading.Lock()


def succeeded_job(
    call: Call, job_id: str, stack: str, show: Callable[[str], None], timeout: float | None
) -> dict[str, Any]:
    """Wait until a job has succeeded and return it.

    Args:
        call: the call that waits.
        job_id: the job.
        stack: the value that marks the jobs of this stack.
        show: shows progress.
        timeout: seconds, None for no limit.

    Raises:
        FtjobsError: the job failed or was cancelled, is not visible, the time was up, or nothing waits.
        Interrupted: the command was cancelled.
    """
    job = _look(call, job_id)
    if job.get("status") not in {"succeeded", "failed", "cancelled"}:
        if not call.configuration.waits:
            raise FtjobsError(
                f"job {job_id} is {job.get('status')}: not waited for, because waiting is disabled (ftjobs:wait=false "
                "or FTJOBS_WAIT). Run `pulumi up` again later"
            )
        job = _finished(call, job_id, stack, show, timeout)
    if job.get("status") != "succeeded":
        raise FtjobsError(failed_job(job))
    return job


def look_at(call: Call, job_id: str) -> dict[str, Any]:
    """Return a job as it is now, with its last events if it did not succeed."""
    return _look(call, job_id)


def seconds(text: str) -> float:
    """Return the seconds of `6h`, `1h30m` or `45`. Raises FtjobsError."""
    parts = re.fullmatch(r"(?:([0-9.]+)h)?(?:([0-9.]+)m)?(?:([0-9.]+)s?)?", text.strip())
    try:
        found = [float(part or 0) for part in parts.groups()] if parts else [0.0]
    except ValueError:
        found = [0.0]
    total = sum(number * factor for number, factor in zip(found, _UNITS.values(), strict=False))
    if total <= 0:
        raise FtjobsError('timeout: must be a time such as "6h" or "90m"')
    return total


def _look(call: Call, job_id: str) -> dict[str, Any]:
    from pulumi_ftjobs.api.watcher import look  # noqa: PLC0415 - the HTTP library loads only when it is used

    try:
        return dict(look(call.session.client, job_id))
    except NotFound:
        raise FtjobsError(not_visible(job_id)) from None


def _finished(
    call: Call, job_id: str, stack: str, show: Callable[[str], None], timeout: float | None
) -> dict[str, Any]:
    from pulumi_ftjobs.api.watcher import Wait  # noqa: PLC0415 - see above

    done, ends = threading.Event(), list[Any]()

    def end(result: Any) -> None:
        ends.append(result)
        done.set()

    wait = Wait(job_id, lambda progress: show(_text(progress)), end)
    watcher = _watcher(call, stack)
    watcher.follow(wait)
    try:
        in_time = call.cancellation.wait(done, timeout, f"job {job_id}")
    finally:
        watcher.forget(wait)
    if not in_time:
        raise FtjobsError(
            stopped_waiting(
                job_id,
                f"after {duration(timeout or 0)} it is {wait.last.get('status', 'unfinished')}. Raise the timeout, or "
                "run `pulumi up` again to continue to wait",
            )
        )
    result = ends[0]
    if isinstance(result, NotFound):
        raise FtjobsError(not_visible(job_id))
    if isinstance(result, FtjobsError):
        raise FtjobsError(stopped_waiting(job_id, result))
    return dict(result)


def _text(progress: Progress) -> str:
    return progress.text()


def _watcher(call: Call, stack: str) -> Watcher:
    from pulumi_ftjobs.api.watcher import Watcher  # noqa: PLC0415 - see above

    client = call.session.client
    with _lock:
        key = (id(client), stack)
        if key not in _watchers:
            _watchers[key] = Watcher(client, stack)
        return _watchers[key]
