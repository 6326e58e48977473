"""All waits of one program run: what is open, when nothing more will be recorded, and Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.messages import interrupted
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from pulumi_ftjobs.resources.runtime.sdk import Register, RegisterRequest

OURS = "pulumi-python:dynamic/ftjobs:"
"""How the types of this package begin."""
SETTLING = 0.5
"""Seconds between a registration and the moment when nothing more is expected from it."""


class ProgramLoop:
    """The program's event loop, for calls from other threads; does nothing once the program has ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)

    def post(self, call: Callable[..., Any], *arguments: Any) -> None:
        """Run a call on the loop, soon."""
        loop = self._loop()
        if loop is not None:
            with suppress(RuntimeError):  # closed
                loop.call_soon_threadsafe(call, *arguments)


class OpenWait(NamedTuple):
    """One wait in progress."""

    what: str
    """For users: `job ftjob-1`."""
    stop: Callable[[FtjobsError], None]


class WaitRegistry:
    """All waits of one program run."""

    def __init__(self, loop: ProgramLoop) -> None:
        self._loop = loop
        self._pending = 0
        self._finished = 0
        self._interruptible = False
        self.open: list[OpenWait] = []
        self.idle = asyncio.Event()
        """Set while nothing is waited for and nothing is being recorded."""
        self.failed: list[str] = []
        """Jobs that did not succeed, or whose wait ended early."""
        self.without_model: set[str] = set()
        """URNs of the models that stay unchanged because their jobs failed: no job that depends on one is created."""
        self.interrupted = ""
        """What Ctrl-C ended, for users; empty until it came."""
        self.first = ""
        """The job whose row says how not to wait."""

    def begin(self) -> None:
        """Count one more wait, or one more resource that is being recorded."""
        self._pending += 1
        self.idle.clear()

    def finish(self) -> None:
        """Count one less; whatever depends on it has its chance to begin."""
        self._pending -= 1
        self._finished += 1
        asyncio.get_running_loop().call_later(SETTLING, self._settle, self._finished)

    def _settle(self, finished: int) -> None:
        if self._pending <= 0 and self._finished == finished:
            self.idle.set()

    def register(self, request: RegisterRequest, proceed: Register) -> Any:
        """Count what the engine is busy with: a handler of the monitor.

        What still waits for something else is not counted: that may be the model of a failed job, which is
        registered when all else is done.
        """
        if not request.type.startswith(OURS):
            return proceed(request)
        if self.without_model.intersection(request.dependencies):
            request.object.fields[PROGRAM].struct_value.fields["after_failed"].bool_value = True
        self._loop.post(self.begin)
        try:
            return proceed(request)
        finally:
            self._loop.post(self.finish)

    @contextmanager
    def opened(self, what: str, stop: Callable[[FtjobsError], None]) -> Iterator[None]:
        """A wait in progress, which Ctrl-C ends with `stop`. `what`: for users."""
        self._handle_interrupts()
        wait = OpenWait(what, stop)
        self.open.append(wait)
        try:
            yield
        finally:
            self.open.remove(wait)

    @contextmanager
    def stoppable(self, what: str) -> Iterator[asyncio.Future[FtjobsError]]:
        """A wait that Ctrl-C ends by resolving the future. `what`: for users."""
        stopped: asyncio.Future[FtjobsError] = asyncio.get_running_loop().create_future()
        with self.opened(what, lambda error: None if stopped.done() else stopped.set_result(error)):
            yield stopped

    def _handle_interrupts(self) -> None:
        """Take over Ctrl-C, once, where this thread and system let us."""
        if not self._interruptible:
            self._interruptible = True
            loop = asyncio.get_running_loop()
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(signal.SIGINT, self.interrupt)

    def interrupt(self) -> None:
        """End all waits at once, and the program with one clean line; where nothing waits, as Python does."""
        with suppress(NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
        if not self.open:
            signal.raise_signal(signal.SIGINT)
        self.interrupted = interrupted([wait.what for wait in self.open])
        for wait in list(self.open):
            wait.stop(FtjobsError(self.interrupted))
