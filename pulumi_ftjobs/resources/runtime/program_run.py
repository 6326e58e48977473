"""One program run: everything that its resources share, made once and closed once."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import Any, Final

import pulumi

from pulumi_ftjobs.lifecycle.settings import unknown_settings
from pulumi_ftjobs.resources.runtime import sdk
from pulumi_ftjobs.resources.runtime.accounts import Accounts
from pulumi_ftjobs.resources.runtime.deferred_registration import DeferredRegistration
from pulumi_ftjobs.resources.runtime.job_wait import JobWaits
from pulumi_ftjobs.resources.runtime.one_provider import OneProvider
from pulumi_ftjobs.resources.runtime.preview_problems import PreviewProblems
from pulumi_ftjobs.resources.runtime.program_settings import config, is_preview_or_mock
from pulumi_ftjobs.resources.runtime.slots.job_slots import JobSlots
from pulumi_ftjobs.resources.runtime.source_position import keep_program_lines
from pulumi_ftjobs.resources.runtime.stack_state import StackState, current_place
from pulumi_ftjobs.resources.runtime.wait_registry import ProgramLoop, WaitRegistry

_RUNS: Final[weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, ProgramRun]] = weakref.WeakKeyDictionary()
"""The only module-level state of the package in a program; inline programs of one process have a loop each."""


class ProgramRun:
    """The clients, state, waits and slots of one program run, and its place before the engine's monitor."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        monitor = sdk.monitor()
        program_loop = ProgramLoop(loop)
        self.accounts = Accounts()
        self.state = StackState(_invoke_of(monitor), current_place())
        self.registry = WaitRegistry(program_loop)
        self.waits = JobWaits(self.accounts, self.state, self.registry, program_loop)
        self.slots = JobSlots(self.accounts, self.state, self.registry)
        if monitor is not None and not sdk.is_mocked():
            sdk.intercept(monitor, [OneProvider().register, keep_program_lines], [])
        if monitor is not None and pulumi.runtime.is_dry_run() and not sdk.is_mocked():
            sdk.intercept(monitor, [PreviewProblems(self.registry, program_loop).register], [])
        if monitor is not None and not is_preview_or_mock():
            deferred = DeferredRegistration(self.state, program_loop)
            # Waits first: a registration that is deferred counts as work too, until it is answered.
            sdk.intercept(monitor, [self.registry.register, deferred.register], [deferred.register_outputs])
        if not sdk.is_mocked():
            for one in unknown_settings(config()):
                pulumi.log.warn(str(one))
        weakref.finalize(loop, self.accounts.close).atexit = False


def program_run() -> ProgramRun:
    """The run of the program whose loop is running; made at the first call."""
    loop = asyncio.get_running_loop()
    if loop not in _RUNS:
        _RUNS[loop] = ProgramRun(loop)
    return _RUNS[loop]


def join_program() -> None:
    """Let the run intercept registrations from now on; under mocks there is none."""
    if not sdk.is_mocked():
        program_run()


def _invoke_of(monitor: Any) -> Callable[[Any], Any]:
    """The engine's call of a function, without the monitor itself, which refers to the run."""
    return monitor.Invoke if monitor is not None else _no_engine


def _no_engine(_request: Any) -> Any:
    raise RuntimeError("there is no engine")
