"""What an operator asks for by mistake is refused whole, with the member's name, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .application import Api


def refused(api: Api, path: str, body: Any) -> str | None:
    """The member that the refusal names."""
    status, code, param = api.refusal("POST", f"/_ftjobs{path}", content=json.dumps(body))
    assert (status, code) == (400, None)
    return param


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"speed": 0}, "speed"),
        ({"speed": -1}, "speed"),
        ({"speed": "1"}, "speed"),
        ({"speed": 1e300}, "speed"),
        ({"advance": -1}, "advance"),
        ({"advance": True}, "advance"),
        ({"advance": 1e300}, "advance"),
        ({"per_poll": 1e300}, "per_poll"),
        ({"mode": "fast"}, "mode"),
        ({"zzz": 1}, "zzz"),
        ({"mode": "stepped", "zzz": 1}, "zzz"),
    ],
)
def test_the_clock_is_not_turned_by_a_mistake(api: Api, body: dict[str, Any], param: str) -> None:
    before = api.operate_get("/clock")

    assert refused(api, "/clock", body) == param
    assert api.operate_get("/clock") == before


@pytest.mark.parametrize(
    ("rule", "param"),
    [
        ({"fail": {}}, "fail.code"),
        ({"fail": {"code": ["x"]}}, "fail.code"),
        ({"fail": {"code": "x", "message": 5}}, "fail.message"),
        ({"fail": {"code": "x", "phase": "y"}}, "fail.phase"),
        ({"fail": {"code": "x", "at_step": "z"}}, "fail.at_step"),
        ({"fail": {"code": "x", "at_step": 0}}, "fail.at_step"),
        ({"fail": {"code": "x", "at_step": 1.5}}, "fail.at_step"),
        ({"fail": {"code": "x", "zzz": 1}}, "fail.zzz"),
        ({"fail": 5}, "fail"),
        ({"count": "z"}, "count"),
        ({"count": -1}, "count"),
        ({"match": 5}, "match"),
        ({"match": {"zzz": 5}}, "match.zzz"),
        ({"match": {"metadata": 5}}, "match.metadata"),
        ({"match": {"metadata": {"a": 1}}}, "match.metadata"),
        ({"match": {"model": 5}}, "match.model"),
        ({"stay": "away"}, "stay"),
        ({"stay": []}, "stay"),
        ({"pause_at_step": 1e300}, "pause_at_step"),
        ({"pause_at_step": 1.5}, "pause_at_step"),
        ({"training": 1e300}, "training"),
        ({"training": -1}, "training"),
        ({"resume_after": "1"}, "resume_after"),
        ({"explode": 1}, "explode"),
    ],
)
def test_a_scenario_with_a_mistake_is_refused_whole(api: Api, rule: dict[str, Any], param: str) -> None:
    assert refused(api, "/scenario", {"jobs": [{"stay": "queued"}, rule]}) == f"jobs[1].{param}"
    assert api.operate_get("/scenario") == {"jobs": []}
    assert api.create()["status"] == "validating_files"


@pytest.mark.parametrize(
    ("document", "param"), [({"rules": []}, "jobs"), ({"jobs": {}}, "jobs"), ({"jobs": [1]}, "jobs[0]")]
)
def test_a_scenario_is_a_list_of_rules(api: Api, document: dict[str, Any], param: str) -> None:
    assert refused(api, "/scenario", document) == param


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"speeed": 1}, "speeed"),
        ({"lenient": "yes"}, "lenient"),
        ({"answers": "nice"}, "answers"),
        ({"min_rows": True}, "min_rows"),
        ({"min_rows": -1}, "min_rows"),
        ({"keys": {"a": 5}}, "keys"),
        ({"keys": ["a"]}, "keys"),
    ],
)
def test_a_switch_that_cannot_be_turned_changes_nothing(
    api: Api, changes: dict[str, Any], param: str
) -> None:
    before = api.operate_get("/settings")

    assert refused(api, "/settings", {"any_model": True, **changes}) == param
    assert api.operate_get("/settings") == before


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "action"),
        ({"action": "explode"}, "action"),
        ({"action": "fail", "at_step": 0}, "at_step"),
        ({"action": "fail", "at_step": True}, "at_step"),
        ({"action": "fail", "code": ["x"]}, "code"),
        ({"action": "fail", "x": 1}, "x"),
    ],
)
def test_an_unknown_action_is_refused(api: Api, body: dict[str, Any], param: str) -> None:
    job = api.create()

    assert refused(api, f"/jobs/{job['id']}", body) == param
    assert api.job(job) == job


@pytest.mark.parametrize("path", ["/clock", "/scenario", "/settings"])
def test_a_number_beyond_all_numbers_reaches_nothing(api: Api, path: str) -> None:
    bodies = {
        "/clock": '{"advance": 1e999}',
        "/scenario": '{"jobs": [{"training": 1e999}]}',
        "/settings": '{"cancel_delay": 1e999}',
    }
    before = api.operate_get(path)

    assert api.refusal("POST", f"/_ftjobs{path}", content=bodies[path])[0] == 400
    assert api.operate_get(path) == before
