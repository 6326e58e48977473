"""What ends a run early: a request to stop, a pause, an error of the job."""

from __future__ import annotations

import signal
from types import FrameType

OUT_OF_MEMORY = (
    "Out of memory while training. Lower batch_size, use shorter rows, or take a machine with more memory."
)


class StopRequest:
    """SIGTERM: finish the step, save, leave. A second signal changes nothing."""

    def __init__(self) -> None:
        self.requested = False
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to the server; training continues

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.requested = True


class TrainingError(Exception):
    """The job cannot be trained as requested; becomes the job's `error`."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.param = code, message, param


class Superseded(Exception):
    """A newer attempt trains this job, or the job is gone: nothing more may be written."""


class Paused(Exception):
    """The process was asked to stop and has saved its state."""
