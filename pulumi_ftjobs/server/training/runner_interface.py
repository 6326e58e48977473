"""Where training processes run: the interface between the trainer and a machine or a cluster."""

from __future__ import annotations

from typing import Protocol

from pulumi_ftjobs.trainer.job_folder import JobFolder

OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
PROCESS_ENVIRONMENT = {**OFFLINE, "PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false"}
"""What every training process gets, wherever it runs."""
NEVER_STARTED = 256
"""In place of an exit status: the process was asked for, and there was no room for it. No failure of the job."""


class Runner(Protocol):
    """Starts, stops and recognises training processes. Each call returns at once."""

    exit_statuses: dict[str, int]
    """How the last process of a job ended, as far as it is known; negative: by a signal."""

    def start(self, folder: JobFolder, elapsed: float) -> bool:
        """Start the process of a job unless one runs; returns whether it was started."""

    def alive(self, folder: JobFolder) -> bool:
        """Whether a process trains this job, or may do so."""

    def ask_to_stop(self, folder: JobFolder) -> None:
        """Ask the process to save its state and leave."""

    def kill(self, folder: JobFolder) -> None:
        """End the process; what it would still write is of no use."""
