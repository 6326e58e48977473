"""What training processes reported, read as it grows; a torn last line is not there yet."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Line = dict[str, Any]


@dataclass
class _Read:
    """How much of one file has been read, and what it contained."""

    offset: int = 0
    lines: list[Line] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


class RunReports:
    """The reports of all jobs. A cache: everything is read again after a restart."""

    def __init__(self) -> None:
        self._read: dict[Path, _Read] = {}

    def lines(self, path: Path) -> list[Line]:
        """All complete reports of a file."""
        return self._updated(path).lines

    def count(self, path: Path, elapsed: float) -> int:
        """How many reports there were after a number of seconds of training."""
        return bisect_right(self._updated(path).times, elapsed)

    def forget(self, path: Path) -> None:
        """Drop what was read of a file."""
        self._read.pop(path, None)

    def _updated(self, path: Path) -> _Read:
        read = self._read.setdefault(path, _Read())
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return read
        if size > read.offset:
            with path.open("rb") as file:
                file.seek(read.offset)
                content = file.read()
            whole = content[: content.rfind(b"\n") + 1]
            for line in whole.splitlines():
                document = json.loads(line)
                read.lines.append(document)
                read.times.append(max(document["elapsed"], read.times[-1] if read.times else 0.0))
            read.offset += len(whole)
        return read


def metrics_csv(lines: list[Line]) -> str:
    """The result file of a job."""
    rewards = any("train_mean_reward" in line["data"] for line in lines)
    names = ("step", "train_mean_reward", "full_valid_mean_reward") if rewards else _LOSSES
    head = ",".join("train_accuracy" if name == "train_mean_token_accuracy" else name for name in names)
    rows = [",".join(str(line["data"].get(name, "")) for name in names) for line in lines]
    return "\n".join([head, *rows]) + "\n"


_LOSSES = ("step", "train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy")
