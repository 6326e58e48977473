"""Training processes on this machine: one per job, found again by its lock after a restart of the server."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pulumi_ftjobs.server.training.runner_interface import PROCESS_ENVIRONMENT
from pulumi_ftjobs.trainer.job_folder import JobFolder, write_holder

_SECRETS = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "PULUMI_ACCESS_TOKEN",
            "PULUMI_CONFIG_PASSPHRASE")  # fmt: skip


class LocalRunner:
    """Starts, signals and recognises training processes. The lock of a job's folder tells whether one runs."""

    def __init__(self, python: Path, program: Sequence[str]) -> None:
        self._command = [str(python), *program]
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self.exit_statuses: dict[str, int] = {}
        """How the last process of a job ended, as far as this server started it."""

    def start(self, folder: JobFolder, elapsed: float) -> bool:
        """Start the process of a job unless one runs; returns whether it was started."""
        lock = folder.take_lock()
        if lock is None:
            return False
        try:
            with folder.output.open("ab") as output:
                child = subprocess.Popen(
                    [*self._command, str(folder.path), "--lock-fd", str(lock), "--elapsed", str(elapsed)],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=[lock],
                    start_new_session=True,  # Ctrl-C in the server's terminal must not reach it
                    env=self._environment(),
                )
            write_holder(lock, child.pid)  # before our copy of the lock goes: its holder is never unknown
        finally:
            os.close(lock)
        self._children[folder.path.name] = child
        return True

    def alive(self, folder: JobFolder) -> bool:
        """Whether a process trains this job, also when another process started it."""
        self._reap()
        return folder.path.exists() and folder.holder() is not None

    def ask_to_stop(self, folder: JobFolder) -> None:
        """Ask the process to save its state and leave."""
        self._signal(folder, signal.SIGTERM)

    def kill(self, folder: JobFolder) -> None:
        """End the process and everything it started, at once."""
        self._signal(folder, signal.SIGKILL)

    def _signal(self, folder: JobFolder, number: signal.Signals) -> None:
        """Signal the holder of the lock. A process id is only used while its process holds the lock."""
        pid = folder.holder() if folder.path.exists() else None
        if not pid:
            return
        try:
            if number == signal.SIGKILL:
                os.killpg(pid, number)
            else:
                os.kill(pid, number)
        except ProcessLookupError:
            pass  # it ended just now

    def _reap(self) -> None:
        for job, child in list(self._children.items()):
            status = child.poll()
            if status is not None:
                self.exit_statuses[job] = status
                del self._children[job]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _SECRETS}
        return {**kept, **PROCESS_ENVIRONMENT}
