"""The training side of `reports.jsonl`: one line per step, silent about steps that a resumed run repeats."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from .job_folder import last_line


class ReportLog:
    """Appends the metrics of each step. A line is never written twice and never changed."""

    def __init__(self, path: Path, elapsed: float) -> None:
        """Args:
        path: the file; a torn last line must have been cut before.
        elapsed: seconds of training that the job already had, so that times rise across restarts.
        """
        last = last_line(path)
        reported: dict[str, Any] = json.loads(last) if last else {"step": 0, "elapsed": 0.0}
        self._last_step = int(reported["step"])
        self._start = time.monotonic() - max(elapsed, float(reported["elapsed"]))
        self._file = path.open("a")

    @property
    def elapsed(self) -> float:
        """Seconds of training so far, pauses left out."""
        return round(time.monotonic() - self._start, 3)

    def add(self, step: int, message: str, data: dict[str, Any]) -> None:
        """Report one step, once."""
        if step <= self._last_step:
            return
        self._last_step = step
        line = {"step": step, "elapsed": self.elapsed, "message": message, "data": data}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def sync(self) -> None:
        """Put the reports on the disk: always before the state that would skip them when resumed."""
        os.fsync(self._file.fileno())
