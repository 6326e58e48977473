"""Slots for accounts that limit the number of unfinished jobs: a job waits in create() until one is free."""

from __future__ import annotations

import math
import threading
import time
from typing import Any, Final

from pulumi_ftjobs.api.retry import Backoff, poll
from pulumi_ftjobs.lifecycle.adoption import is_finished
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.identity import declaration
from pulumi_ftjobs.lifecycle.progress import duration
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY, program_of
from pulumi_ftjobs.native.native_resource import Call, Values

FIRST_TICK: Final = 2.0
LAST_TICK: Final = 15.0
"""Seconds between looks at the account's jobs, from the first to the last."""
UNSEEN: Final = 120.0
"""Seconds during which a job that was let through counts as active before the service lists it."""

_let_through: dict[str, float] = {}
_one_at_a_time = threading.Lock()


def wait_for_slot(call: Call, inputs: Values) -> None:
    """Return when the job may be submitted: at once without `maxActiveJobs`, or when it exists already.

    Raises:
        FtjobsError: `customTimeouts.create` was over before a slot was free; no job was created.
        Interrupted: the command was cancelled; no job was created.
        SettingsError: `maxActiveJobs` is not a number of jobs.
    """
    limit = call.configuration.sources.max_active_jobs()
    if limit is None or inputs.get("adopt_job_id"):
        return
    mine, stack = declaration(inputs, call.identity), program_of(inputs).get("stack", "")
    taken = poll(
        lambda: _take(call, stack, mine, limit),
        bool,
        Backoff(sleep=lambda seconds: call.cancellation.sleep(seconds, "a slot")),
        deadline=call.timeout or math.inf,
        pause=FIRST_TICK,
        max_pause=LAST_TICK,
    )
    if not taken:
        raise FtjobsError(
            f"no slot was free within {duration(call.timeout or 0)} (ftjobs:maxActiveJobs is {limit}): no job was "
            "created. Run `pulumi up` again, or raise `customTimeouts.create`"
        )


def _take(call: Call, stack: str, mine: str, limit: int) -> bool:
    """Take a slot if one is free; else show how many are taken."""
    with _one_at_a_time:
        active, exists = _active(call, stack, mine)
        if exists or active < limit:
            _let_through[mine] = time.monotonic()
            return True
    call.log.show(call.urn, f"waiting for a slot ({active} of {limit} jobs active, ftjobs:maxActiveJobs)")
    return False


def _active(call: Call, stack: str, mine: str) -> tuple[int, bool]:
    """How many jobs of the account are unfinished, and whether one of them is this declaration's."""
    listed: list[dict[str, Any]] = [job.facts() for job in call.session.client.jobs()]
    marks = {
        (job.get("metadata") or {}).get(DECLARATION_KEY)
        for job in listed
        if (job.get("metadata") or {}).get(STACK_KEY) == stack
    }
    now = time.monotonic()
    coming = [mark for mark, since in _let_through.items() if mark not in marks and now - since < UNSEEN]
    unfinished = [job for job in listed if not is_finished(job)]
    return len(unfinished) + len(coming), mine in marks
