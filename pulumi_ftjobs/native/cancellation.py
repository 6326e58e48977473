"""The engine's Cancel: it ends waits, and nothing that may have created a job."""

from __future__ import annotations

import threading
from typing import Final

from pulumi_ftjobs.lifecycle.base_error import FtjobsError

_CONTINUES: Final = "what was submitted keeps running at the service, and `pulumi up` continues to wait"


class Interrupted(FtjobsError):
    """A wait was ended by the user. What was submitted keeps running at the service."""


class Cancellation:
    """Whether the engine has cancelled the command. It does so at the end of every ordinary one as well."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._waits: set[threading.Event] = set()
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """End all waits, also those that begin later."""
        self._cancelled.set()
        with self._lock:
            for wait in self._waits:
                wait.set()

    @property
    def cancelled(self) -> bool:
        """Whether Cancel has arrived."""
        return self._cancelled.is_set()

    def wait(self, done: threading.Event, timeout: float | None, what: str, then: str = _CONTINUES) -> bool:
        """Wait until `done` is set; False when the time was up before.

        Raises:
            Interrupted: Cancel arrived. `what` names the object of the wait, `then` what becomes of it.
        """
        with self._lock:
            self._waits.add(done)
        try:
            if not self.cancelled:
                finished = done.wait(timeout)
                if not self.cancelled:
                    return finished
        finally:
            with self._lock:
                self._waits.discard(done)
        raise Interrupted(f"interrupted: stopped waiting for {what}; {then}")

    def sleep(self, seconds: float, what: str, then: str = _CONTINUES) -> None:
        """Sleep, unless Cancel arrives.

        Raises:
            Interrupted: Cancel arrived.
        """
        self.wait(threading.Event(), seconds, what, then)

    def pause(self, seconds: float) -> None:
        """Sleep until a job that was cancelled is asked for again, unless Cancel arrives.

        Raises:
            Interrupted: Cancel arrived.
        """
        self.sleep(seconds, "a cancel to take effect", "it was sent; run the command again")
