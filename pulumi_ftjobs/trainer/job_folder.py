"""The folder of one job: what the server writes for the training process, and what the process reports back.

    request.json           what to train (server)
    training_file.jsonl    hard link to the upload, so that deleting the file does not touch the job (server)
    validation_file.jsonl  the same, where there is one (server)
    lock                   held (flock) by the process that trains; contains its process id
    attempt.json           number of the newest attempt, where processes run on other machines (server)
    starts.json            starts since the last new step, to stop a job that fails again and again (server)
    plan.json              total steps, epochs, token and row counts, once they are known
    reports.jsonl          one line per training step, never changed once it is complete
    out.txt                standard output and error of the process
    state/checkpoint-N     state to resume from; only folders that contain the file `complete` count
    epochs/step-N          the model as of the last epochs
    model/                 the trained model; appears whole, by rename
    end.json               how the job ended; written last, by rename: the only sign of an end

Standard library only: both sides use this module.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

EXIT_PAUSED = 143
"""The process was asked to stop (SIGTERM), saved its state and left."""
EXIT_HELD = 75
"""Another process holds the lock of this job."""
EXIT_DISK_FULL = 74
"""There was no space left; the job can continue once there is."""
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
"""Error numbers of a write that found no space."""


@dataclass(frozen=True)
class JobFolder:
    """Paths and files of one job."""

    path: Path

    @property
    def reports(self) -> Path:
        """One JSON line per step."""
        return self.path / "reports.jsonl"

    @property
    def state(self) -> Path:
        """Saved states to resume from."""
        return self.path / "state"

    @property
    def epochs(self) -> Path:
        """Models at the ends of epochs."""
        return self.path / "epochs"

    @property
    def model(self) -> Path:
        """The trained model."""
        return self.path / "model"

    @property
    def output(self) -> Path:
        """What the process printed."""
        return self.path / "out.txt"

    @property
    def lock(self) -> Path:
        """The lock file."""
        return self.path / "lock"

    def read(self, name: str) -> Json | None:
        """A JSON document of this folder; None where there is none."""
        try:
            document = json.loads((self.path / name).read_bytes())
        except FileNotFoundError:
            return None
        return document if isinstance(document, dict) else None

    def write(self, name: str, document: Json) -> None:
        """Write a JSON document: whole or not at all, and on the disk when this returns."""
        partial = self.path / f"{name}.partial"
        with partial.open("w") as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path / name)
        sync_folder(self.path)

    def take_lock(self) -> int | None:
        """Take the lock; returns its descriptor, or None where another process holds it."""
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def holder(self) -> int | None:
        """The process that holds the lock; None: no process does. 0: one that has not written its id yet."""
        descriptor = self.take_lock()
        if descriptor is not None:
            os.close(descriptor)
            return None
        text = self.lock.read_text().strip()
        return int(text) if text.isdecimal() else 0

    def attempt(self) -> int | None:
        """The number of the newest attempt; None where there is no folder or no attempt."""
        return (self.read("attempt.json") or {}).get("attempt")

    def next_attempt(self, above: int = 0) -> int:
        """Begin an attempt with a higher number: processes of earlier ones stop writing."""
        number = max(self.attempt() or 0, above) + 1
        self.write("attempt.json", {"attempt": number})
        return number

    def last_state(self) -> Path | None:
        """The newest complete state; incomplete ones are what a killed process left behind."""
        found = [p for p in self.state.glob("checkpoint-*") if (p / "complete").exists()]
        return max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)

    def remove_incomplete(self) -> None:
        """Remove what a killed process left half-written: states, models, the end of the reports."""
        for path in self.state.glob("checkpoint-*"):
            if not (path / "complete").exists():
                shutil.rmtree(path)
        for path in [*self.path.glob("*.partial"), *self.epochs.glob("*.partial")]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        _cut_torn_line(self.reports)

    def last_step(self) -> int:
        """The step of the last complete report; 0: none yet."""
        last = last_line(self.reports)
        return int(json.loads(last)["step"]) if last else 0


def write_holder(descriptor: int, pid: int) -> None:
    """Write the holder's process id into the lock file."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{pid}\n".encode(), 0)


def sync_folder(path: Path) -> None:
    """Make renames in this folder survive a power loss."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def last_line(path: Path, window: int = 65_536) -> bytes:
    """The last complete line of a file; empty where there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - window))
            lines = file.read().split(b"\n")
    except FileNotFoundError:
        return b""
    return lines[-2] if len(lines) > 1 else b""


def _cut_torn_line(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
