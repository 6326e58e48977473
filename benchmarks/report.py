"""Makes docs/speed.md and its picture from the figures that benchmarks.engine kept.

python -m benchmarks.report build/bench.json
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from datetime import datetime, timezone
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
COLOURS = {"floor": "#9aa5b1", "dynamic": "#5b5bd6", "native": "#12a594"}
BAR, GAP, LEFT, WIDTH = 14, 18, 190, 760

HEAD = """# Speed

How close each command comes to the engine's own floor: a dynamic provider that does nothing, with as many resources, in
the same run. Written by `make bench`; one run on one machine, so read the ratios, and CPU before wall time. The dynamic
host answers four calls at a time: what must call the service cannot be faster than floor + N x latency / 4.

{where}

![Median CPU seconds per command](speed.svg)

| command | N | latency | lane | provider | wall, median | spread | x floor | CPU | x floor | requests |
|---|---|---|---|---|---|---|---|---|---|---|
"""


def table(rows: list[dict[str, Any]]) -> str:
    """The figures as Markdown rows, each beside its floor."""
    floors = {_key(row): row for row in rows if row["kind"] == "floor"}
    lines = []
    for row in rows:
        floor = floors[_key(row)]
        wall, cpu = statistics.median(row["wall"]), statistics.median(row["cpu"])
        cells = [
            row["command"],
            row["jobs"],
            f"{row['latency_ms']:g} ms",
            "fast" if row["fast_lane"] else "normal",
            row["kind"],
            f"{wall:.2f} s",
            f"{min(row['wall']):.2f} to {max(row['wall']):.2f}",
            f"{wall / statistics.median(floor['wall']):.2f}",
            f"{cpu:.2f} s",
            f"{cpu / statistics.median(floor['cpu']):.2f}",
            row["requests"],
        ]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def picture(rows: list[dict[str, Any]]) -> str:
    """Bars of median CPU seconds, one group per command and size, as SVG."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        lane = ", fast lane" if row["fast_lane"] else ""
        groups.setdefault(f"{row['command']}, N={row['jobs']}, {row['latency_ms']:g} ms{lane}", []).append(
            row
        )
    most = max(statistics.median(row["cpu"]) for row in rows)
    parts, y = [], 40
    for at, (kind, colour) in enumerate(COLOURS.items()):
        x = LEFT + at * 110
        parts.append(f'<rect x="{x}" y="12" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 18}" y="23">{kind}</text>')
    for title, group in groups.items():
        parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(title)}</text>')
        for row in group:
            seconds = statistics.median(row["cpu"])
            length = max(1.0, (WIDTH - LEFT - 70) * seconds / most)
            colour = COLOURS[row["kind"]]
            parts.append(
                f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{colour}"/>'
            )
            parts.append(f'<text x="{LEFT + length + 6:.1f}" y="{y + 11}">{seconds:.2f} s</text>')
            y += BAR
        y += GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="Median CPU seconds per command">'
        f'<rect width="{WIDTH}" height="{y}" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["command"], row["jobs"], row["latency_ms"], row["fast_lane"])


def main() -> None:
    """Write the page and the picture."""
    rows = json.loads(Path(sys.argv[1]).read_text())
    where = (
        f"{datetime.now(timezone.utc):%Y-%m-%d}, {platform.system()} on {os.cpu_count()} cores (load "
        f"{os.getloadavg()[0]:.1f} at the end), Python {platform.python_version()}, pulumi SDK {version('pulumi')}, "
        f"{len(rows[0]['wall'])} repetition(s)."
    )
    (DOCS / "speed.md").write_text(HEAD.format(where=where) + table(rows))
    (DOCS / "speed.svg").write_text(picture(rows))
    print(f"wrote {DOCS / 'speed.md'} and speed.svg")


if __name__ == "__main__":
    main()
