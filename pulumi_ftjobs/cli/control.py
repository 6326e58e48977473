"""`ftjobs cancel`, `pause`, `resume`: what can be asked of a job that is not over."""

from __future__ import annotations

from pulumi_ftjobs.cli.options import AsJson, JobIds, StackConfig
from pulumi_ftjobs.cli.output import cell, print_json, say
from pulumi_ftjobs.cli.service import service


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
    """Ask for each in turn; the first refusal ends it, and what was asked before has been told."""
    told = []
    with service(use_stack=use_stack) as client:
        for job_id in job_ids:
            job = client.act(job_id, action).facts()
            told.append(job)
            if not as_json:
                say(f"{cell(job_id)}\t{cell(job.get('status'))}")
    if as_json:
        print_json(told)
