"""`ftjobs cancel`, `pause`, `resume`: actions on unfinished jobs. A refusal for one does not stop the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from pulumi_ftjobs.cli.exit_codes import Exit, error_line, message_of
from pulumi_ftjobs.cli.job_ids import by_prefix
from pulumi_ftjobs.cli.service_client import service
from pulumi_ftjobs.cli.shared_options import AsJson, JobIds, StackConfig
from pulumi_ftjobs.cli.terminal_output import cell, print_json, print_line, print_stderr

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client


def cancel(job_ids: JobIds, as_json: AsJson = False, stack_config: StackConfig = False) -> None:
    """Cancel jobs.

    The service bills what they have trained, by its own rules.
    """
    _act_on_all("cancel", job_ids, as_json=as_json, use_stack=stack_config)


def pause(job_ids: JobIds, as_json: AsJson = False, stack_config: StackConfig = False) -> None:
    """Pause running jobs."""
    _act_on_all("pause", job_ids, as_json=as_json, use_stack=stack_config)


def resume(job_ids: JobIds, as_json: AsJson = False, stack_config: StackConfig = False) -> None:
    """Resume paused jobs."""
    _act_on_all("resume", job_ids, as_json=as_json, use_stack=stack_config)


def _act_on_all(action: str, job_ids: list[str], *, as_json: bool, use_stack: bool) -> None:
    """Act on each in turn. A refusal is reported and the next one follows; an unreachable service ends it."""
    done: list[dict[str, Any]] = []
    left = list(dict.fromkeys(job_ids))
    refused = 0
    try:
        with service(use_stack=use_stack) as client:
            while left:
                job = _act(client, left[0], action)
                del left[0]
                if job is None:
                    refused += 1
                    continue
                done.append(job)
                if not as_json:
                    print_line(f"{cell(job['id'])}\t{cell(job.get('status'))}")
    finally:
        if as_json and (done or refused):
            print_json(done)
        if left and (done or refused):
            print_stderr(f"unknown result: {cell(left, 4000)}")
    if refused:
        raise typer.Exit(Exit.REFUSED)


def _act(client: Client, job_id: str, action: str) -> dict[str, Any] | None:
    """The job afterwards; None where the service refused, which is reported."""
    from pulumi_ftjobs.api.errors import Refused  # noqa: PLC0415 - comes with the client

    try:
        return by_prefix(client, job_id, lambda one: client.act(one, action)).facts()
    except Refused as error:
        print_stderr(error_line(message_of(error)))
        return None
