"""`ftjobs expiry --plan`: where the jobs of a stack could be trained again. Offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pulumi_ftjobs.cli.import_file import JOB_TYPE
from tests.cli.conftest import Run, pulumi_with

MODEL = "gpt-4.1-mini-2025-04-14"


def job(name: str = "support", **outputs: Any) -> dict[str, Any]:
    """A job in a state."""
    return {
        "type": JOB_TYPE,
        "urn": f"urn:pulumi:test::story::{JOB_TYPE}::{name}",
        "id": f"ftjob-{name}",
        "outputs": {"model": MODEL, **outputs},
    }


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenAI's rules on a day when it still accepts jobs, and no key."""
    monkeypatch.setenv("FTJOBS_TODAY", "2026-11-24")


def plan(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *resources: dict[str, Any]) -> Any:
    pulumi_with(tmp_path, list(resources), monkeypatch)
    ended = run("expiry", "--plan", "--json")
    assert ended.code == 0, ended.err
    return ended.json


def test_each_expiring_job_has_a_row_per_service_that_could_train_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"ft:{MODEL}:acme:support:abc"
    model = {"type": "x", "urn": "u::x::m", "outputs": {"job_id": "ftjob-support", "name": name}}
    rows = plan(run, tmp_path, monkeypatch, job(trained_tokens=1_000_000), model)
    assert {(row["job"], row["fine_tuned_model"], row["shutdown_date"]) for row in rows} == {
        ("support", name, "2027-01-14")
    }
    profiles = [row["profile"] for row in rows]
    assert "openai" not in profiles  # its base shuts down on the same day
    assert {"azure", "compatible"} <= set(profiles)
    assert all(row["tokens"] == 1_000_000 for row in rows)
    [azure] = [row for row in rows if row["profile"] == "azure"]
    assert (azure["training_ends"], azure["base_shutdown_date"]) == ("2026-10-01", "2027-10-01")


@pytest.mark.parametrize(("customer", "days"), [("existing", ["2027-04-01"]), ("new", [])])
def test_the_end_of_training_at_azure_depends_on_the_kind_of_customer(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, customer: str, days: list[str]
) -> None:
    pulumi_with(tmp_path, [job()], monkeypatch, azureCustomer=customer)
    rows = run("expiry", "--plan", "--json", "--stack-config").json
    assert [row["training_ends"] for row in rows if row["profile"] == "azure"] == days


def test_a_given_price_makes_a_cost_and_an_unknown_one_stays_empty(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi_with(tmp_path, [job(estimated_tokens=2_000_000)], monkeypatch, prices='{"*": 3}')
    [row] = [
        row
        for row in run("expiry", "--plan", "--json", "--stack-config").json
        if row["profile"] == "compatible"
    ]
    assert row["cost_usd"] == "6.00"
    [row] = [row for row in run("expiry", "--plan", "--json").json if row["profile"] == "compatible"]
    assert row["cost_usd"] is None


def test_jobs_that_do_not_expire_and_other_resources_have_no_row(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"type": "aws:s3:Bucket", "urn": "u::b", "outputs": {"model": MODEL}}
    assert plan(run, tmp_path, monkeypatch, job(model="another-model"), other) == []


def test_a_plan_without_rows_says_why(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi_with(tmp_path, [job(model="another-model")], monkeypatch)
    ended = run("expiry", "--plan")
    assert ended.out.count("\n") == 1
    assert "no job in this stack's state has a known shutdown date (profile openai)" in ended.err
