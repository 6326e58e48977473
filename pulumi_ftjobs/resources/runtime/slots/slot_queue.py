"""A queue in the program for accounts that allow only so many active jobs: waiting here costs nothing."""

from __future__ import annotations

import asyncio
import itertools
import time
import weakref
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import pulumi
from pulumi.runtime.resource import all_aliases

from pulumi_ftjobs.lifecycle.adoption import is_finished, pair
from pulumi_ftjobs.lifecycle.base_error import FtjobsError, SettingsError
from pulumi_ftjobs.lifecycle.settings import Account
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY
from pulumi_ftjobs.lifecycle.values import whole_numbers
from pulumi_ftjobs.resources.runtime.deferred_registration import leave_out_what_is_not_yet
from pulumi_ftjobs.resources.runtime.program_accounts import client_for, sources_of
from pulumi_ftjobs.resources.runtime.program_inputs import waiting_allowed
from pulumi_ftjobs.resources.runtime.slots.slot_requests import Claim, claim_of
from pulumi_ftjobs.resources.runtime.wait_registry import Waits, waits

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client

FIRST_TICK: Final = 2.0
LAST_TICK: Final = 15.0
"""Seconds between looks at the account, from the first to the last."""
SHARED: Final = 1.0
"""Seconds a listing is shared."""
UNSEEN: Final = 120.0
"""Seconds a job that was let go counts as active before the service lists it."""

T = TypeVar("T")


class Listing(NamedTuple):
    """The account's jobs, newest first."""

    jobs: list[dict[str, Any]]
    complete: bool
    """False where older, finished ones were left out."""


def held_back(
    job: pulumi.Resource,
    name: str,
    given: Mapping[str, Any],
    urn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> Awaitable[dict[str, Any] | None]:
    """Done when this job may be submitted: at once, unless `maxActiveJobs` is set for its account.

    Where nothing waits: None, or why it may not (`held`), and whether the state has it already (`there`).
    """
    if not waiting_allowed():
        leave_out_what_is_not_yet()
    aliases = all_aliases(opts.aliases, name, job.TYPE, opts.parent)  # type: ignore[attr-defined]
    urns: pulumi.Output[Any] = pulumi.Output.all(urn, *aliases)
    return _held_back(next(_NUMBERS), job, name, given, urns, opts)


async def _held_back(
    number: int,
    job: pulumi.Resource,
    name: str,
    given: Mapping[str, Any],
    urns: pulumi.Output[Any],
    opts: pulumi.ResourceOptions,
) -> dict[str, Any] | None:
    sources = await sources_of(job)
    try:
        limit = sources.max_active_jobs()
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    if limit is None:
        return None
    inputs = pulumi.Output.all(**given)
    if not await inputs.is_known():  # it uses what is left out, and is left out with it
        return None
    known = whole_numbers(await inputs.future() or {})
    own = [str(urn) for urn in await urns.future() or [] if urn]
    run = waits()
    run.begin()  # a job that fails elsewhere must not end the program before this one had its turn
    try:
        claim, there = await claim_of(number, name, known, own, opts)
        why = await queue_for(sources.account(), limit).turn(claim) if claim else ""
    finally:
        run.finish()
    return {"held": why, "there": there} if why else None


class Queue:
    """The slots of one account, in one program run."""

    def __init__(self, client: Client, limit: int) -> None:
        self._client = client
        self._limit = limit
        self._waiting: list[int] = []
        self._let_go: dict[str, float] = {}
        self._listing = asyncio.Lock()
        self._listed: tuple[float, Listing] | None = None

    async def turn(self, claim: Claim) -> str:
        """Nothing once this job may be submitted; where nothing waits, why it may not.

        Raises pulumi.RunError on Ctrl-C and on API errors.
        """
        self._waiting.append(claim.number)
        try:
            run = waits()
            with run.stoppable(f"a slot for {claim.name}") as stopped:
                return await self._until_free(claim, run, stopped)
        finally:
            self._waiting.remove(claim.number)

    async def _until_free(self, claim: Claim, run: Waits, stopped: asyncio.Future[FtjobsError]) -> str:
        tick, patient = FIRST_TICK, waiting_allowed()
        if not (await self._jobs()).complete and await self._asked(self._made_long_ago, claim):
            return ""
        while True:
            jobs = (await self._jobs()).jobs
            if any(map(claim.made, jobs)):
                return ""  # it exists already and holds its own slot
            active = self._active(jobs, claim)
            first = not patient or claim.number == min(self._waiting)
            if first and active < self._limit:
                self._let_go[claim.declared] = time.monotonic()
                return ""
            if not patient:
                return f"no slot is free ({active} of {self._limit} active, ftjobs:maxActiveJobs)"
            if first:
                self._show(claim.name, active)
            done, _ = await asyncio.wait({stopped}, timeout=tick)
            if done:
                raise pulumi.RunError(run.interrupted)
            tick = min(tick * 1.5, LAST_TICK)

    def _show(self, name: str, active: int) -> None:
        others = f" and {len(self._waiting) - 1} more" if len(self._waiting) > 1 else ""
        text = f"{name}{others}: waiting for a slot: {active} of {self._limit} active"
        pulumi.log.info(text, ephemeral=True)

    def _active(self, jobs: list[dict[str, Any]], claim: Claim) -> int:
        """Unfinished jobs of the account, and those let go that it does not list yet; not the claim's predecessor."""
        listed = {pair(job, DECLARATION_KEY) for job in jobs if pair(job, STACK_KEY) == claim.stack}
        now = time.monotonic()
        unseen = [name for name, at in self._let_go.items() if name not in listed and now - at < UNSEEN]
        return sum(not is_finished(job) and not claim.supersedes(job) for job in jobs) + len(unseen)

    async def _jobs(self) -> Listing:
        """The account's jobs, newest first; one listing serves everybody who asks in the same second."""
        async with self._listing:
            if self._listed is None or time.monotonic() - self._listed[0] > SHARED:
                self._listed = (time.monotonic(), await self._asked(self._list))
            return self._listed[1]

    async def _asked(self, question: Callable[..., T], *about: Any) -> T:
        """The service's answer, off the program's loop. Raises pulumi.RunError."""
        try:
            return await asyncio.get_running_loop().run_in_executor(None, question, *about)
        except FtjobsError as error:
            raise pulumi.RunError(f"waiting for a slot: {error}") from None

    def _list(self) -> Listing:
        """Up to a hundred finished ones in a row: what is active is young."""
        found: list[dict[str, Any]] = []
        idle = 0
        for job in self._client.jobs():
            found.append(job.facts())
            idle = idle + 1 if is_finished(found[-1]) else 0
            if idle >= 100:
                return Listing(found, complete=False)
        return Listing(found, complete=True)

    def _made_long_ago(self, claim: Claim) -> bool:
        """Whether a job of this declaration exists, however old; a service without the filter shows its youngest."""
        marks = {STACK_KEY: claim.stack, DECLARATION_KEY: claim.declared}
        return any(claim.made(job.facts()) for job in itertools.islice(self._client.jobs(marks), 100))


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
