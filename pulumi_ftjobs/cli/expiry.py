"""`ftjobs outlook`: which models end when, and what it takes to train each of them again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from pulumi_ftjobs.cli.options import AsJson, StackConfig, State
from pulumi_ftjobs.cli.output import print_json, print_rows
from pulumi_ftjobs.cli.service_client import client_of, sources
from pulumi_ftjobs.cli.stacks import stack_resources
from pulumi_ftjobs.lifecycle.deprecations import SHUTDOWNS, parse_date, parse_dates
from pulumi_ftjobs.lifecycle.model_names import choose
from pulumi_ftjobs.operations.job_check import today

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client

_COLUMNS: Final = ("shutdown_date", "fine_tuned_model", "job", "trained_tokens", "told_by", "used_in")


def outlook(as_json: AsJson = False, stack_config: StackConfig = False, state: State = False) -> None:
    """List the account's fine-tuned models, the first to end first.

    With --state also where the current stack holds each name. trained_tokens: what training it again takes.
    """
    places = sources(use_stack=stack_config)
    dates = parse_dates(places.first("shutdownDates") or "{}")
    resources = stack_resources() if state else []
    with client_of(places) as client:
        found = list(_models(client, dates, resources))
    found.sort(
        key=lambda one: (one["shutdown_date"] is None, str(one["shutdown_date"]), one["fine_tuned_model"])
    )
    if as_json:
        print_json(found)
    else:
        print_rows(_COLUMNS, (list(one.values()) for one in found))


def users_of(name: str, resources: list[dict[str, Any]]) -> list[str]:
    """Where a state holds a model's name: `output x` for stack outputs, else the resource's `Type::name`."""
    found = []
    quoted = json.dumps(name)
    for resource in resources:
        outputs = resource.get("outputs") or {}
        if resource.get("type") == "pulumi:pulumi:Stack":
            found += [f"output {key}" for key, value in outputs.items() if quoted in json.dumps(value)]
        elif quoted in json.dumps([resource.get("id"), resource.get("inputs"), outputs]):
            found.append("::".join(str(resource.get("urn", "")).rsplit("::", 2)[1:]))
    return found


def _models(
    client: Client, dates: Mapping[str, date | None], resources: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    known = {model.id: model.shutdown_date for model in client.models()}
    for job in client.jobs():
        facts = job.facts()
        name = facts.get("fine_tuned_model")
        if not isinstance(name, str):
            continue  # no model came of it
        told = parse_date(known.get(name)) or parse_date(known.get(str(facts.get("model"))))
        ours = choose(dates, SHUTDOWNS, name, trust_known=client.target.profile == "openai")[0]
        ends = told or ours
        if name not in known and not (ends and ends <= today()):
            continue  # somebody deleted it; one that was shut down is still told
        yield {
            "shutdown_date": ends.isoformat() if ends else None,
            "fine_tuned_model": name,
            "job": job.id,
            "trained_tokens": facts.get("trained_tokens"),
            "told_by": ("the service" if told else "announcements") if ends else None,
            "used_in": users_of(name, resources),
        }
