"""Follow jobs to their end: one thread an account, one listing a tick, however many jobs wait.

Talks plain data and callbacks; who shows the progress, and in which loop, is not decided here.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from pulumi_ftjobs.api.client import PAGE, Client
from pulumi_ftjobs.api.errors import AnswerLost, ApiError, Busy, NotFound, NotSent
from pulumi_ftjobs.api.retry import longer
from pulumi_ftjobs.api.stack_index import Facts
from pulumi_ftjobs.lifecycle.adoption import is_finished
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.messages import LAST_EVENTS
from pulumi_ftjobs.lifecycle.progress import Pace, Progress, progress_of, step_of
from pulumi_ftjobs.lifecycle.state_schema import STACK_KEY
from pulumi_ftjobs.lifecycle.values import one_line

FIRST_TICK: Final = 1.0
"""Seconds between the first looks."""
LAST_TICK: Final = 15.0
"""Seconds between looks once nothing new has been seen for a while."""
REFUSED_TOLERANCE: Final = 120.0
"""Seconds a refusal (a revoked key, say) may last before a wait is given up."""
TOLERANCE: Final = 900.0
"""Seconds the service may be away or refuse before a wait is given up. The job itself goes on."""
EVENTS: Final = 5
"""Events read per running job and tick: the newest metrics event is among them."""
METRICS_TIME: Final = 5.0
"""Seconds a tick may spend on metrics: with many jobs, far away, they take turns."""
HEARD: Final = 300
"""Events read for the last words of a job: most of them are metrics, one a step."""


@dataclass
class Wait:
    """One job that is waited for."""

    job_id: str
    progress: Callable[[Progress], None]
    done: Callable[[Facts | FtjobsError], None]
    """Called once, from the watcher's thread, with the finished job or the reason to stop waiting."""
    due: Callable[[Progress], bool] = lambda _look: True
    """Whether a look is shown, judged by its status and trouble alone: for no other are metrics read."""
    metrics: dict[str, Any] = field(default_factory=dict)
    measured: float = 0.0
    """When its metrics were read."""
    begun: tuple[float, int] | None = None
    """When metrics were read first since it last began to run, and the step they had."""
    expected: float | None = None
    """When it ends, by the newest estimate."""
    started: float = 0.0
    failing_since: float | None = None
    last: Facts = field(default_factory=dict)


class Watcher:
    """Follows the jobs of one account and stack. Its thread lives as long as there are waits."""

    def __init__(
        self,
        client: Client,
        stack: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = client
        self._stack = stack
        self._clock = clock
        self._waits: list[Wait] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._metrics_until = 0.0
        self._lists = True
        """False: jobs can be read there and not listed, as behind some gateways."""

    def follow(self, wait: Wait) -> None:
        """Begin to follow a job."""
        wait.started = self._clock()
        with self._lock:
            self._waits.append(wait)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ftjobs-watcher", daemon=True)
                self._thread.start()
        self._wake.set()

    def forget(self, wait: Wait) -> None:
        """Stop watching: it has finished, timed out, or is not waited for any more."""
        with self._lock:
            if wait in self._waits:
                self._waits.remove(wait)

    def _run(self) -> None:
        tick = FIRST_TICK
        while True:
            self._wake.clear()
            with self._lock:
                waits = list(self._waits)
                if not waits:
                    self._thread = None
                    return
            try:
                pause = self.tick(waits)
            except Exception as error:  # noqa: BLE001 - a wait must end with a message, never with a dead thread
                for wait in waits:
                    self._end(
                        wait, FtjobsError(f"following failed unexpectedly ({error!r}); please report it")
                    )
                pause = 0.0
            woken = self._wake.wait(max(self.until_next(waits, tick), pause))
            tick = FIRST_TICK if woken else longer(tick, LAST_TICK)

    def tick(self, waits: list[Wait]) -> float:
        """One look at everything that is waited for. Returns the seconds the service asks to wait."""
        try:
            listing = self._listing({wait.job_id for wait in waits})
        except ApiError as error:
            for wait in waits:
                self._trouble(wait, error)
            return error.retry_after or 0.0
        except FtjobsError as error:
            for wait in waits:
                self._end(wait, error)
            return 0.0
        self._metrics_until = self._clock() + METRICS_TIME
        # Ends first: no wait is delayed by the metrics of other jobs.
        for wait in sorted(
            waits, key=lambda one: (not is_finished(listing.get(one.job_id, {})), one.measured)
        ):
            self._look(wait, listing)
        return 0.0

    def until_next(self, waits: list[Wait], tick: float) -> float:
        """Seconds until the next look: less than `tick` when a job is expected to end, and then ever more rarely."""
        now = self._clock()
        least = FIRST_TICK * math.ceil(len(waits) / PAGE)  # a tick for each page of the listing
        ends = [wait.expected - now for wait in waits if wait.expected is not None]
        return min([tick, *(max(left, -left / 4, least) for left in ends)])

    def _listing(self, wanted: set[str]) -> dict[str, Facts]:
        """The jobs that are waited for, as far as the stack's listing has them; pages are read until it has."""
        found: dict[str, Facts] = {}
        if not self._lists:
            return found
        try:
            for job in self.client.jobs({STACK_KEY: self._stack}):
                if job.id in wanted:
                    found[job.id] = job.facts()
                    if len(found) == len(wanted):
                        break
        except Busy:
            raise
        except ApiError as error:
            if not error.status:
                raise
            one = min(wanted)
            with suppress(ApiError):
                found[one] = self.client.job(one).facts()
            if one not in found:
                raise
            self._lists = False
        return found

    def _look(self, wait: Wait, listing: dict[str, Facts]) -> None:
        try:
            job = listing.get(wait.job_id) or self.client.job(wait.job_id).facts()
            wait.failing_since, wait.last = None, job
            if is_finished(job):
                self._end(wait, _with_last_words(self.client, job))
            elif wait.due(Progress(str(job["status"]))):
                self._measure(wait, job)
                now = self._clock()
                shown = progress_of(job, wait.metrics, now - wait.started, self.client.now(), _pace(wait))
                if shown.left:  # after the last step none is left, and the service still has to finish
                    wait.expected = now + shown.left
                wait.progress(shown)
        except ApiError as error:
            self._trouble(wait, error)

    def _measure(self, wait: Wait, job: Facts) -> None:
        """Read the newest metrics event of a running job; a service without events has none."""
        if job.get("status") != "running":
            wait.begun = None
            return
        if self._clock() > self._metrics_until:
            return
        wait.measured = self._clock()
        with suppress(ApiError):
            for event in islice(self.client.events(job["id"], limit=EVENTS), EVENTS):
                if event.type == "metrics" and event.data:
                    wait.metrics = dict(event.data)
                    step = step_of(wait.metrics)
                    if wait.begun is None and step is not None:
                        wait.begun = wait.measured, step
                    return

    def _trouble(self, wait: Wait, error: ApiError) -> None:
        """Count how long it lasts; a job that is not there, or trouble without end, stops the wait."""
        now = self._clock()
        wait.failing_since = now if wait.failing_since is None else wait.failing_since
        passing = isinstance(error, Busy | NotSent | AnswerLost)
        bound = TOLERANCE if passing else REFUSED_TOLERANCE
        if isinstance(error, NotFound) or now - wait.failing_since > bound:
            self._end(wait, error)
            return
        words = "service not answering" if passing else "the service refuses to tell"
        seen = f"HTTP {error.status}" if error.status else "no answer"
        look = Progress(str(wait.last.get("status", "unknown")), trouble=f"{words} ({seen})")
        if wait.due(look):
            wait.progress(look)

    def _end(self, wait: Wait, result: Facts | FtjobsError) -> None:
        self.forget(wait)
        wait.done(result)


def _pace(wait: Wait) -> Pace | None:
    """How fast the steps come, as far as it was seen."""
    step = step_of(wait.metrics)
    if wait.begun is None or step is None:
        return None
    return Pace(wait.measured - wait.begun[0], step - wait.begun[1])


def look(client: Client, job_id: str) -> Facts:
    """One look at one job: its facts, with its last words if nothing came of it. Raises ApiError."""
    job = client.job(job_id).facts()
    return _with_last_words(client, job) if is_finished(job) else job


def _with_last_words(client: Client, job: Facts) -> Facts:
    """A finished job; under LAST_EVENTS the last three messages of one that did not succeed, oldest first."""
    if job["status"] == "succeeded":
        return job
    events = islice(client.events(job["id"]), HEARD)
    try:
        messages = list(islice((event.message for event in events if event.type != "metrics"), 3))
    except ApiError:
        messages = []
    return job | {LAST_EVENTS: [one_line(message, 120) for message in reversed(messages)]}
