"""`ftjobs expiry`: when fine-tuned models shut down, and what it takes to train each of them again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from pulumi_ftjobs.cli.expiry_plan import PLAN_COLUMNS, Overrides, plan_rows
from pulumi_ftjobs.cli.pulumi_stack import stack_resources
from pulumi_ftjobs.cli.service_client import client_for, setting_sources
from pulumi_ftjobs.cli.shared_options import AsJson, StackConfig, State
from pulumi_ftjobs.cli.terminal_output import print_json, print_rows, print_stderr
from pulumi_ftjobs.lifecycle.calendars import Customer
from pulumi_ftjobs.lifecycle.cost import parse_prices
from pulumi_ftjobs.lifecycle.deprecations import (
    parse_customer,
    parse_date,
    parse_dates,
    shutdown_date,
    training_end,
)
from pulumi_ftjobs.operations.job_check import today

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client

_COLUMNS: Final = (
    "shutdown_date",
    "training_ends",
    "fine_tuned_model",
    "job",
    "trained_tokens",
    "source",
    "used_in",
)


def expiry(
    plan: Annotated[
        bool,
        typer.Option("--plan", help="For the jobs of the current stack: where each could be trained again."),
    ] = False,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
    state: State = False,
) -> None:
    """List fine-tuned models by shutdown date, the first to expire first.

    Models that were shut down already are included. training_ends: the day from which the base cannot be trained, where
    that is another day (Azure). trained_tokens: what training again takes. --state adds where the
    current stack uses each name. --plan reads the stack's state instead of the service: a row for each expiring job
    and each service that could train it again, with base model, tokens and cost. Works offline.
    """
    sources = setting_sources(use_stack=stack_config)
    dates = parse_dates(sources.first("shutdownDates") or "{}")
    customer = parse_customer(sources.first("azureCustomer"))
    if plan:
        overrides = Overrides(parse_prices(sources.first("prices") or "{}"), dates, customer)
        rows = plan_rows(stack_resources(), sources.account().target.profile, overrides, today())
        if as_json:
            print_json(rows)
        else:
            print_rows(PLAN_COLUMNS, (list(row.values()) for row in rows))
        if not rows:
            profile = sources.account().target.profile.name
            print_stderr(
                f"no job in this stack's state has a known shutdown date (profile {profile}) and a service to move to; "
                "ftjobs:shutdownDates, read with --stack-config, gives dates"
            )
        return
    resources = stack_resources() if state else []
    with client_for(sources) as client:
        found = list(expiring_models(client, dates, customer, resources))
    found.sort(
        key=lambda one: (one["shutdown_date"] is None, str(one["shutdown_date"]), one["fine_tuned_model"])
    )
    if as_json:
        print_json(found)
    else:
        print_rows(_COLUMNS, (list(one.values()) for one in found))


def users_of(name: str, resources: list[dict[str, Any]]) -> list[str]:
    """Where a state uses a model's name: `output x` for stack outputs, else the resource's `Type::name`."""
    found = []
    quoted = json.dumps(name)
    for resource in resources:
        outputs = resource.get("outputs") or {}
        if resource.get("type") == "pulumi:pulumi:Stack":
            found += [f"output {key}" for key, value in outputs.items() if quoted in json.dumps(value)]
        elif quoted in json.dumps([resource.get("id"), resource.get("inputs"), outputs]):
            found.append("::".join(str(resource.get("urn", "")).rsplit("::", 2)[1:]))
    return found


def expiring_models(
    client: Client,
    dates: Mapping[str, date | None],
    customer: Customer | None,
    resources: list[dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    """Fine-tuned models that jobs of the account made, each with the day it shuts down and the last day of training."""
    known = {model.id: model.shutdown_date for model in client.models()}
    for job in client.jobs():
        facts = job.facts()
        name = facts.get("fine_tuned_model")
        if not isinstance(name, str):
            continue
        by_service = parse_date(known.get(name)) or parse_date(known.get(str(facts.get("model"))))
        announced = shutdown_date(name, client.target.profile, dates)
        last_training = training_end(name, client.target.profile, dates, customer)
        shutdown = by_service or announced
        if name not in known and not (shutdown and shutdown <= today()):
            continue  # it was deleted; one that was shut down is still listed
        yield {
            "shutdown_date": shutdown.isoformat() if shutdown else None,
            "training_ends": last_training.isoformat() if last_training else None,
            "fine_tuned_model": name,
            "job": job.id,
            "trained_tokens": facts.get("trained_tokens"),
            "source": ("service" if by_service else "announcements") if shutdown else None,
            "used_in": users_of(name, resources),
        }
