"""`ftjobs get`, `events`, `checkpoints`: what the service knows about one job."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from pulumi_ftjobs.cli.exit_codes import Exit
from pulumi_ftjobs.cli.job_ids import by_prefix, chosen_ids
from pulumi_ftjobs.cli.service_client import service
from pulumi_ftjobs.cli.shared_options import AsJson, Format, JobId, Last, Limit, Output, StackConfig
from pulumi_ftjobs.cli.terminal_output import (
    cell,
    is_terminal,
    print_facts,
    print_json,
    print_line,
    print_rows,
    print_stderr,
    print_yaml,
    timestamp,
)
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.progress import duration
from pulumi_ftjobs.lifecycle.state_schema import TERMINAL_STATUSES

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client

_POLL_SECONDS: Final = 2.0
"""Between two reads of `events --follow`."""
_NEWEST: Final = 50
"""Events that a terminal shows without --limit or --all."""
_EVENT_COLUMNS: Final = ("created_at", "level", "message")


def get(
    job_id: JobId = None,
    last: Last = False,
    output: Output = None,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Show one job."""
    if job_id and job_id.startswith("ft:"):
        raise FtjobsError(
            f"{job_id} is a model, not a job: `ftjobs blame {job_id}` shows the job it comes from"
        )
    with service(use_stack=stack_config) as client:
        [typed] = chosen_ids(client, [job_id], last=last)
        job = by_prefix(client, typed, client.job).facts()
        job = {"id": job["id"], "status": job["status"], **job}  # first in every output
        now = client.now()
    if as_json or output is Format.JSON:
        print_json(job)
    elif output is Format.YAML:
        print_yaml(job)
    elif output is Format.NAME:
        print_line(cell(job["id"]))
    else:
        print_facts(_with_ages(job, now) if is_terminal() else job)


def events(
    job_id: JobId = None,
    last: Last = False,
    limit: Limit = None,
    every: Annotated[
        bool, typer.Option("--all", help="All events; in a terminal the default is the newest 50.")
    ] = False,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow", "-f", help="Print new events until the job finishes; Ctrl-C stops printing."
        ),
    ] = False,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Show the events of a job, oldest first.

    --limit N keeps the newest N. With --follow and --json: one JSON object per line.
    """
    with service(use_stack=stack_config) as client:
        [typed] = chosen_ids(client, [job_id], last=last)
        job_id = by_prefix(client, typed, client.job).id if follow or last else typed
        brief = is_terminal() and not (as_json or every or limit)
        found = by_prefix(client, job_id, lambda one: _events(client, one, _NEWEST + 1 if brief else limit))
        if brief and len(found) > _NEWEST:
            found = found[1:]
            print_stderr(f"the newest {_NEWEST} events; --all shows all of them")
        if follow:
            _follow(client, job_id, found, as_json=as_json)
            return
    if as_json:
        print_json(found)
    else:
        print_rows(_EVENT_COLUMNS, map(_event_row, found))


def checkpoints(
    job_id: JobId = None, last: Last = False, as_json: AsJson = False, stack_config: StackConfig = False
) -> None:
    """Show the checkpoints of a job with their metrics, oldest first."""
    with service(use_stack=stack_config) as client:
        [typed] = chosen_ids(client, [job_id], last=last)
        found = by_prefix(
            client, typed, lambda one: [checkpoint.facts() for checkpoint in client.checkpoints(one)]
        )[::-1]
    if as_json:
        print_json(found)
        return
    metrics = sorted({name for one in found for name in one.get("metrics") or {}} - {"step"})
    names = ("step_number", "fine_tuned_model_checkpoint")
    rows = (
        [*(one.get(n) for n in names), *((one.get("metrics") or {}).get(n) for n in metrics)] for one in found
    )
    print_rows((*names, *metrics), rows)


def _events(client: Client, job_id: str, limit: int | None = None) -> list[dict[str, Any]]:
    """The newest `limit` events, oldest first."""
    return [event.facts() for event in islice(client.events(job_id), limit)][::-1]


def _event_row(event: dict[str, Any]) -> list[str]:
    return [timestamp(event.get("created_at")), cell(event.get("level")), cell(event.get("message"), 400)]


def _follow(client: Client, job_id: str, events: list[dict[str, Any]], *, as_json: bool) -> None:
    try:
        for event in _growing(client, job_id, events):
            _print_event(event, as_json=as_json)
    except KeyboardInterrupt:
        print_stderr("stopped; the job continues at the service")
        raise typer.Exit(Exit.INTERRUPTED) from None


def _growing(client: Client, job_id: str, events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Events as they come, each once, until the job has finished and its last ones are read."""
    seen: set[str] = set()
    finished = False
    while True:
        for event in events:
            if event["id"] not in seen:
                seen.add(event["id"])
                yield event
        if finished:
            return
        finished = client.job(job_id).status in TERMINAL_STATUSES
        if not finished:
            time.sleep(_POLL_SECONDS)
        newer: list[dict[str, Any]] = []
        for one in client.events(job_id):
            if one.id in seen:
                break
            newer.append(one.facts())
        events = newer[::-1]


def _print_event(event: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        import json  # noqa: PLC0415

        print_line(json.dumps(event))
    else:
        print_line(("  " if is_terminal() else "\t").join(_event_row(event)))


def _with_ages(job: dict[str, Any], now: float) -> dict[str, Any]:
    """Its times with how long ago they are: `2026-11-23T20:08:31Z (3h05m ago)`."""
    shown = dict(job)
    for name in ("created_at", "finished_at"):
        if isinstance(job.get(name), int | float):
            shown[name] = f"{timestamp(job[name])} ({duration(max(0.0, now - job[name]))} ago)"
    return shown
