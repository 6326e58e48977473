"""All waits of one program run: what is open, when nothing more is to be recorded, and Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pulumi.runtime import settings as runtime

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.messages import interrupted
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM

OURS = "pulumi-python:dynamic/ftjobs:"
"""How the types of this package begin."""
SETTLING = 0.5
"""Seconds between a registration and the moment when nothing more is expected from it."""


class Open(NamedTuple):
    """One thing that is waited for now."""

    what: str
    """In words: `job ftjob-1`."""
    stop: Callable[[FtjobsError], None]


@dataclass
class Waits:
    """All waits of one program run."""

    open: list[Open] = field(default_factory=list)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    failed: list[str] = field(default_factory=list)
    without: set[str] = field(default_factory=set)
    """URNs of the models that stay as they were because their jobs failed: no new job is bought that depends on one."""
    pending: int = 0
    moves: int = 0
    """How often something was over."""
    interrupted: str = ""
    """What Ctrl-C ended, in words."""
    first: str = ""
    """The job whose row tells how not to wait."""

    def begin(self) -> None:
        """One more wait, or one more record that is being made."""
        self.pending += 1
        self.idle.clear()

    def finish(self) -> None:
        """One less; whatever hangs on it has its chance to begin."""
        self.pending -= 1
        self.moves += 1
        asyncio.get_running_loop().call_later(SETTLING, self._settle, self.moves)

    def _settle(self, moves: int) -> None:
        if self.pending <= 0 and self.moves == moves:
            self.idle.set()

    def watch(self, monitor: Any, loop: asyncio.AbstractEventLoop) -> None:
        """Count what the engine is busy with. What still waits for something else must not be counted: that may be
        the model of a failed job, which is registered when all else is done.
        """
        register = monitor.RegisterResource

        def counted(request: Any) -> Any:
            if not request.type.startswith(OURS):
                return register(request)
            if self.without.intersection(request.dependencies):
                request.object.fields[PROGRAM].struct_value.fields["after_failed"].bool_value = True
            loop.call_soon_threadsafe(self.begin)
            try:
                return register(request)
            finally:
                with suppress(RuntimeError):  # the program has ended in the meantime
                    loop.call_soon_threadsafe(self.finish)

        monitor.RegisterResource = counted

    @contextmanager
    def stoppable(self, what: str) -> Iterator[asyncio.Future[FtjobsError]]:
        """Something that Ctrl-C ends: the future is done once it came. `what` in words."""
        stopped: asyncio.Future[FtjobsError] = asyncio.get_running_loop().create_future()
        opened = Open(what, lambda error: None if stopped.done() else stopped.set_result(error))
        self.open.append(opened)
        try:
            yield stopped
        finally:
            self.open.remove(opened)

    def interrupt(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ctrl-C: end all waits at once, and the program with one clean line; where nothing waits, it is anybody's."""
        loop.remove_signal_handler(signal.SIGINT)
        if not self.open:
            signal.raise_signal(signal.SIGINT)
        self.interrupted = interrupted([wait.what for wait in self.open])
        for wait in list(self.open):
            wait.stop(FtjobsError(self.interrupted))


_RUNS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Waits] = weakref.WeakKeyDictionary()


def waits() -> Waits:
    """The waits of this program run; the first asker also takes over Ctrl-C."""
    loop = asyncio.get_running_loop()
    if loop not in _RUNS:
        _RUNS[loop] = Waits()
        _RUNS[loop].watch(runtime.get_monitor(), loop)
        with suppress(
            NotImplementedError, RuntimeError, ValueError
        ):  # not the main thread, or not on this system
            loop.add_signal_handler(signal.SIGINT, _RUNS[loop].interrupt, loop)
    return _RUNS[loop]
