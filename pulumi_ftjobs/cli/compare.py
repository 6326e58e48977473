"""`ftjobs compare`: settings, results and curves of several jobs side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from shutil import get_terminal_size
from typing import Annotated, Any, Final

import typer

from pulumi_ftjobs.cli.billing import cost_function
from pulumi_ftjobs.cli.curves import curves
from pulumi_ftjobs.cli.drawing import Point, chart
from pulumi_ftjobs.cli.job_ids import by_prefix
from pulumi_ftjobs.cli.job_summary import summary_of
from pulumi_ftjobs.cli.service_client import client_for, setting_sources
from pulumi_ftjobs.cli.shared_options import AsJson, JobIds, StackConfig
from pulumi_ftjobs.cli.terminal_output import cell, is_terminal, print_json, print_line, print_rows, timestamp

Summary = dict[str, Any]
Curves = Mapping[str, Sequence[Point]]

_GROUPS: Final = {"hyperparameters": "", "final_metrics": "", "metadata": "metadata."}
"""Members that are objects: one row per member of them, its name with this prefix."""


def compare(
    job_ids: JobIds,
    metric: Annotated[
        list[str] | None, typer.Option(help="A metric to draw; may be repeated. Default: every loss.")
    ] = None,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Compare jobs: settings, results, cost and curves side by side.

    A row whose values differ is marked with `*`. Curves are drawn in a terminal; --json contains their points.
    """
    sources = setting_sources(use_stack=stack_config)
    with client_for(sources) as client:
        cost = cost_function(sources)
        jobs = {job.id: job for job in (by_prefix(client, one, client.job) for one in job_ids)}
        summaries = [
            {
                "status": job.status,
                "suffix": job.facts().get("user_provided_suffix"),
                **summary_of(client, job, cost),
            }
            for job in jobs.values()
        ]
        drawn = {job_id: curves(client, job_id) for job_id in jobs}
    if as_json:
        print_json([{**one, "curves": drawn[one["job"]]} for one in summaries])
        return
    rows = list(_rows(summaries))
    if not is_terminal():
        print_rows(("name", "differs", *jobs), rows)
    else:
        _print_table(list(jobs), rows)
        for name, series in _by_metric(drawn, metric):
            print_line(f"\n{name}")
            print_line(chart(series, width=max(20, min(get_terminal_size().columns - 12, 100))))


def _rows(summaries: Sequence[Summary]) -> Iterator[list[Any]]:
    """A row for each member that any job has: its name, then the value of each job."""
    flat = [_flat(one) for one in summaries]
    names = dict.fromkeys(name for one in flat for name in one if name != "job")
    for name in names:
        values = [one.get(name) for one in flat]
        differs = any(value != values[0] for value in values)
        yield [name, "*" if differs else "", *values]


def _print_table(ids: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table whose long values continue within their cell."""
    from rich.console import Console  # noqa: PLC0415 - only in a terminal
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for header in ("", "", *ids):
        table.add_column(Text(header), overflow="fold")
    for name, differs, *values in rows:
        cells = [name, differs, *(cell(value) or "-" for value in values)]
        table.add_row(*map(Text, cells), style="bold" if differs else "dim")
    Console().print(table)


def _flat(summary: Summary) -> Summary:
    """`summary` without empty members, its objects as `group.member`, its times readable."""
    found: Summary = {}
    for name, value in summary.items():
        if name in _GROUPS:
            found |= {f"{_GROUPS[name]}{key}": item for key, item in (value or {}).items()}
        elif name.endswith("_at"):
            found[name] = timestamp(value)
        else:
            found[name] = value
    return {name: value for name, value in found.items() if value not in (None, "")}


def _by_metric(
    drawn: Mapping[str, Curves], wanted: Sequence[str] | None
) -> Iterator[tuple[str, dict[str, Sequence[Point]]]]:
    """Each metric with the curve of every job that has it."""
    known = dict.fromkeys(name for found in drawn.values() for name in found)
    for name in wanted or [one for one in known if one.endswith("loss")]:
        series = {job_id: found[name] for job_id, found in drawn.items() if name in found}
        if series:
            yield name, series
