"""The benchmarks' page is made from figures of any run; what they measure is measured by `make bench` alone."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from benchmarks import __main__ as bench
from benchmarks import report
from benchmarks.engine import COMMANDS, KINDS, Row

KINDS_OF_CPU = {"floor": 2.0, "dynamic": 2.5, "native": 2.2}


def figures(jobs: int, *, fast_lane: bool = False) -> list[dict[str, Any]]:
    return [
        Row(
            kind,
            command,
            jobs,
            50,
            fast_lane,
            wall=[4.0, 6.0, 5.0],
            cpu=[KINDS_OF_CPU[kind]],
            state_bytes=jobs * 2300,
        ).facts()
        for command in COMMANDS
        for kind in KINDS
    ]


def test_a_command_is_shown_beside_its_floor_and_beside_what_the_host_allows() -> None:
    rows = report.table(figures(100)).splitlines()
    assert len(rows) == len(COMMANDS) * len(KINDS)
    (up,) = (row for row in rows if row.startswith("| up | 100 | 50 ms | normal | dynamic |"))
    cells = [cell.strip() for cell in up.strip("|").split("|")]
    # Five seconds, where floor + 100 x 50 ms / 4 would be 6.25.
    assert cells[5:] == ["5.00 s", "4.00 to 6.00", "1.00", "0.80", "2.50 s", "1.25", "0", "2.3 KB"]


def test_the_pictures_are_svg_with_a_bar_for_every_figure() -> None:
    rows = [*figures(100), *figures(1000, fast_lane=True)]
    for groups in (report.ratios(rows), report.thousand(rows)):
        picture = ET.fromstring(report.bars("title", groups, "x"))
        bars = sum(map(len, groups.values()))
        legend = len({kind for group in groups.values() for kind, _value in group})
        assert len([part for part in picture if part.tag.endswith("rect")]) == 1 + bars + legend


def test_every_table_of_the_page_has_a_measurement() -> None:
    assert set(report.TITLES) == set(bench.TABLES)
