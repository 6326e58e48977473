"""A small disk under a folder, which can be filled up and emptied again."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

DISK = 4 << 20
"""Bytes."""


class Disk:
    """A mounted disk."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def __call__(self) -> None:
        """Fill it to its last byte."""
        with pytest.raises(OSError, match="No space left"):
            self._filler.write_bytes(b"0" * DISK)

    def undo(self) -> None:
        """Make room again."""
        self._filler.unlink()


@contextmanager
def full_disk(folder: Path) -> Iterator[Disk]:
    """Put a folder on a disk of four megabytes for the time of the block; what it holds at the end is kept."""
    assert os.getuid() == 0, "only root may mount a disk: run `make faults` as root, e.g. in a container"
    aside = folder.with_name(f"{folder.name}-kept")
    shutil.copytree(folder, aside)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "full-disk", folder], check=True)
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
