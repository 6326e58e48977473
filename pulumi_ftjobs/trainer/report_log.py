"""The training side of `reports.jsonl`: one line per step, silent about steps that a resumed run repeats."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from .job_folder import JobFolder, last_line
from .run_control import Superseded


class ReportLog:
    """Appends the metrics of each step. A line is never written twice and never changed."""

    def __init__(self, folder: JobFolder, elapsed: float, attempt: int | None = None) -> None:
        """Args:
        folder: the job's folder; a torn last line of its reports must have been cut before.
        elapsed: seconds of training that the job already had, so that times rise across restarts.
        attempt: the number of this attempt; None where the lock alone decides.
        """
        self._folder, self._attempt = folder, attempt
        last = last_line(folder.reports)
        reported: dict[str, Any] = json.loads(last) if last else {"step": 0, "elapsed": 0.0}
        self._last_step = int(reported["step"])
        self._start = time.monotonic() - max(elapsed, float(reported["elapsed"]))
        self._file = folder.reports.open("a")

    @property
    def elapsed(self) -> float:
        """Seconds of training so far, pauses left out."""
        return round(time.monotonic() - self._start, 3)

    def check(self) -> None:
        """Raise `Superseded` if a newer attempt trains this job; called before everything that is written."""
        if self._attempt is not None and self._folder.attempt() != self._attempt:
            raise Superseded

    def add(self, step: int, message: str, data: dict[str, Any]) -> None:
        """Report one step, once."""
        if step <= self._last_step:
            return
        self.check()
        self._last_step = step
        line = {"step": step, "elapsed": self.elapsed, "message": message, "data": data}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def sync(self) -> None:
        """Put the reports on the disk: always before the state that would skip them when resumed."""
        os.fsync(self._file.fileno())
