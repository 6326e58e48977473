"""A service that refuses a job because too many are active: ask again when one of them has ended."""

from __future__ import annotations

import asyncio
import weakref
from typing import Final

import pulumi
from pulumi.runtime.sync_await import _sync_await

from pulumi_ftjobs.lifecycle.adoption import is_finished
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.messages import SET_MAX_ACTIVE
from pulumi_ftjobs.resources.runtime.program_accounts import account_of, client_for
from pulumi_ftjobs.resources.runtime.program_inputs import waiting_allowed
from pulumi_ftjobs.resources.runtime.wait_registry import waits

TICK: Final = 10.0
"""Seconds between looks at the jobs that are active."""
BLIND_TICK: Final = 60.0
"""Seconds before asking again where other projects' jobs fill the limit: the engine lets us try 100 times."""

_HOOKS: weakref.WeakKeyDictionary[
    asyncio.AbstractEventLoop, tuple[pulumi.ErrorHook, dict[str, pulumi.Resource]]
] = weakref.WeakKeyDictionary()


def refusal_hook(job: pulumi.Resource, urn: pulumi.Output[str]) -> pulumi.ErrorHook:
    """The program's one hook, which knows `job` by its URN."""
    loop = asyncio.get_running_loop()
    if loop not in _HOOKS:
        hook = pulumi.ErrorHook("ftjobs-too-many-active-jobs", _slot_is_free)
        # A program that fails while the server behind its first hook starts is aborted by gRPC without a word.
        _sync_await(hook._registered)  # noqa: SLF001 - nothing public tells
        _HOOKS[loop] = (hook, {})
    hook, jobs = _HOOKS[loop]
    urn.apply(lambda known: jobs.__setitem__(known, job))
    return hook


async def _slot_is_free(args: pulumi.ErrorHookArgs) -> bool:
    """True, to submit again, once fewer jobs are active; False for every other failure, and on Ctrl-C."""
    _, jobs = _HOOKS[asyncio.get_running_loop()]
    if (
        args.failed_operation != "create"
        or not waiting_allowed()
        or args.urn not in jobs
        or SET_MAX_ACTIVE not in "".join(args.errors[:1])
    ):
        return False
    try:
        client = client_for(await account_of(jobs[args.urn]))
        loop = asyncio.get_running_loop()

        def active() -> set[str]:
            return {found.id for found in client.jobs() if not is_finished(found.facts())}

        before = await loop.run_in_executor(None, active)
        limit = f"the service allows no more than {len(before)} active"
        why = limit if before else "jobs that this project does not see are active"
        pulumi.log.info(f"{args.name}: waiting for a slot: {why}", ephemeral=True)
        while True:
            if await _interrupted(args.name, TICK if before else BLIND_TICK):
                return False
            if not before <= await loop.run_in_executor(None, active) or not before:
                break
    except FtjobsError:
        return False
    return True


async def _interrupted(name: str, seconds: float) -> bool:
    """Sleep; whether Ctrl-C came meanwhile."""
    with waits().stoppable(f"a slot for {name}") as stopped:
        done, _ = await asyncio.wait({stopped}, timeout=seconds)
    return bool(done)
