"""CPU seconds of a command with everything it started, plugins that outlive it included."""

from __future__ import annotations

import ctypes
import os
import resource
import sys

from typing_extensions import Self

_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER: processes that lose their parent become ours, and their CPU time with them."""


class Cpu:
    """Measures a block: `seconds` is what its processes used by their end."""

    seconds = 0.0

    def __enter__(self) -> Self:
        """Begin."""
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
        self._before = _used()
        return self

    def __exit__(self, *_: object) -> None:
        """End: collect what has ended."""
        self.seconds = _used() - self._before


def _used() -> float:
    orphans = True
    while orphans:
        try:
            orphans = os.waitpid(-1, os.WNOHANG)[0] != 0
        except ChildProcessError:
            orphans = False
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
