"""Space on the disk: checked before each save, and named as the cause where a library's save fails for want of it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .run_control import Paused, Superseded, TrainingError

_WEIGHTS = (".safetensors", ".bin", ".gguf", ".pt", ".pth")
_MARGIN = 64 * 1024


@dataclass(frozen=True)
class DiskSpace:
    """The space that one saved state of a run takes."""

    folder: Path
    needed: int

    @classmethod
    def of(cls, folder: Path, model: Any, base: Path) -> DiskSpace:
        """Trained weights and their two moments of Adam, beside the files that are copied from the base model."""
        weights = sum(p.numel() * p.element_size() for p in model.parameters() if p.requires_grad)
        copied = sum(path.stat().st_size for path in base.iterdir() if path.suffix not in _WEIGHTS)
        return cls(folder, 3 * weights + copied + _MARGIN)

    def check(self) -> None:
        """Raise an `OSError` (ENOSPC) where the next state has no room: before it is half-written."""
        free = shutil.disk_usage(self.folder).free
        if free < self.needed:
            text = f"{os.strerror(errno.ENOSPC)}: {free} bytes are free, a saved state takes {self.needed}"
            raise OSError(errno.ENOSPC, text)

    @contextmanager
    def named_as_cause(self) -> Iterator[None]:
        """Where a write fails, libraries raise other errors than `OSError`, without a code."""
        try:
            yield
        except (Paused, Superseded, TrainingError, OSError, MemoryError):
            raise
        except Exception:
            self.check()
            raise
