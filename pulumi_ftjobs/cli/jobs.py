"""`ftjobs list`, `get`, `events`, `checkpoints`: what the service knows about jobs."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pulumi_ftjobs.cli.options import AsJson, JobId, Limit, StackConfig
from pulumi_ftjobs.cli.output import cell, moment, print_facts, print_json, print_rows
from pulumi_ftjobs.cli.service_client import service
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.job_filter import STATUSES, JobFilter, require_known
from pulumi_ftjobs.lifecycle.job_filter import moment as seconds

if TYPE_CHECKING:
    from pulumi_ftjobs.api.schemas import Job

_COLUMNS = ("id", "status", "created_at", "model", "fine_tuned_model", "trained_tokens")


def list_jobs(
    status: Annotated[list[str] | None, typer.Option(help="Only this status; may be repeated.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Only this base; an alias finds its snapshots too.")
    ] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Only with this pair; may be repeated.")
    ] = None,
    after: Annotated[str | None, typer.Option(metavar="DATE", help="Created then or later.")] = None,
    before: Annotated[str | None, typer.Option(metavar="DATE", help="Created earlier.")] = None,
    limit: Limit = None,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """List jobs, newest first. Every page is read unless --limit or --after ends it."""
    wanted = JobFilter(
        frozenset(status or ()),
        model,
        _pairs(metadata),
        _moment("--after", after),
        _moment("--before", before),
    )
    seen: set[str] = set()

    def facts(job: Job) -> dict[str, Any]:
        seen.add(job.status)
        return job.model_dump()

    with service(use_stack=stack_config) as client:
        found = wanted.select(client.jobs(wanted.metadata), facts)
        jobs = [job.facts() for job in islice(found, limit)]
    try:
        require_known("--status", wanted.statuses, STATUSES, seen)
    except FtjobsError as error:
        raise _wrong("--status", error) from None
    if as_json:
        print_json(jobs)
        return
    print_rows(_COLUMNS, ([_shown(job, name) for name in _COLUMNS] for job in jobs))


def get(job_id: JobId, as_json: AsJson = False, stack_config: StackConfig = False) -> None:
    """Show one job."""
    with service(use_stack=stack_config) as client:
        job = client.job(job_id).facts()
    (print_json if as_json else print_facts)(job)


def events(
    job_id: JobId, limit: Limit = None, as_json: AsJson = False, stack_config: StackConfig = False
) -> None:
    """Show the events of a job, oldest first; with --limit the newest so many."""
    with service(use_stack=stack_config) as client:
        found = [event.facts() for event in islice(client.events(job_id), limit)][::-1]
    if as_json:
        print_json(found)
        return
    names = ("created_at", "level", "message")
    print_rows(
        names, ([moment(e.get("created_at")), e.get("level"), cell(e.get("message"), 400)] for e in found)
    )


def checkpoints(job_id: JobId, as_json: AsJson = False, stack_config: StackConfig = False) -> None:
    """Show the checkpoints of a job, oldest first, with their figures."""
    with service(use_stack=stack_config) as client:
        found = [checkpoint.facts() for checkpoint in client.checkpoints(job_id)][::-1]
    if as_json:
        print_json(found)
        return
    figures = sorted({name for one in found for name in one.get("metrics") or {}} - {"step"})
    names = ("step_number", "fine_tuned_model_checkpoint")
    rows = (
        [*(one.get(n) for n in names), *((one.get("metrics") or {}).get(n) for n in figures)] for one in found
    )
    print_rows((*names, *figures), rows)


def _shown(job: dict[str, Any], name: str) -> Any:
    return moment(job.get(name)) if name == "created_at" else job.get(name)


def _moment(option: str, given: str | None) -> float | None:
    try:
        return seconds(option, given)
    except FtjobsError as error:
        raise _wrong(option, error) from None


def _wrong(option: str, error: FtjobsError) -> typer.BadParameter:
    return typer.BadParameter(str(error).removeprefix(f"{option}: "), param_hint=option)


def _pairs(given: list[str] | None) -> dict[str, str]:
    pairs = dict(item.partition("=")[::2] for item in given or ())
    if any("=" not in item for item in given or ()):
        raise typer.BadParameter("must be KEY=VALUE", param_hint="--metadata")
    return pairs
