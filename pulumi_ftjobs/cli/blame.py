"""`ftjobs blame`: from a model's name to the job, the stack, the data and the cost behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pulumi_ftjobs.cli.billing import cost_function
from pulumi_ftjobs.cli.exit_codes import Exit, error_line
from pulumi_ftjobs.cli.expiry import users_of
from pulumi_ftjobs.cli.job_summary import summary_of
from pulumi_ftjobs.cli.markdown_code import code, code_cell
from pulumi_ftjobs.cli.pulumi_stack import stack_resources
from pulumi_ftjobs.cli.service_client import client_for, setting_sources
from pulumi_ftjobs.cli.shared_options import AsJson, StackConfig, State, parse_id
from pulumi_ftjobs.cli.terminal_output import (
    cell,
    print_facts,
    print_json,
    print_line,
    print_stderr,
    timestamp,
)

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.schemas import Job

_CHECKPOINT = ":ckpt-step-"


def blame(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A fine-tuned model, or a checkpoint of one.", parser=parse_id),
    ],
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a model card in Markdown.")] = False,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
    state: State = False,
) -> None:
    """Trace a model to its job, stack, data, settings, losses, tokens and cost.

    --state adds what the current stack recorded: the resource, the digest of the rows, the estimate, where the model
    is used.
    """
    sources = setting_sources(use_stack=stack_config)
    resources = stack_resources() if state else []
    with client_for(sources) as client:
        job = _job_of(client, model)
        if job is None:
            print_stderr(
                error_line(
                    f"no job of this account made {cell(model)}; check the name, the key and the project"
                )
            )
            raise typer.Exit(Exit.REFUSED)
        facts = {
            "model": model,
            **summary_of(client, job, cost_function(sources)),
            **_from_state(job.id, model, resources),
        }
    facts = {name: value for name, value in facts.items() if value not in (None, [], {})}
    if as_json:
        print_json(facts)
    elif markdown:
        print_line(card(facts))
    else:
        print_facts(facts)


def card(facts: Mapping[str, Any]) -> str:
    """A model card: one table, ready for a README or a pull request."""
    rows = [
        f"| {name.replace('_', ' ')} | {code_cell(_shown(name, value), 400)} |"
        for name, value in facts.items()
        if name != "model"
    ]
    return "\n".join([f"# {code(facts['model'], 160)}", "", "| | |", "|---|---|", *rows])


def _shown(name: str, value: Any) -> str:
    return timestamp(value) if name.endswith("_at") else cell(value, 400)


def _job_of(client: Client, model: str) -> Job | None:
    succeeded: list[Job] = []
    for job in client.jobs():
        name = job.facts().get("fine_tuned_model")
        if name == model:
            return job
        if name:
            succeeded.append(job)
    if _CHECKPOINT not in model:
        return None
    # One request per job: first those whose model differs from the checkpoint in its last part alone.
    stem = model.partition(_CHECKPOINT)[0].rpartition(":")[0]
    succeeded.sort(key=lambda job: str(job.facts()["fine_tuned_model"]).rpartition(":")[0] != stem)
    return next((job for job in succeeded if _has_checkpoint(client, job, model)), None)


def _has_checkpoint(client: Client, job: Job, name: str) -> bool:
    return any(one.fine_tuned_model_checkpoint == name for one in client.checkpoints(job.id))


def _from_state(job_id: str, model: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
    resource = next((r for r in resources if r.get("id") == job_id), None) or {}
    outputs = resource.get("outputs") or {}
    return {
        "resource": resource.get("urn"),
        "rows_digest": outputs.get("training_file_digest"),
        "estimated_tokens": outputs.get("estimated_tokens"),
        "estimated_cost_usd": outputs.get("estimated_cost_usd"),
        "used_in": users_of(model, resources),
    }
