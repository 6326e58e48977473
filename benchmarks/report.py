"""Makes docs/speed.md and its pictures from the figures that `python -m benchmarks` kept in build/bench.json."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from datetime import datetime, timezone
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.engine import COMMANDS, PARALLEL

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
FIGURES = ROOT / "build" / "bench.json"
COLOURS = {"floor": "#9aa5b1", "dynamic": "#5b5bd6", "native": "#12a594", "Terraform peer": "#e5883b"}
BAR, GAP, TOP, LEFT, WIDTH = 14, 14, 40, 150, 760
PEER = {"up": 27.9, "up again": 14.0, "destroy": 48.3}
"""Seconds for 1,000 jobs of the quickest Terraform provider of these jobs, seen on 2026-11-23 on two cores."""

CALLS = {"up": 1, "destroy": 2}
"""Calls of the service for each job: a create; a cancel, and a read that shows it."""

HEAD = """# Speed

How close each command comes to the engine's own floor: a dynamic provider that does nothing, with as many resources, in
the same run. Written by `make bench`; one run on one machine, so read the ratios, and CPU before wall time. The dynamic
host answers four calls at a time: an `up` cannot be faster than floor + N x latency / 4, the limit. A destroy cancels
each job and then reads it: twice that.

{where}

![CPU of each command, times that of the floor](speed.svg)

![Seconds for 1,000 jobs](speed-1000.svg)

In the second picture the Terraform peer is skyscrapr/terraform-provider-openai with Terraform 1.11.4, seen on
2026-11-23 on two cores, with a plan in place of an update without changes. The fast lane is the engine's own
(`PULUMI_SKIP_CHECKPOINTS`): the state is written once, at the end. A process that is killed then loses the whole
update's state, and the next one adopts every job.

## Commands

| command | N | latency | lane | provider | wall | spread | x floor | x limit | CPU | x floor | requests | state a job |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
"""
TITLES = {
    "waiting": """## Waiting

An update whose jobs all train. An end that nothing announced is noticed at the next look, at most 15 s later; where the
service or the pace of the training tells when a job will end, looks come closer.""",
    "interactive": """## In the terminal

Median of five runs.""",
    "script": """## A script with the official package

100 jobs, one after the other, 50 ms latency. It remembers nothing, and repeated it creates every job again.""",
    "service": """## The embedded API

Four callers. `ftjobs serve` checks each request as the service does and keeps every job in SQLite; aimock keeps them in
memory.""",
    "dataset": """## Training data

The best of three processes, a file of 128 MB.""",
}


def table(rows: list[dict[str, Any]]) -> str:
    """The commands as Markdown rows, each beside its floor."""
    floors = {_key(row): row for row in rows if row["kind"] == "floor"}
    lines = []
    for row in sorted(rows, key=lambda one: (one["fast_lane"], one["latency_ms"], one["jobs"])):
        floor = floors[_key(row)]
        wall, least = _wall(row), _wall(floor)
        calls = CALLS.get(row["command"], 0)
        limit = least + calls * row["jobs"] * row["latency_ms"] / 1000 / PARALLEL
        stored = row["command"] in {"up", "up again", "refresh"}
        cells = [
            row["command"],
            f"{row['jobs']:,}",
            f"{row['latency_ms']:g} ms",
            "fast" if row["fast_lane"] else "normal",
            row["kind"],
            f"{wall:.2f} s",
            f"{min(row['wall']):.2f} to {max(row['wall']):.2f}",
            f"{wall / least:.2f}",
            f"{wall / limit:.2f}" if calls and row["kind"] != "floor" else "",
            f"{_cpu(row):.2f} s",
            f"{_cpu(row) / _cpu(floor):.2f}",
            row["requests"],
            f"{row['state_bytes'] / row['jobs'] / 1000:.1f} KB" if stored and row["jobs"] > 1 else "",
        ]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def plain_table(rows: list[dict[str, str]]) -> str:
    """Rows of texts as a Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def bars(title: str, groups: dict[str, list[tuple[str, float]]], unit: str) -> str:
    """Groups of bars, each a kind and its value, as SVG."""
    most = max(value for group in groups.values() for _kind, value in group)
    kinds = list(dict.fromkeys(kind for group in groups.values() for kind, _value in group))
    parts, y = [], TOP
    for at, kind in enumerate(kinds):
        x = LEFT + at * 110
        parts.append(f'<rect x="{x}" y="12" width="12" height="12" fill="{COLOURS[kind]}"/>')
        parts.append(f'<text x="{x + 18}" y="23">{kind}</text>')
    for name, group in groups.items():
        middle = y + BAR * len(group) / 2 + 4
        parts.append(f'<text x="{LEFT - 8}" y="{middle:.0f}" text-anchor="end">{escape(name)}</text>')
        for kind, value in group:
            length = max(1.0, (WIDTH - LEFT - 70) * value / most)
            parts.append(
                f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{COLOURS[kind]}"/>'
            )
            parts.append(f'<text x="{LEFT + length + 6:.1f}" y="{y + 11}">{value:.2f}{unit}</text>')
            y += BAR
        y += GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{escape(title)}">'
        f'<rect width="{WIDTH}" height="{y}" fill="white"/>{"".join(parts)}</svg>\n'
    )


def ratios(rows: list[dict[str, Any]]) -> dict[str, list[tuple[str, float]]]:
    """CPU of every command at 50 ms, normal lane, times that of the floor."""
    seen = [row for row in rows if row["latency_ms"] and not row["fast_lane"]] or rows
    floors = {_key(row): row for row in seen if row["kind"] == "floor"}
    groups: dict[str, list[tuple[str, float]]] = {}
    for row in sorted(seen, key=lambda one: (COMMANDS.index(one["command"]), one["jobs"])):
        groups.setdefault(f"{row['command']}, N={row['jobs']}", []).append(
            (row["kind"], _cpu(row) / _cpu(floors[_key(row)]))
        )
    return groups


def thousand(rows: list[dict[str, Any]]) -> dict[str, list[tuple[str, float]]]:
    """Wall seconds of every command for the most jobs that were measured, in the fast lane."""
    most = max(row["jobs"] for row in rows)
    groups: dict[str, list[tuple[str, float]]] = {}
    for row in rows:
        if row["jobs"] == most:
            groups.setdefault(row["command"], []).append((row["kind"], _wall(row)))
    for command, seconds in PEER.items() if most == 1000 else ():
        groups[command].append(("Terraform peer", seconds))
    return groups


def write() -> None:
    """Write the page and the pictures."""
    figures = json.loads(FIGURES.read_text())
    rows = figures["engine"]
    cli = subprocess.run(["pulumi", "version"], capture_output=True, text=True, check=True).stdout.strip()
    where = (
        f"{datetime.now(timezone.utc):%Y-%m-%d}, {platform.system()} on {os.cpu_count()} cores (load "
        f"{os.getloadavg()[0]:.1f} at the end), Python {platform.python_version()}, pulumi SDK {version('pulumi')}, "
        f"CLI {cli}, state in files, "
        f"medians of up to {max(len(row['wall']) for row in rows)} runs (the larger N, the fewer)."
    )
    parts = [HEAD.format(where=where) + table(rows)]
    parts += [
        f"{title}\n\n{plain_table(figures[name])}" for name, title in TITLES.items() if figures.get(name)
    ]
    (DOCS / "speed.md").write_text("\n".join(parts))
    (DOCS / "speed.svg").write_text(bars("CPU of each command, times that of the floor", ratios(rows), "x"))
    (DOCS / "speed-1000.svg").write_text(bars("Seconds for 1,000 jobs", thousand(rows), " s"))
    print(f"wrote {DOCS / 'speed.md'}, speed.svg and speed-1000.svg")


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["command"], row["jobs"], row["latency_ms"], row["fast_lane"])


def _wall(row: dict[str, Any]) -> float:
    return float(statistics.median(row["wall"]))


def _cpu(row: dict[str, Any]) -> float:
    return float(statistics.median(row["cpu"]))


if __name__ == "__main__":
    write()
