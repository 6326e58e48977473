"""`ftjobs cancel`, `pause`, `resume`: what can be asked of jobs that are not over. One refusal stops no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from pulumi_ftjobs.cli.exit_codes import Exit, last_line, line_of
from pulumi_ftjobs.cli.options import AsJson, JobIds, StackConfig
from pulumi_ftjobs.cli.output import cell, print_json, say, whisper
from pulumi_ftjobs.cli.service_client import service

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client


def cancel(job_ids: JobIds, as_json: AsJson = False, stack_config: StackConfig = False) -> None:
    """Cancel jobs. What they have trained is billed by the service's own rules."""
    _ask("cancel", job_ids, as_json=as_json, use_stack=stack_config)


def pause(job_ids: JobIds, as_json: AsJson = False, stack_config: StackConfig = False) -> None:
    """Pause running jobs."""
    _ask("pause", job_ids, as_json=as_json, use_stack=stack_config)


def resume(job_ids: JobIds, as_json: AsJson = False, stack_config: StackConfig = False) -> None:
    """Resume paused jobs."""
    _ask("resume", job_ids, as_json=as_json, use_stack=stack_config)


def _ask(action: str, job_ids: list[str], *, as_json: bool, use_stack: bool) -> None:
    """Ask for each in turn. A refusal is told and the next one asked; a service that is away ends it."""
    told: list[dict[str, Any]] = []
    left = list(dict.fromkeys(job_ids))
    refused = 0
    try:
        with service(use_stack=use_stack) as client:
            while left:
                job = _asked(client, left[0], action)
                del left[0]
                if job is None:
                    refused += 1
                    continue
                told.append(job)
                if not as_json:
                    say(f"{cell(job['id'])}\t{cell(job.get('status'))}")
    finally:
        if as_json and (told or refused):
            print_json(told)
        if left and (told or refused):
            whisper(f"not known to be done: {cell(left, 4000)}")
    if refused:
        raise typer.Exit(Exit.REFUSED)


def _asked(client: Client, job_id: str, action: str) -> dict[str, Any] | None:
    """The job afterwards; None if the service refused, which is told."""
    from pulumi_ftjobs.api.errors import Refused  # noqa: PLC0415 - comes with the client

    try:
        return client.act(job_id, action).facts()
    except Refused as error:
        whisper(last_line(line_of(error)))
        return None
