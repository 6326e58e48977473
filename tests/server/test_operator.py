"""What an operator or a test does to the server: clock, scenario, interventions, switches, faults, journal."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from .application import KEY, MODEL, Api, chat


def test_a_stepped_clock_stands_still_until_it_is_advanced(api: Api) -> None:
    api.operate("/clock", mode="stepped")
    job = api.create()
    api.wall.at += 9999
    assert api.job(job)["status"] == "validating_files"

    api.operate("/clock", advance=3600)
    done = api.job(job)
    assert done["status"] == "succeeded"
    assert job["created_at"] < done["finished_at"] <= job["created_at"] + 3600


def test_a_fast_clock_shortens_jobs_but_not_the_calendar(api: Api) -> None:
    api.operate("/clock", speed=100)
    job = api.create()
    api.wall.at += 7
    done = api.job(job)

    assert done["status"] == "succeeded"
    assert done["finished_at"] - done["created_at"] <= 7


def test_a_clock_can_advance_with_every_look(api: Api) -> None:
    api.operate("/clock", mode="stepped", per_poll=15)
    job = api.create()
    seen = [api.job(job)["status"] for _ in range(30)]

    assert list(dict.fromkeys(seen)) == ["validating_files", "queued", "running", "succeeded"]


def test_changing_the_speed_does_not_move_a_job(api: Api) -> None:
    job = api.until(api.create(), "running")
    before = api.operate_get(f"/jobs/{job['id']}")["step"]
    api.operate("/clock", speed=1000)
    api.operate("/clock", speed=1)

    assert api.operate_get(f"/jobs/{job['id']}")["step"] == before


@pytest.mark.parametrize(
    ("rule", "status", "code", "named", "finished"),
    [
        ({"fail": {"code": "exceeded_quota", "at_step": 5}}, "failed", "exceeded_quota", False, True),
        ({"fail": {"code": "server_error"}}, "failed", "server_error", False, True),
        (
            {"fail": {"code": "invalid_training_file", "phase": "validation"}},
            "failed",
            "invalid_training_file",
            False,
            False,
        ),
        ({"fail": {"code": "refusals_v3", "phase": "moderation"}}, "failed", "refusals_v3", True, True),
        ({"pause_at_step": 4, "resume_after": 60}, "succeeded", None, True, True),
        ({"training": 1, "queueing": 0, "validating": 0}, "succeeded", None, True, True),
    ],
)
def test_a_scenario_decides_how_jobs_end(
    api: Api, rule: dict[str, Any], status: str, code: str | None, named: bool, finished: bool
) -> None:
    api.operate("/scenario", jobs=[{"match": {"suffix": "scripted*"}, **rule}])
    job = api.until(api.create(suffix="scripted-1"), status)
    other = api.until(api.create(suffix="other"), "succeeded")

    assert job["error"].get("code") == code
    assert (job["fine_tuned_model"] is not None, job["finished_at"] is not None) == (named, finished)
    assert other["error"] == {}


def test_a_failure_at_a_step_leaves_the_events_up_to_it(api: Api) -> None:
    api.operate("/scenario", jobs=[{"fail": {"code": "server_error", "message": "Node lost.", "at_step": 5}}])
    job = api.until(api.create(), "failed")
    events = api.events(job)

    assert [e["data"]["step"] for e in events if e["type"] == "metrics"] == [1, 2, 3, 4, 5]
    assert events[-1]["message"] == "Node lost."


@pytest.mark.parametrize("status", ["validating_files", "queued", "running"])
def test_a_job_can_stay_in_a_status_for_good(api: Api, status: str) -> None:
    api.operate("/scenario", jobs=[{"stay": status, "count": 1}])
    job, free = api.create(), api.create()
    api.wall.at += 99_999

    assert (api.job(job)["status"], api.job(free)["status"]) == (status, "succeeded")


def test_a_job_paused_by_a_scenario_waits_to_be_resumed(api: Api) -> None:
    api.operate("/scenario", jobs=[{"pause_at_step": 3}])
    job = api.until(api.create(), "paused")
    api.wall.at += 9999
    assert api.operate_get(f"/jobs/{job['id']}")["step"] == 3
    api.post(f"/v1/fine_tuning/jobs/{job['id']}/resume")

    api.until(job, "succeeded")
    assert [e["message"] for e in api.events(job)].count("Fine-tuning job paused") == 1


@pytest.mark.parametrize(
    ("action", "status"),
    [("fail", "failed"), ("succeed", "succeeded"), ("cancel", "cancelled"), ("pause", "paused")],
)
def test_an_operator_can_end_or_hold_a_job(api: Api, action: str, status: str) -> None:
    job = api.create()
    api.operate(f"/jobs/{job['id']}", action=action)

    assert api.job(job)["status"] == status


def test_an_operator_who_ends_a_job_in_success_gets_all_its_results(api: Api) -> None:
    job = api.create()
    api.operate(f"/jobs/{job['id']}", action="succeed")
    done = api.job(job)

    assert api.get(f"/v1/models/{done['fine_tuned_model']}")["id"] == done["fine_tuned_model"]
    assert api.ask("GET", f"/v1/files/{done['result_files'][0]}/content").status_code == 200
    assert done["trained_tokens"] > 0
    assert len(api.get(f"/v1/fine_tuning/jobs/{job['id']}/checkpoints")["data"]) == 3


def test_a_vanished_job_was_never_there(api: Api) -> None:
    job = api.create()
    api.operate(f"/jobs/{job['id']}", action="vanish")

    assert api.refusal("GET", f"/v1/fine_tuning/jobs/{job['id']}")[1] == "fine_tune_not_found"


def test_metadata_may_be_kept_back_refused_or_not_filtered(api: Api) -> None:
    api.operate("/settings", echo_metadata=False, metadata_filter=False)
    job = api.create(metadata={"a": "b"})
    assert job["metadata"] is None
    assert len(api.get("/v1/fine_tuning/jobs?metadata[a]=c")["data"]) == 1
    assert api.operate_get("/jobs")["data"][0]["metadata"] == {"a": "b"}

    api.operate("/settings", accept_metadata=False)
    body = {"model": MODEL, "training_file": job["training_file"], "metadata": {"a": "b"}}
    assert api.refusal("POST", "/v1/fine_tuning/jobs", json=body) == (400, "unknown_parameter", "metadata")


def test_jobs_can_be_removed_where_they_are_not_permanent(api: Api) -> None:
    api.operate("/settings", permanent_jobs=False)
    job = api.create()

    assert api.ask("DELETE", f"/v1/fine_tuning/jobs/{job['id']}").json()["deleted"] is True
    assert api.refusal("GET", f"/v1/fine_tuning/jobs/{job['id']}")[0] == 404


def test_the_wind_down_refuses_creates_and_nothing_else(api: Api) -> None:
    job = api.create()
    api.operate("/settings", wind_down=True)
    body = {"model": MODEL, "training_file": api.upload()["id"]}

    assert api.refusal("POST", "/v1/fine_tuning/jobs", json=body) == (403, "training_not_available", None)
    assert api.post(f"/v1/fine_tuning/jobs/{job['id']}/cancel")["status"] == "cancelled"


def test_active_jobs_are_limited_per_model(api: Api) -> None:
    api.operate("/settings", max_active_jobs=2)
    file = api.upload()["id"]
    api.create(training_file=file)
    second = api.create(training_file=file)
    body = {"model": MODEL, "training_file": file}
    assert api.refusal("POST", "/v1/fine_tuning/jobs", json=body) == (429, "rate_limit_exceeded", None)
    api.create(training_file=file, model="gpt-4.1-mini")

    api.until(second, "succeeded")
    api.create(training_file=file)


def test_jobs_a_day_are_limited_for_a_rolling_day(api: Api) -> None:
    api.operate("/settings", max_jobs_per_day=1)
    file = api.upload()["id"]
    api.create(training_file=file)
    body = {"model": MODEL, "training_file": file}
    assert api.refusal("POST", "/v1/fine_tuning/jobs", json=body) == (429, "daily_rate_limit_exceeded", None)

    api.wall.at += 86_401
    api.create(training_file=file)


def test_the_journal_shows_requests_but_no_keys_and_no_files(api: Api) -> None:
    api.create(suffix="seen")
    journal = api.operate_get("/journal")
    upload, create = journal["requests"]

    assert (create["method"], create["path"], create["status"]) == ("POST", "/v1/fine_tuning/jobs", 200)
    assert create["body"]["suffix"] == "seen"
    assert upload["body"] is None
    assert KEY not in json.dumps(journal)
    assert "A number" not in json.dumps(journal)
    api.ask("DELETE", "/_ftjobs/journal")
    assert api.operate_get("/journal") == {"requests": [], "connections": 0}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "invalid_api_key", "invalid_request_error"),
        (403, "training_not_available", "invalid_request_error"),
        (403, None, "invalid_request_error"),
        (409, None, "invalid_request_error"),
        (429, "rate_limit_exceeded", "requests"),
        (429, "slow_down", "rate_limit_error"),
        (429, "insufficient_quota", "insufficient_quota"),
        (429, "daily_rate_limit_exceeded", "invalid_request_error"),
        (500, None, "server_error"),
        (503, "server_is_overloaded", "service_unavailable_error"),
    ],
)
def test_a_fault_answers_in_the_services_own_words(
    api: Api, status: int, code: str | None, kind: str
) -> None:
    api.operate("/faults", kind="status", status=status, code=code, path="/models")
    answer = api.ask("GET", "/v1/models")

    assert answer.status_code == status
    assert (answer.json()["error"]["code"], answer.json()["error"]["type"]) == (code, kind)
    assert answer.json()["error"]["message"]
    assert api.ask("GET", "/v1/models").status_code == 200


@pytest.mark.parametrize(
    ("form", "header"), [("seconds", "retry-after"), ("ms", "retry-after-ms"), ("date", "retry-after")]
)
def test_a_retry_after_has_three_forms(api: Api, form: str, header: str) -> None:
    api.operate("/faults", kind="status", status=429, retry_after=2, retry_after_form=form)
    value = api.ask("GET", "/v1/models").headers[header]

    assert value == {"seconds": "2", "ms": "2000"}.get(form, value)
    if form == "date":
        assert parsedate_to_datetime(value).tzinfo is not None


def test_faults_strike_by_method_path_skip_and_count(api: Api) -> None:
    api.operate(
        "/faults",
        kind="status",
        status=500,
        method="get",
        path="/v1/fine_tuning/jobs/*/events",
        skip=1,
        count=2,
    )
    job = api.create()
    path = f"/v1/fine_tuning/jobs/{job['id']}/events"
    statuses = [api.ask("GET", path).status_code for _ in range(4)]

    assert statuses == [200, 500, 500, 200]
    assert api.ask("GET", "/v1/fine_tuning/jobs").status_code == 200
    assert api.operate_get("/faults")["faults"][0]["struck"] == 2


def test_a_fault_may_strike_by_chance_and_always_by_the_same(api: Api) -> None:
    def struck() -> list[int]:
        api.ask("DELETE", "/_ftjobs/faults")
        api.operate("/faults", kind="status", status=503, probability=0.5, count=None, seed=4)
        return [api.ask("GET", "/v1/models").status_code for _ in range(20)]

    once = struck()
    assert once == struck()
    assert {200, 503} == set(once)


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        ({"kind": "status", "status": 500}, 0),
        ({"kind": "status", "status": 500, "commit": True}, 1),
        ({"kind": "html"}, 0),
        ({"kind": "unreadable"}, 1),
        ({"kind": "delay", "seconds": 0}, 1),
    ],
)
def test_a_fault_says_whether_the_request_takes_effect(api: Api, rule: dict[str, Any], made: int) -> None:
    file = api.upload()["id"]
    api.operate("/faults", path="/fine_tuning/jobs", **rule)
    api.ask("POST", "/v1/fine_tuning/jobs", json={"model": MODEL, "training_file": file})

    assert api.operate_get("/jobs")["count"] == made


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "x"},
        {"kind": "status", "status": 42},
        {"kind": "html", "colour": 1},
        {"kind": "delay", "seconds": "1"},
    ],
)
def test_a_fault_with_a_mistake_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert api.refusal("POST", "/_ftjobs/faults", json=body)[0] == 400


def test_the_page_of_the_server_says_that_it_is_simulated(api: Api) -> None:
    page = api.ask("GET", "/", headers={"accept": "text/html"})

    assert page.headers["content-type"].startswith("text/html")
    assert api.get("/")["simulated"] is True
    assert "Nothing is trained" in api.get("/")["note"]


def test_the_page_reads_a_thinned_curve_and_events_apart_from_steps(api: Api) -> None:
    data = api.upload(chat(400))["id"]
    job = api.until(
        api.create(training_file=data, hyperparameters={"n_epochs": 10, "batch_size": 1}), "succeeded"
    )
    story = api.operate_get(f"/jobs/{job['id']}/story")
    line = api.operate_get("/overview")["jobs"][0]

    assert len(story["curve"]) <= 310
    assert story["curve"][-1]["step"] == 4000
    assert [event["type"] for event in story["events"]].count("metrics") == 0
    assert "Fine-tuning job started" in {event["message"] for event in story["events"]}
    assert [event["data"]["step"] for event in story["steps"]] == list(range(4000, 3950, -1))
    assert story["step_events"] == 4000
    assert (line["id"], line["step"], line["total_steps"]) == (job["id"], 4000, 4000)


def test_a_store_opened_again_goes_on_where_it_was(api: Api, tmp_path: Path) -> None:
    job = api.until(api.create(), "running")
    api.operate("/clock", speed=3)
    before = api.operate_get(f"/jobs/{job['id']}")["step"]
    api.close()
    again = Api(tmp_path / "store.sqlite", api.wall)

    assert again.operate_get(f"/jobs/{job['id']}")["step"] == before
    assert again.operate_get("/clock")["speed"] == 3
    again.until(job, "succeeded")
    again.close()
