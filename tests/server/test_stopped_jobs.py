"""A job that a scenario or a seed stops stays exactly there, whatever the clock does to the last digits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_ftjobs.server.seeds.seed_loader import load_seed

from .application import Api

MANY = 12
TICKS = [0.0, 77.7, 5_000.1, 123_456.789]


def many(api: Api, at: float, **rule: Any) -> list[Any]:
    """Jobs under one rule, each created at a crooked moment; then a long time goes by."""
    api.operate("/clock", mode="stepped", advance=at)
    api.operate("/scenario", jobs=[rule])
    file = api.upload()["id"]
    made = []
    for _ in range(MANY):
        api.operate("/clock", advance=0.1)
        made.append(api.create(training_file=file))
    api.operate("/clock", advance=10_000)
    return [api.job(job) for job in made]


@pytest.mark.parametrize("at", TICKS)
@pytest.mark.parametrize("status", ["validating_files", "queued", "running"])
def test_every_job_stays_where_the_scenario_says(api: Api, status: str, at: float) -> None:
    jobs = many(api, at, stay=status)

    assert {job["status"] for job in jobs} == {status}
    numbers = status != "validating_files"
    assert {isinstance(job["hyperparameters"]["n_epochs"], int) for job in jobs} == {numbers}
    said = ["Created", "Validating", "Files", "Fine-tuning"][
        : {"validating_files": 2, "queued": 3}.get(status, 4)
    ]
    assert {tuple(e["message"].split()[0] for e in api.events(job)) for job in jobs} == {tuple(said)}


@pytest.mark.parametrize("at", TICKS)
@pytest.mark.parametrize("training", [1.0, 90.0, 100.0])
def test_every_job_pauses_after_the_given_step(api: Api, at: float, training: float) -> None:
    jobs = many(api, at, pause_at_step=7, training=training)

    assert {(job["status"], api.operate_get(f"/jobs/{job['id']}")["step"]) for job in jobs} == {("paused", 7)}
    steps = [[e["data"]["step"] for e in api.events(job) if e["type"] == "metrics"] for job in jobs]
    assert steps == [list(range(1, 8))] * MANY
    before = api.events(jobs[0])
    api.operate("/clock", advance=500)
    assert api.events(jobs[0]) == before


@pytest.mark.parametrize("at", TICKS)
@pytest.mark.parametrize("training", [1.0, 90.0, 100.0])
def test_every_job_fails_at_the_given_step(api: Api, at: float, training: float) -> None:
    jobs = many(api, at, fail={"code": "server_error", "at_step": 7}, training=training)

    assert {job["status"] for job in jobs} == {"failed"}
    steps = [[e["data"]["step"] for e in api.events(job) if e["type"] == "metrics"] for job in jobs]
    assert steps == [list(range(1, 8))] * MANY


def test_a_job_is_in_the_queue_at_the_very_moment_its_files_are_validated(api: Api) -> None:
    api.operate("/clock", mode="stepped", advance=77.7)
    api.operate("/scenario", jobs=[{"validating": 0.1, "queueing": 0.2, "training": 0.7}])
    for _ in range(MANY):
        job = api.create()
        seen = [job["status"]]
        for _ in range(3):
            api.operate("/clock", advance=0.1)
            seen.append(api.job(job)["status"])
        assert seen == ["validating_files", "queued", "queued", "running"]


@pytest.mark.parametrize("at", TICKS)
@pytest.mark.parametrize("status", ["validating_files", "queued", "running", "paused"])
def test_every_seeded_job_has_the_given_status(api: Api, tmp_path: Path, status: str, at: float) -> None:
    api.operate("/clock", mode="stepped", advance=at)
    path = tmp_path / "seed.json"
    path.write_text(json.dumps({"jobs": [{"status": status}] * MANY}))
    load_seed(api.services, path)

    assert {job["status"] for job in api.get("/v1/fine_tuning/jobs?limit=100")["data"]} == {status}
