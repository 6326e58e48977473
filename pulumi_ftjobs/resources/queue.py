"""A queue in the program for accounts that allow only so many active jobs: waiting here costs nothing."""

from __future__ import annotations

import asyncio
import itertools
import time
import weakref
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, Final

import pulumi

from pulumi_ftjobs.lifecycle.adoption import is_finished, pair
from pulumi_ftjobs.lifecycle.contract import DECLARATION_KEY
from pulumi_ftjobs.lifecycle.errors import FtjobsError
from pulumi_ftjobs.lifecycle.identity import declaration
from pulumi_ftjobs.lifecycle.settings import Account
from pulumi_ftjobs.lifecycle.values import whole_numbers
from pulumi_ftjobs.resources.accounts import client_for, sources_of
from pulumi_ftjobs.resources.waiting import Waits, waits

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client

FIRST_TICK: Final = 2.0
LAST_TICK: Final = 15.0
"""Seconds between looks at the account, from the first to the last."""
SHARED: Final = 1.0
"""Seconds a listing is shared."""
UNSEEN: Final = 120.0
"""Seconds a job that was let go counts as active before the service lists it."""


def held_back(
    job: pulumi.Resource, name: str, given: Mapping[str, Any], urn: pulumi.Input[str]
) -> Awaitable[None]:
    """Done when this job may be submitted: at once, unless `maxActiveJobs` is set for its account."""
    return _held_back(next(_NUMBERS), job, name, given, urn)


async def _held_back(
    number: int, job: pulumi.Resource, name: str, given: Mapping[str, Any], urn: pulumi.Input[str]
) -> None:
    sources = await sources_of(job)
    limit = sources.first("maxActiveJobs")
    if limit is None:
        return
    if not limit.isdigit() or int(limit) < 1:
        raise pulumi.RunError("ftjobs:maxActiveJobs must be a whole number of at least 1")
    run = waits()
    run.begin()  # a job that fails elsewhere must not end the program before this one had its turn
    try:
        props = await pulumi.Output.all(**given).future()
        own_urn = await pulumi.Output.from_input(urn).future()
        declared = declaration(whole_numbers(props or {}), str(own_urn))
        await queue_for(sources.account(), int(limit)).turn(number, name, declared)
    except BaseException:
        run.finish()
        raise
    run.finish_after(job)


class Queue:
    """The slots of one account, in one program run. The job that was declared first goes first."""

    def __init__(self, client: Client, limit: int) -> None:
        self._client = client
        self._limit = limit
        self._waiting: list[int] = []
        self._let_go: dict[str, float] = {}
        self._listing = asyncio.Lock()
        self._listed: tuple[float, list[dict[str, Any]]] | None = None

    async def turn(self, number: int, name: str, declared: str) -> None:
        """Return when this declaration may be submitted. Raises pulumi.RunError on Ctrl-C and on API errors."""
        self._waiting.append(number)
        try:
            run = waits()
            with run.stoppable(f"a slot for {name}") as stopped:
                await self._until_free(number, name, declared, run, stopped)
        finally:
            self._waiting.remove(number)

    async def _until_free(
        self, number: int, name: str, declared: str, run: Waits, stopped: asyncio.Future[FtjobsError]
    ) -> None:
        tick = FIRST_TICK
        while True:
            jobs = await self._jobs()
            if any(pair(job, DECLARATION_KEY) == declared for job in jobs):
                return  # it exists already and holds its own slot
            active = self._active(jobs)
            first = number == min(self._waiting)
            if first and active < self._limit:
                self._let_go[declared] = time.monotonic()
                return
            if first:
                self._show(name, active)
            done, _ = await asyncio.wait({stopped}, timeout=tick)
            if done:
                raise pulumi.RunError(run.interrupted)
            tick = min(tick * 1.5, LAST_TICK)

    def _show(self, name: str, active: int) -> None:
        others = f" and {len(self._waiting) - 1} more" if len(self._waiting) > 1 else ""
        text = f"{name}{others}: waiting for a slot: {active} of {self._limit} active"
        pulumi.log.info(text, ephemeral=True)

    def _active(self, jobs: list[dict[str, Any]]) -> int:
        """Unfinished jobs of the account, and those let go that it does not list yet."""
        listed = {pair(job, DECLARATION_KEY) for job in jobs}
        now = time.monotonic()
        unseen = [name for name, at in self._let_go.items() if name not in listed and now - at < UNSEEN]
        return sum(not is_finished(job) for job in jobs) + len(unseen)

    async def _jobs(self) -> list[dict[str, Any]]:
        """The account's jobs, newest first; one listing serves everybody who asks in the same second."""
        async with self._listing:
            if self._listed is None or time.monotonic() - self._listed[0] > SHARED:
                try:
                    jobs = await asyncio.get_running_loop().run_in_executor(None, self._list)
                except FtjobsError as error:
                    raise pulumi.RunError(f"waiting for a slot: {error}") from None
                self._listed = (time.monotonic(), jobs)
            return self._listed[1]

    def _list(self) -> list[dict[str, Any]]:
        """Up to a hundred finished ones in a row: what is active is young."""
        found: list[dict[str, Any]] = []
        idle = 0
        for job in self._client.jobs():
            found.append(job.facts())
            idle = idle + 1 if is_finished(found[-1]) else 0
            if idle >= 100:
                break
        return found


_NUMBERS = itertools.count()
_QUEUES: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Account, Queue]] = (
    weakref.WeakKeyDictionary()
)


def queue_for(account: Account, limit: int) -> Queue:
    """The queue of this account in this program run."""
    queues = _QUEUES.setdefault(asyncio.get_running_loop(), {})
    if account not in queues:
        queues[account] = Queue(client_for(account), limit)
    return queues[account]
