"""The metrics of a job by step, from its metrics events."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pulumi_ftjobs.cli.terminal_output import cell

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.cli.drawing import Point


def curves(client: Client, job_id: str) -> dict[str, list[Point]]:
    """All numeric metrics of a job, by name, in ascending order of step; without the step counters."""
    return by_step(event.data for event in client.events(job_id) if event.type == "metrics" and event.data)


def by_step(metrics: Iterable[Mapping[str, Any] | None]) -> dict[str, list[Point]]:
    """Metrics by name and step; of several for one step the first, which is the newest."""
    found: dict[str, dict[float, float]] = {}
    for data in metrics:
        step = _number((data or {}).get("step"))
        for name, value in (data or {}).items():
            number = _number(value)
            if step is not None and number is not None and name not in {"step", "total_steps"}:
                found.setdefault(name, {}).setdefault(step, number)
    return {cell(name): sorted(points.items()) for name, points in sorted(found.items())}


def _number(value: Any) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if usable else None
