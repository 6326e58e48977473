"""Everything of docs/speed.md in one run, about a quarter of an hour on two idle cores: `make bench`.

    python -m benchmarks [--only engine waiting ...] [--smoke]

Figures are kept in build/bench.json after every step, and the page and its pictures are made from them at the end, so
a run that was stopped can be reported too: python -m benchmarks.report
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks import dataset, interactive, sdk_script, service, waiting
from benchmarks.engine import measure
from benchmarks.report import FIGURES, write
from tests.engine import cli


class Run(NamedTuple):
    """One measurement of `pulumi` commands."""

    jobs: int
    latency: float
    fast_lane: bool
    repeat: int


RUNS = (
    Run(1, 50, fast_lane=False, repeat=3),
    Run(100, 50, fast_lane=False, repeat=3),
    Run(1000, 50, fast_lane=True, repeat=1),
    Run(10, 50, fast_lane=False, repeat=2),
    Run(1, 0, fast_lane=False, repeat=2),
    Run(100, 0, fast_lane=False, repeat=1),
    Run(100, 50, fast_lane=True, repeat=1),
)
SMOKE = (Run(1, 0, fast_lane=False, repeat=1),)
TABLES: dict[str, Callable[[], list[dict[str, str]]]] = {
    "interactive": interactive.measure,
    "script": sdk_script.measure,
    "service": service.measure,
    "dataset": dataset.measure_all,
    "waiting": waiting.measure,
}


def main() -> None:
    """Measure, keep, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="+", choices=["engine", *TABLES], help="leave the other figures as they are"
    )
    parser.add_argument("--smoke", action="store_true", help="one job once, nothing of the rest")
    chosen = parser.parse_args()
    cli.PROMPT = 900.0  # a thousand jobs take longer than any test
    only = chosen.only or (["engine"] if chosen.smoke else ["engine", *TABLES])
    if "engine" in only:
        _keep("engine", [])
        for run in SMOKE if chosen.smoke else RUNS:
            print(
                f"{run.jobs} jobs, {run.latency:g} ms, {'fast' if run.fast_lane else 'normal'} lane",
                flush=True,
            )
            rows = measure(*run[:2], fast_lane=run.fast_lane, repeat=run.repeat)
            _keep("engine", [*_kept().get("engine", []), *(row.facts() for row in rows)])
    for name in [one for one in TABLES if one in only]:
        print(name, flush=True)
        _keep(name, TABLES[name]())
    write()


def _kept() -> dict[str, Any]:
    return dict(json.loads(FIGURES.read_text())) if FIGURES.exists() else {}


def _keep(name: str, rows: list[dict[str, Any]]) -> None:
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps({**_kept(), name: rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
