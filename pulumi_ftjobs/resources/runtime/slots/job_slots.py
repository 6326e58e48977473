"""What a job's constructor asks about slots: when it may be submitted, and again after a refusal."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, cast

import pulumi

from pulumi_ftjobs.lifecycle.base_error import FtjobsError, SettingsError
from pulumi_ftjobs.lifecycle.identity import declaration
from pulumi_ftjobs.lifecycle.messages import TOO_MANY_ACTIVE
from pulumi_ftjobs.lifecycle.settings import Account, Sources
from pulumi_ftjobs.lifecycle.values import whole_numbers
from pulumi_ftjobs.resources.runtime import sdk
from pulumi_ftjobs.resources.runtime.accounts import Accounts, sources_of_provider, stack_sources
from pulumi_ftjobs.resources.runtime.program_settings import stack_value, waiting_allowed
from pulumi_ftjobs.resources.runtime.slots.slot_queue import SlotQueue
from pulumi_ftjobs.resources.runtime.slots.slot_request import SlotGroup, SlotRequest, slot_request
from pulumi_ftjobs.resources.runtime.stack_state import StackState, plain
from pulumi_ftjobs.resources.runtime.wait_registry import WaitRegistry


class JobSlots:
    """The slot queues of one program run."""

    def __init__(self, accounts: Accounts, state: StackState, waits: WaitRegistry) -> None:
        self._accounts, self._state, self._waits = accounts, state, waits
        self._numbers = itertools.count()
        self._queues: dict[Account, SlotQueue] = {}
        self._jobs: dict[str, tuple[int, pulumi.Resource]] = {}
        self._hook: pulumi.ErrorHook | None = None

    def error_hook(self) -> pulumi.ErrorHook:
        """The program's one hook that the engine asks when a job could not be created."""
        if self._hook is None:
            self._hook = pulumi.ErrorHook("ftjobs-too-many-active-jobs", self._after_refusal)
            sdk.wait_until_registered(self._hook)
        return self._hook

    def hold_back(
        self,
        job: pulumi.Resource,
        name: str,
        given: Mapping[str, Any],
        urn: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
        group: SlotGroup | None = None,
    ) -> pulumi.Output[dict[str, Any] | None] | None:
        """Resolved when this job may be submitted; None for one that may be submitted at once.

        Where waiting is disabled the value may say why the job may not be submitted now (`held`), and whether the
        state has it already (`exists`).

        Raises:
            pulumi.RunError: on Ctrl-C, and where the account or the limit cannot be used.
        """
        number = next(self._numbers)
        if isinstance(urn, str):
            self._jobs[urn] = number, job
        else:
            cast("pulumi.Output[str]", urn).apply(lambda known: self._jobs.__setitem__(known, (number, job)))
        if group is None and not _may_have_provider(opts) and _limit(stack_sources()) is None:
            return None
        return sdk.output_without_resources(self._held_back(number, job, name, given, urn, opts, group))

    async def _held_back(
        self,
        number: int,
        job: pulumi.Resource,
        name: str,
        given: Mapping[str, Any],
        urn: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
        group: SlotGroup | None,
    ) -> dict[str, Any] | None:
        sources = await sources_of_provider(sdk.provider_of(job))
        limit = _limit(sources)
        if limit is None and group is None:
            return None
        inputs = pulumi.Output.all(**given)
        if not await inputs.is_known():  # it uses what is left out, and is left out with it
            return None
        known = whole_numbers(await inputs.future() or {})
        type_token = job.TYPE  # type: ignore[attr-defined]
        urns = await pulumi.Output.all(urn, *sdk.aliases(name, type_token, opts)).future() or []
        self._waits.begin()  # a job that fails elsewhere must not end the program before this one had its turn
        try:
            own = [str(one) for one in urns if one]
            if group:
                group.urns.extend(own)
            request, exists = await slot_request(number, name, known, own, opts, self._state, group)
            if request is None:
                return None
            why = await self._queue(sources.account(), limit).turn(request, wait=waiting_allowed())
        finally:
            self._waits.finish()
        return {"held": why, "exists": exists} if why else None

    async def _after_refusal(self, args: pulumi.ErrorHookArgs) -> bool:
        """True, to submit again, when a slot is free; False for every other failure, and on Ctrl-C."""
        if (
            args.failed_operation != "create"
            or not waiting_allowed()
            or args.urn not in self._jobs
            or TOO_MANY_ACTIVE not in "".join(args.errors[:1])
        ):
            return False
        number, job = self._jobs[args.urn]
        declared = declaration(plain(dict(args.new_inputs or {})), args.urn)
        try:
            sources = await sources_of_provider(sdk.provider_of(job))
            queue = self._queue(sources.account(), _limit(sources))
            await queue.turn_after_refusal(SlotRequest(number, args.name, stack_value(), declared))
        except (FtjobsError, pulumi.RunError):
            return False
        return True

    def _queue(self, account: Account, limit: int | None) -> SlotQueue:
        if account not in self._queues:
            self._queues[account] = SlotQueue(self._accounts.client(account), self._waits, limit)
        return self._queues[account]


def _may_have_provider(opts: pulumi.ResourceOptions) -> bool:
    """Whether these options, or the parent, name an `ft.Provider`, whose limit may be an Output."""
    return bool(opts.provider or opts.providers or sdk.provider_of(opts.parent))


def _limit(sources: Sources) -> int | None:
    """`ftjobs:maxActiveJobs`. Raises pulumi.RunError for a value that is no number of jobs."""
    try:
        return sources.max_active_jobs()
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
