"""The slots of one account: how many are taken, and whose turn is next."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import pulumi

from pulumi_ftjobs.api.retry import longer
from pulumi_ftjobs.lifecycle.adoption import is_finished, pair
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY
from pulumi_ftjobs.resources.runtime.slots.slot_request import SlotGroup, SlotRequest
from pulumi_ftjobs.resources.runtime.wait_registry import WaitRegistry

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client

FIRST_TICK: Final = 2.0
LAST_TICK: Final = 15.0
"""Seconds between listings, from the first to the last."""
BLIND_TICK: Final = 60.0
"""Seconds before a refused job is submitted again where only other projects' jobs fill the limit."""
SHARED: Final = 1.0
"""Seconds for which a listing is shared."""
UNLISTED: Final = 120.0
"""Seconds for which a job that got a slot counts as active before the service lists it."""
IDLE_ROW: Final = 100
"""Finished jobs in a row after which a listing stops: active jobs are young."""

ACCOUNT_LIMIT: Final = "ftjobs:maxActiveJobs"
GROUP_LIMIT: Final = "max_active of its sweep"

T = TypeVar("T")


class Listing(NamedTuple):
    """The account's jobs, newest first."""

    jobs: list[dict[str, Any]]
    complete: bool
    """False where older, finished ones were left out."""


class SlotQueue:
    """The slots of one account, in one program run."""

    def __init__(
        self,
        client: Client,
        waits: WaitRegistry,
        limit: int | None,
        *,
        tick: float = FIRST_TICK,
        blind_tick: float = BLIND_TICK,
    ) -> None:
        """Args:
        client: the account's.
        waits: the program's waits, whom Ctrl-C ends.
        limit: `ftjobs:maxActiveJobs`; None for an account whose limit only the service knows.
        tick: seconds between the first listings.
        blind_tick: see BLIND_TICK.
        """
        self._client = client
        self._waits = waits
        self._limit = limit
        self._tick, self._blind_tick = tick, blind_tick
        self._waiting: dict[int, SlotGroup | None] = {}
        self._submitted: dict[tuple[str, str], float] = {}
        self._listing = asyncio.Lock()
        self._listed: tuple[float, Listing] | None = None

    async def turn(self, request: SlotRequest, *, wait: bool) -> str:
        """Empty once this job may be submitted; where `wait` is False, why it may not be submitted now.

        Raises:
            pulumi.RunError: on Ctrl-C and on API errors.
        """
        if not (await self._jobs()).complete and await self._ask(self._created_long_ago, request):
            return ""
        return await self._take(request, self._limit, wait=wait)

    async def turn_after_refusal(self, request: SlotRequest) -> None:
        """Return once a job that the service refused for too many active ones is worth submitting again.

        As many as are active now are allowed; a limit that is filled by jobs which this project does not see is
        only time's to free.

        Raises:
            pulumi.RunError: on Ctrl-C and on API errors.
        """
        self._submitted.pop((request.stack, request.declared), None)
        self._listed = None
        taken = self._taken((await self._jobs()).jobs, None)
        if taken:
            await self._take(request, taken, wait=True, refused=True)
            return
        text = f"{request.name}: waiting for a slot: jobs that this project does not see are active"
        pulumi.log.info(text, ephemeral=True)
        with self._waits.stoppable(f"a slot for {request.name}") as stopped:
            await self._sleep(self._blind_tick, stopped)

    async def _take(
        self, request: SlotRequest, limit: int | None, *, wait: bool, refused: bool = False
    ) -> str:
        """Wait in line for a slot and take it."""
        self._waiting[request.number] = request.group
        try:
            with self._waits.stoppable(f"a slot for {request.name}") as stopped:
                return await self._until_free(request, limit, stopped, wait=wait, refused=refused)
        finally:
            del self._waiting[request.number]

    async def _until_free(
        self,
        request: SlotRequest,
        limit: int | None,
        stopped: asyncio.Future[FtjobsError],
        *,
        wait: bool,
        refused: bool,
    ) -> str:
        tick = self._tick
        while True:
            jobs = (await self._jobs()).jobs
            if any(map(request.adopts, jobs)):
                return ""  # it exists already and holds its own slot
            # The service that refused the job counts the one it replaces as well.
            taken, allowed, setting = self._taken(jobs, None if refused else request), limit, ACCOUNT_LIMIT
            if request.group and self._is_full(request.group, jobs, request):
                taken, allowed, setting = request.group.limit, request.group.limit, GROUP_LIMIT
            first = not wait or request.number == self._first_in_line(request, jobs)
            if first and (allowed is None or taken < allowed):
                self._submitted[request.stack, request.declared] = time.monotonic()
                return ""
            if not wait:
                return f"no slot is free ({taken} of {allowed} active, {setting})"
            if first:
                self._show(request.name, taken, allowed, refused=refused)
            await self._sleep(tick, stopped)
            tick = longer(tick, LAST_TICK)

    def _first_in_line(self, request: SlotRequest, jobs: list[dict[str, Any]]) -> int:
        """Whose turn it is: the first declared, but for those of other groups that are full."""
        return min(
            number
            for number, group in self._waiting.items()
            if group in (None, request.group) or not self._is_full(group, jobs, request)
        )

    def _is_full(self, group: SlotGroup, jobs: list[dict[str, Any]], request: SlotRequest) -> bool:
        own = [
            job
            for job in jobs
            if group.holds((pair(job, STACK_KEY), pair(job, DECLARATION_KEY)), request.stack)
        ]
        return self._taken(own, request, group) >= group.limit

    async def _sleep(self, seconds: float, stopped: asyncio.Future[FtjobsError]) -> None:
        done, _ = await asyncio.wait({stopped}, timeout=seconds)
        if done:
            raise pulumi.RunError(self._waits.interrupted)

    def _show(self, name: str, taken: int, limit: int | None, *, refused: bool) -> None:
        others = f" and {len(self._waiting) - 1} more" if len(self._waiting) > 1 else ""
        why = f"the service allows no more than {limit} active" if refused else f"{taken} of {limit} active"
        pulumi.log.info(f"{name}{others}: waiting for a slot: {why}", ephemeral=True)

    def _taken(
        self, jobs: list[dict[str, Any]], request: SlotRequest | None, group: SlotGroup | None = None
    ) -> int:
        """How many slots are taken (of a group): by unfinished jobs, but for the one that `request` replaces, and by
        jobs that got a slot and are not listed yet.
        """
        listed = {(pair(job, STACK_KEY), pair(job, DECLARATION_KEY)) for job in jobs}
        now = time.monotonic()
        unlisted = [
            key
            for key, at in self._submitted.items()
            if key not in listed and now - at < UNLISTED and (group is None or group.holds(key, key[0]))
        ]
        active = [job for job in jobs if not is_finished(job)]
        return sum(request is None or not request.supersedes(job) for job in active) + len(unlisted)

    async def _jobs(self) -> Listing:
        """The account's jobs, newest first; one listing serves everybody who asks in the same second."""
        async with self._listing:
            if self._listed is None or time.monotonic() - self._listed[0] > SHARED:
                self._listed = (time.monotonic(), await self._ask(self._list))
            return self._listed[1]

    async def _ask(self, question: Callable[..., T], *about: Any) -> T:
        """The service's answer, off the program's loop. Raises pulumi.RunError."""
        try:
            return await asyncio.get_running_loop().run_in_executor(None, question, *about)
        except FtjobsError as error:
            raise pulumi.RunError(f"waiting for a slot: {error}") from None

    def _list(self) -> Listing:
        found: list[dict[str, Any]] = []
        idle = 0
        for job in self._client.jobs():
            found.append(job.facts())
            idle = idle + 1 if is_finished(found[-1]) else 0
            if idle >= IDLE_ROW:
                return Listing(found, complete=False)
        return Listing(found, complete=True)

    def _created_long_ago(self, request: SlotRequest) -> bool:
        """Whether a job to adopt exists, however old; a service without the filter shows its youngest ones."""
        marks = {STACK_KEY: request.stack, DECLARATION_KEY: request.declared}
        return any(
            request.adopts(job.facts()) for job in itertools.islice(self._client.jobs(marks), IDLE_ROW)
        )
