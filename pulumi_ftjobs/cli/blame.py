"""`ftjobs blame`: from a model's name to the job, the stack, the data and the cost behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pulumi_ftjobs.cli.billing import Billed, billed
from pulumi_ftjobs.cli.exit_codes import Exit
from pulumi_ftjobs.cli.expiry import users_of
from pulumi_ftjobs.cli.markdown import code, code_cell
from pulumi_ftjobs.cli.options import AsJson, StackConfig, State, name_of_one
from pulumi_ftjobs.cli.output import cell, moment, print_facts, print_json, say, whisper
from pulumi_ftjobs.cli.service_client import client_of, sources
from pulumi_ftjobs.cli.stacks import stack_resources
from pulumi_ftjobs.lifecycle.adoption import pair
from pulumi_ftjobs.lifecycle.cost import usd
from pulumi_ftjobs.lifecycle.identity import effective_method
from pulumi_ftjobs.lifecycle.state_schema import OWN_METADATA, STACK_KEY

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.schemas import Job

_CHECKPOINT = ":ckpt-step-"


def blame(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A fine-tuned model, or a checkpoint of one.", parser=name_of_one
        ),
    ],
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a model card in Markdown.")] = False,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
    state: State = False,
) -> None:
    """Tell what a model was made of: job, stack, data, settings, losses, tokens and cost.

    --state adds what the current stack recorded: the resource, the digest of the rows, the estimate, who uses it.
    """
    places = sources(use_stack=stack_config)
    resources = stack_resources() if state else []
    with client_of(places) as client:
        job = _job_of(client, model)
        if job is None:
            whisper(
                f"ftjobs: no job of this account made {cell(model)}; check the name, the key and the project"
            )
            raise typer.Exit(Exit.REFUSED)
        facts = {"model": model, **_told(client, job, billed(places)), **_recorded(job.id, model, resources)}
    facts = {name: value for name, value in facts.items() if value not in (None, [], {})}
    if as_json:
        print_json(facts)
    elif markdown:
        say(card(facts))
    else:
        print_facts(facts)


def card(facts: Mapping[str, Any]) -> str:
    """A model card: one table, ready for a README or a pull request."""
    rows = [
        f"| {name.replace('_', ' ')} | {code_cell(moment(value) if name.endswith('_at') else cell(value, 400), 400)} |"
        for name, value in facts.items()
        if name != "model"
    ]
    return "\n".join([f"# {code(facts['model'], 160)}", "", "| | |", "|---|---|", *rows])


def _job_of(client: Client, model: str) -> Job | None:
    succeeded: list[Job] = []
    for job in client.jobs():
        made = job.facts().get("fine_tuned_model")
        if made == model:
            return job
        if made:
            succeeded.append(job)
    if _CHECKPOINT not in model:
        return None
    # Each job costs a request: first those whose model differs from the checkpoint in its last part alone.
    kin = model.partition(_CHECKPOINT)[0].rpartition(":")[0]
    succeeded.sort(key=lambda job: str(job.facts()["fine_tuned_model"]).rpartition(":")[0] != kin)
    return next((job for job in succeeded if _has_checkpoint(client, job, model)), None)


def _has_checkpoint(client: Client, job: Job, name: str) -> bool:
    return any(one.fine_tuned_model_checkpoint == name for one in client.checkpoints(job.id))


def _told(client: Client, job: Job, cost: Billed) -> dict[str, Any]:
    """What the service says."""
    facts = job.facts()
    method = effective_method(facts)
    by_the_hour = method["type"] == "reinforcement"
    paid = None if by_the_hour else cost(facts.get("model"), facts.get("trained_tokens"))
    metadata = {k: v for k, v in (facts.get("metadata") or {}).items() if k not in OWN_METADATA}
    return {
        "job": job.id,
        "base_model": facts.get("model"),
        "created_at": facts.get("created_at"),
        "finished_at": facts.get("finished_at"),
        "stack": pair(facts, STACK_KEY),
        "metadata": metadata,
        "training_file": facts.get("training_file"),
        "validation_file": facts.get("validation_file"),
        "method": method["type"],
        "hyperparameters": method["hyperparameters"],
        "seed": facts.get("seed"),
        "final_metrics": _final_metrics(client, job.id),
        "trained_tokens": facts.get("trained_tokens"),
        "cost_usd": "unknown" if paid is None else usd(paid),
    }


def _final_metrics(client: Client, job_id: str) -> dict[str, Any] | None:
    """The newest metrics event's figures."""
    return next(
        (dict(event.data) for event in client.events(job_id) if event.type == "metrics" and event.data), None
    )


def _recorded(job_id: str, model: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """What a stack's state says."""
    own = next((r for r in resources if r.get("id") == job_id), None)
    outputs = (own or {}).get("outputs") or {}
    return {
        "resource": (own or {}).get("urn"),
        "rows_digest": outputs.get("training_file_digest"),
        "estimated_tokens": outputs.get("estimated_tokens"),
        "estimated_cost_usd": outputs.get("estimated_cost_usd"),
        "used_in": users_of(model, resources),
    }
