"""From models to their end, and back to what they were made of."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.cli.blame import card
from pulumi_ftjobs.cli.expiry import expiring_models, users_of
from pulumi_ftjobs.lifecycle.calendars import Customer
from pulumi_ftjobs.lifecycle.profiles import AZURE
from tests.cli.conftest import Run, pulumi, pulumi_with
from tests.support.rows import MODEL
from tests.support.server import Server

JOB_URN = "urn:pulumi:test::story::pulumi-python:dynamic/ftjobs:FineTuningJob::support"


@pytest.fixture
def model(asked: Server, job_id: str) -> str:
    """The model that came of the job."""
    asked.act(job_id, "succeed")
    return str(asked.job(job_id)["fine_tuned_model"])


@pytest.fixture
def exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job_id: str, model: str
) -> list[dict[str, Any]]:
    """A stack whose state holds the job and a consumer of the model, and a `pulumi` that exports it."""
    resources: list[dict[str, Any]] = [
        {
            "type": "pulumi:pulumi:Stack",
            "urn": "urn:pulumi:test::story::pulumi:pulumi:Stack::story-test",
            "outputs": {"fine_tuned_model": model, "other": "x"},
        },
        {
            "urn": JOB_URN,
            "id": job_id,
            "outputs": {"training_file_digest": "v1:abc", "estimated_cost_usd": "0.21 to 0.41"},
        },
        {"urn": "urn:pulumi:test::story::app:index:App::web", "inputs": {"env": {"MODEL": model}}},
    ]
    pulumi_with(tmp_path, resources, monkeypatch)
    return resources


def test_a_model_is_traced_to_its_job_data_and_cost(
    run: Run, job_id: str, training_file: str, model: str
) -> None:
    facts = run("blame", model, "--json").json
    assert (facts["job"], facts["base_model"], facts["training_file"]) == (job_id, MODEL, training_file)
    assert (facts["seed"], facts["method"], facts["metadata"]) == (7, "supervised", {"team": "a"})
    assert facts["final_metrics"]["train_loss"] > 0
    assert facts["trained_tokens"] > 0
    assert facts["cost_usd"] == "unknown"  # this service's prices are not known


def test_a_given_price_makes_a_cost(
    run: Run, model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prices = {"ftjobs:prices": {"value": '{"*": 1000000}'}}
    pulumi(tmp_path, f"echo '{json.dumps(prices)}'", monkeypatch)
    facts = run("blame", model, "--json", "--stack-config").json
    assert facts["cost_usd"] == f"{facts['trained_tokens']:,}.00"


def test_a_checkpoint_is_traced_too(run: Run, api: Client, job_id: str, model: str) -> None:
    name = str(next(api.checkpoints(job_id)).fine_tuned_model_checkpoint)
    assert run("blame", name, "--json").json["job"] == job_id


def test_an_unknown_model_is_exit_code_4(run: Run, model: str) -> None:
    ended = run("blame", "ft:another:model::abc")
    assert (ended.code, ended.out) == (4, "")
    assert "no job of this account made ft:another:model::abc" in ended.err


def test_the_state_adds_resource_digest_estimate_and_users(
    run: Run, model: str, exported: list[dict[str, Any]]
) -> None:
    facts = run("blame", model, "--json", "--state").json
    assert (facts["resource"], facts["rows_digest"]) == (JOB_URN, "v1:abc")
    assert facts["estimated_cost_usd"] == "0.21 to 0.41"
    assert facts["used_in"] == ["output fine_tuned_model", "app:index:App::web"]


def test_a_card_is_markdown_without_the_services_markup(run: Run, model: str) -> None:
    shown = run("blame", model, "--markdown").out
    assert shown.startswith("# `ft:gpt-4.1-mini")
    assert "| base model | `gpt-4.1-mini-2025-04-14` |" in shown


@pytest.mark.parametrize(
    ("reported", "cell"),
    [
        ("a|b", "`a¦b`"),
        ("a\\|<b>", "`a\\¦<b>`"),
        ("`@all`\n# x", "`'@all' # x`"),
        ("\x1b[2J\u202egone", "`[2J gone`"),
        ({"k": "</table>|"}, '`{"k": "</table>¦"}`'),
    ],
    ids=str,
)
def test_nothing_in_a_card_formats_mentions_or_ends_its_cell(reported: object, cell: str) -> None:
    assert card({"model": "m", "note": reported}).splitlines()[-1] == f"| note | {cell} |"


def test_expiry_puts_the_first_to_end_first(
    run: Run, api: Client, asked: Server, job_id: str, model: str, training_file: str
) -> None:
    other = api.create_job({"model": "gpt-4.1-nano-2025-04-14", "training_file": training_file}).id
    asked.act(other, "succeed")
    api.create_job({"model": MODEL, "training_file": training_file})
    found = run("expiry", "--json").json
    assert {one["job"] for one in found} == {job_id, other}
    days = [one["shutdown_date"] for one in found]
    assert days == sorted(days, key=lambda day: (day is None, day or ""))
    assert all(one["trained_tokens"] > 0 for one in found)


@pytest.mark.parametrize(("customer", "day"), [(None, "2026-10-01"), ("existing", "2027-04-01")])
def test_both_phases_of_azure_are_known_to_expiry(
    api: Client, model: str, customer: Customer | None, day: str
) -> None:
    client = copy.copy(api)
    client.target = replace(api.target, profile=AZURE)
    [one] = expiring_models(client, {}, customer, [])
    assert (one["fine_tuned_model"], one["training_ends"]) == (model, day)
    [same] = expiring_models(api, {}, customer, [])
    assert same["training_ends"] is None


def test_expiry_leaves_out_models_that_were_deleted(run: Run, api: Client, model: str) -> None:
    api.delete_model(model)
    assert run("expiry", "--json").json == []


def test_expiry_tells_of_models_that_were_shut_down(
    run: Run, api: Client, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.delete_model(model)  # the service lists no model that it has shut down
    monkeypatch.setenv("FTJOBS_TODAY", "2027-01-13")
    assert run("expiry", "--json").json == []
    monkeypatch.setenv("FTJOBS_TODAY", "2027-01-14")
    [one] = run("expiry", "--json").json
    assert (one["fine_tuned_model"], one["shutdown_date"]) == (model, "2027-01-14")


def test_a_checkpoint_is_looked_for_where_it_is_likely_first(
    run: Run, api: Client, asked: Server, training_file: str
) -> None:
    jobs = [
        api.create_job({"model": MODEL, "training_file": training_file, "suffix": suffix}).id
        for suffix in ("wanted", "other", "third")
    ]
    for job in jobs:
        asked.act(job, "succeed")
    steps = [str(one.fine_tuned_model_checkpoint) for one in api.checkpoints(jobs[0])]
    name = next(one for one in steps if ":ckpt-step-" in one)
    asked.clear_journal()
    assert run("blame", name, "--json").json["job"] == jobs[0]
    assert [call for call in asked.calls() if call.endswith("/checkpoints")] == [
        f"GET /fine_tuning/jobs/{jobs[0]}/checkpoints"
    ]


def test_expiry_names_who_uses_a_model(run: Run, model: str, exported: list[dict[str, Any]]) -> None:
    [line] = [line for line in run("expiry", "--state").lines if model in line]
    assert line[-1] == "output fine_tuned_model, app:index:App::web"


@pytest.mark.parametrize(
    ("resource", "users"),
    [
        ({"urn": "u::t::n", "inputs": {"a": ["ft:m"]}}, ["t::n"]),
        ({"urn": "u::t::n", "id": "ft:m"}, ["t::n"]),
        ({"urn": "u::t::n", "inputs": {"a": "ft:m2"}}, []),
        ({"type": "pulumi:pulumi:Stack", "outputs": None}, []),
    ],
)
def test_a_use_is_the_whole_name(resource: dict[str, Any], users: list[str]) -> None:
    assert users_of("ft:m", [resource]) == users
