"""`ftjobs list`: one line per job, once or with --watch again and again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from pulumi_ftjobs.cli.billing import cost_function
from pulumi_ftjobs.cli.exit_codes import Exit
from pulumi_ftjobs.cli.job_table import COLUMNS, JobTable, columns_of
from pulumi_ftjobs.cli.pulumi_stack import current_stack
from pulumi_ftjobs.cli.service_client import client_for, setting_sources
from pulumi_ftjobs.cli.shared_options import AsJson, Format, Limit, Output, StackConfig
from pulumi_ftjobs.cli.terminal_output import (
    cell,
    finite,
    is_terminal,
    print_json,
    print_line,
    print_rows,
    print_yaml,
)
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.job_filter import STATUSES, JobFilter, require_known
from pulumi_ftjobs.lifecycle.job_filter import moment as seconds
from pulumi_ftjobs.lifecycle.state_schema import STACK_KEY

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.schemas import Job

_WATCH_SECONDS: Final = 5.0
"""Between two listings of --watch."""

Jobs = list[dict[str, Any]]


def list_jobs(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    status: Annotated[list[str] | None, typer.Option(help="Only this status; may be repeated.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Only this base model; an alias includes its snapshots.")
    ] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Only with this pair; may be repeated.")
    ] = None,
    after: Annotated[str | None, typer.Option(metavar="DATE", help="Created at or after this time.")] = None,
    before: Annotated[str | None, typer.Option(metavar="DATE", help="Created before this time.")] = None,
    stack: Annotated[bool, typer.Option("--stack", help="Only jobs of the current Pulumi stack.")] = False,
    limit: Limit = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Keep listing until Ctrl-C.")] = False,
    output: Output = None,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """List jobs, newest first.

    Every page is read unless --limit or --after ends it. In a terminal one line per job; -o wide shows every column.
    With --watch outside a terminal: a line per job that changed.
    """
    sources = setting_sources(use_stack=stack_config)
    pairs = _pairs(metadata) | ({STACK_KEY: current_stack().pair(sources.stack)} if stack else {})
    wanted = JobFilter(
        frozenset(status or ()), model, pairs, _moment("--after", after), _moment("--before", before)
    )
    form = Format.JSON if as_json else output
    with client_for(sources) as client:
        table = JobTable(cost_function(sources), client.now)
        if not watch:
            _print(_jobs(client, wanted, limit), table, form)
            return
        try:
            _watch(lambda: _jobs(client, wanted, limit), table, form)
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None


def _jobs(client: Client, wanted: JobFilter, limit: int | None) -> Jobs:
    """The matching jobs. Raises BadParameter for a status that neither we nor the service know."""
    seen: set[str] = set()

    def facts(job: Job) -> dict[str, Any]:
        seen.add(job.status)
        return job.facts()

    jobs = [job.facts() for job in islice(wanted.select(client.jobs(wanted.metadata), facts), limit)]
    try:
        require_known("--status", wanted.statuses, STATUSES, seen)
    except FtjobsError as error:
        raise _bad_parameter("--status", error) from None
    return jobs


def _print(jobs: Jobs, table: JobTable, form: Format | None) -> None:
    if form is Format.JSON:
        print_json(jobs)
    elif form is Format.YAML:
        print_yaml(jobs)
    elif form is Format.NAME:
        for job in jobs:
            print_line(cell(job["id"]))
    elif form is Format.WIDE or not is_terminal():
        print_rows(COLUMNS, (columns_of(job, table.cost) for job in jobs))
    else:
        from rich.console import Console  # noqa: PLC0415 - only in a terminal

        Console().print(table.with_jobs(jobs))


def _watch(read: Callable[[], Jobs], table: JobTable, form: Format | None) -> None:
    if is_terminal() and form is None:
        from rich.live import Live  # noqa: PLC0415 - only in a terminal

        with Live(table.with_jobs(read()), auto_refresh=False) as live:
            while True:
                time.sleep(_WATCH_SECONDS)
                live.update(table.with_jobs(read()), refresh=True)
    shown: dict[str, dict[str, Any]] = {}
    while True:
        for job in reversed(read()):
            if shown.get(job["id"]) != job:
                shown[job["id"]] = job
                _print_changed(job, table, form)
        time.sleep(_WATCH_SECONDS)


def _print_changed(job: dict[str, Any], table: JobTable, form: Format | None) -> None:
    if form is Format.JSON:
        print_line(json.dumps(finite(job)))
    elif form is Format.NAME:
        print_line(cell(job["id"]))
    else:
        print_line("\t".join(cell(value) for value in columns_of(job, table.cost)))


def _moment(option: str, given: str | None) -> float | None:
    try:
        return seconds(option, given)
    except FtjobsError as error:
        raise _bad_parameter(option, error) from None


def _bad_parameter(option: str, error: FtjobsError) -> typer.BadParameter:
    return typer.BadParameter(str(error).removeprefix(f"{option}: "), param_hint=option)


def _pairs(given: list[str] | None) -> dict[str, str]:
    if any("=" not in item for item in given or ()):
        raise typer.BadParameter("must be KEY=VALUE", param_hint="--metadata")
    return dict(item.partition("=")[::2] for item in given or ())
