"""How often progress is worth a line: often in a terminal, rarely in a log file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from pulumi_ftjobs.lifecycle.progress import Progress

LOG_FIRST: Final = 30.0
"""Seconds between lines of a log at first; doubles each time."""
LOG_LAST: Final = 600.0
"""Seconds between lines of a log at last: a job of 10 hours makes about 70 lines."""
CROWD: Final = 5
"""Jobs that share a log at this pace; more of them are each shown less often, so that the log grows no faster."""


class Rhythm:
    """Decides which looks at a job are shown: in a terminal all, in a log each new status and then ever fewer."""

    def __init__(
        self,
        *,
        watched: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
        crowd: Callable[[], int] = lambda: 1,
    ) -> None:
        """`crowd`: how many jobs are shown now."""
        self._crowd = crowd
        self._watched = is_watched() if watched is None else watched
        self._clock = clock
        self._pause = LOG_FIRST
        self._status: object = None
        self._next = 0.0

    def due(self, progress: Progress) -> bool:
        """Whether this look is shown."""
        status = (progress.status, bool(progress.trouble))
        if self._watched:
            return True
        if status != self._status:
            self._status, self._pause = status, LOG_FIRST
        elif self._clock() < self._next:
            return False
        self._next = self._clock() + self._pause * max(1.0, self._crowd() / CROWD)
        self._pause = min(self._pause * 2, LOG_LAST)
        return True


@cache
def is_watched() -> bool:
    """Whether a person sees the rows change: the CLI, some parents up, writes to a terminal.

    Where the parents cannot be asked: whether there is a terminal at all, and this is not CI.
    """
    if os.environ.get("CI"):
        return False
    cli = _cli_stdout()
    if cli is not None:
        return cli.startswith(("/dev/pts/", "/dev/tty", "/dev/console"))
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY))
    except OSError:
        return False
    return True


def _cli_stdout() -> str | None:
    """What the `pulumi` process above us writes to, on systems that tell."""
    process = os.getppid()
    for _step in range(8):
        folder = Path("/proc") / str(process)
        try:
            name = (folder / "comm").read_text().strip()
            if name == "pulumi":
                return str((folder / "fd" / "1").readlink())
            process = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return None
    return None
