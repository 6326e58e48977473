"""A frozen job's time stands still, its status does not show it, and thawing returns it to where it was."""

from __future__ import annotations

from typing import Any

import pytest

from .application import Api

JOBS = "/v1/fine_tuning/jobs"


def paused(api: Api) -> Any:
    job = api.until(api.create(), "running")
    api.wall.at += 20
    return api.post(f"{JOBS}/{job['id']}/pause")


def requeued(api: Api) -> Any:
    return api.post(f"{JOBS}/{paused(api)['id']}/resume")


def reached(status: str) -> Any:
    return lambda api: api.until(api.create(), status)


@pytest.mark.parametrize(
    ("make", "goes_on"),
    [
        (reached("validating_files"), "succeeded"),
        (reached("queued"), "succeeded"),
        (reached("running"), "succeeded"),
        (requeued, "succeeded"),
        (paused, "paused"),
    ],
)
def test_a_frozen_job_keeps_its_status_until_it_is_thawed(api: Api, make: Any, goes_on: str) -> None:
    job = make(api)
    events = api.events(job)
    for _ in range(2):
        api.operate(f"/jobs/{job['id']}", action="freeze")
        api.wall.at += 9999
        assert (api.job(job)["status"], api.events(job)) == (job["status"], events)
    api.operate(f"/jobs/{job['id']}", action="thaw")
    assert api.job(job)["status"] == job["status"]

    api.wall.at += 9999
    assert api.job(job)["status"] == goes_on


def test_a_paused_job_that_was_frozen_is_resumed_as_ever(api: Api) -> None:
    job = paused(api)
    for action in ("freeze", "thaw", "thaw"):
        api.operate(f"/jobs/{job['id']}", action=action)
    assert api.post(f"{JOBS}/{job['id']}/resume")["status"] == "queued"

    api.until(job, "succeeded")
    assert [e["data"]["step"] for e in api.events(job) if e["type"] == "metrics"] == list(range(1, 121))


def test_what_was_planned_happens_as_much_later_as_the_job_was_frozen(api: Api) -> None:
    api.operate("/clock", mode="stepped")
    api.operate("/scenario", jobs=[{"pause_at_step": 4, "resume_after": 60}])
    file = api.upload()["id"]
    free, held = (api.create(training_file=file, seed=1) for _ in range(2))
    api.operate(f"/jobs/{held['id']}", action="freeze")
    api.operate("/clock", advance=1000)
    api.operate(f"/jobs/{held['id']}", action="thaw")
    api.operate("/clock", advance=1000)
    shown = [[(e["message"], e["created_at"]) for e in api.events(job)[2:-4]] for job in (free, held)]

    assert [(message, at + 1000) for message, at in shown[0]] == shown[1]


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
def test_a_frozen_job_can_be_ended(api: Api, status: str) -> None:
    job = api.until(api.create(), "running")
    api.operate(f"/jobs/{job['id']}", action="freeze")
    api.wall.at += 100
    if status == "cancelled":
        api.post(f"{JOBS}/{job['id']}/cancel")
    else:
        api.operate(f"/jobs/{job['id']}", action={"succeeded": "succeed", "failed": "fail"}[status])

    assert api.job(job)["status"] == status


def test_a_job_that_a_scenario_holds_goes_on_when_it_is_thawed(api: Api) -> None:
    api.operate("/scenario", jobs=[{"stay": "queued"}])
    job = api.until(api.create(), "queued")
    api.operate(f"/jobs/{job['id']}", action="freeze")
    api.operate(f"/jobs/{job['id']}", action="thaw")
    api.wall.at += 9999
    assert api.job(job)["status"] == "queued"
    api.operate(f"/jobs/{job['id']}", action="thaw")

    api.until(job, "succeeded")
