"""The words that inputs and outputs of this package are limited to, as types."""

from __future__ import annotations

from typing import Literal, TypeAlias

JobStatus: TypeAlias = Literal[
    "validating_files",
    "queued",
    "running",
    "pausing",
    "paused",
    "resuming",
    "succeeded",
    "failed",
    "cancelled",
]
"""A job's status. A compatible server may report other words; every word but the last three means unfinished."""
DeletionPolicy: TypeAlias = Literal["delete", "retain"]
"""What becomes of the object at the service when its resource is deleted."""
FileFormat: TypeAlias = Literal["chat", "preference", "reinforcement", "completion"]
"""What the rows of a training file look like."""
