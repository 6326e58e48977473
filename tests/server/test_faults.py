"""Fault rules with mistakes, the service's own answers for short rules, and what the request log keeps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_ftjobs.server.request_log import RequestLog

from .application import Api

FAULTS = "/_ftjobs/faults"


@pytest.mark.parametrize(
    ("member", "value", "param"),
    [
        ("kind", ["status"], "kind"),
        ("code", [1], "code"),
        ("message", 5, "message"),
        ("seed", [1], "seed"),
        ("seed", True, "seed"),
        ("probability", 5, "probability"),
        ("probability", -0.1, "probability"),
        ("count", -1, "count"),
        ("skip", -1, "skip"),
        ("seconds", -1, "seconds"),
        ("retry_after", 1e18, "retry_after"),
        ("commit", "yes", "commit"),
        ("path", 7, "path"),
        ("headers", [], "headers"),
        ("headers", {"x": "a\nb"}, "headers.x"),
        ("headers", {"x": "\u20ac"}, "headers.x"),
        ("headers", {"x": ["a"]}, "headers.x"),
        ("headers", {"x y": "b"}, "headers.x y"),
        ("headers", {"": "b"}, "headers."),
        ("headers", {"Content-Length": "7"}, "headers.Content-Length"),
        ("headers", {"transfer-encoding": "gzip"}, "headers.transfer-encoding"),
    ],
)
def test_a_fault_that_would_break_its_victim_is_refused_by_name(
    api: Api, member: str, value: Any, param: str
) -> None:
    body = {"kind": "status", "retry_after_form": "date", member: value}

    assert api.refusal("POST", FAULTS, json=body) == (400, None, param)
    assert api.operate_get("/faults") == {"faults": []}
    assert api.ask("GET", "/v1/models").status_code == 200


def test_a_fault_with_its_own_body_still_has_a_retry_after(api: Api) -> None:
    api.operate(
        "/faults", kind="status", status=429, body={"error": {}}, retry_after=7, headers={"X-Other": "a"}
    )
    answer = api.ask("GET", "/v1/models")

    assert (answer.status_code, answer.json()) == (429, {"error": {}})
    assert (answer.headers["retry-after"], answer.headers["x-other"]) == ("7", "a")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_that_has_no_body_gets_none(api: Api, status: int) -> None:
    api.operate("/faults", kind="status", status=status)

    assert (api.ask("GET", "/v1/models").status_code, api.ask("GET", "/v1/models").status_code) == (
        status,
        200,
    )


@pytest.mark.parametrize(
    ("status", "path", "code", "param", "kind"),
    [
        (401, "/models", "invalid_api_key", None, "invalid_request_error"),
        (429, "/models", "rate_limit_exceeded", None, "requests"),
        (503, "/models", "server_is_overloaded", None, "service_unavailable_error"),
        (502, "/models", None, None, "server_error"),
        (404, "/fine_tuning/jobs/ftjob-x/events", "fine_tune_not_found", "fine_tune_id", "invalid_request_error"),
        (404, "/models/ft:x", "model_not_found", "model", "invalid_request_error"),
        (404, "/files/file-x/content", None, "id", "invalid_request_error"),
        (404, "/fine_tuning/checkpoints/x/permissions", None, "fine_tuned_model_checkpoint", "invalid_request_error"),
        (404, "/fine_tuning/jobs", "unknown_url", None, "invalid_request_error"),
        (418, "/models", None, None, "invalid_request_error"),
    ],
)  # fmt: skip
def test_a_fault_without_a_code_answers_what_the_service_does_at_that_path(
    api: Api, status: int, path: str, code: str | None, param: str | None, kind: str
) -> None:
    api.operate("/faults", kind="status", status=status)
    error = api.ask("GET", f"/v1{path}").json()["error"]

    assert (error["code"], error["param"], error["type"]) == (code, param, kind)
    assert error["message"]


def test_members_of_a_fault_replace_the_services_own(api: Api) -> None:
    api.operate("/faults", kind="status", status=429, message="Later.", type="mine", param="model")
    error = api.ask("GET", "/v1/models").json()["error"]

    assert error == {"message": "Later.", "type": "mine", "param": "model", "code": "rate_limit_exceeded"}


@pytest.mark.parametrize(
    "header",
    ["Ocp-Apim-Subscription-Key", "X-Amz-Security-Token", "x-goog-api-key", "X-Client-Secret", "Cookie",
     "Proxy-Authorization", "X-Auth"],
)  # fmt: skip
def test_no_header_that_may_hold_a_key_is_kept(api: Api, header: str) -> None:
    api.ask("GET", "/v1/models", headers={header: "test-of-a-secret", "openai-project": "proj_seen"})
    (asked,) = api.operate_get("/journal")["requests"]

    assert asked["headers"][header.lower()] == asked["headers"]["authorization"] == "[redacted]"
    assert asked["headers"]["openai-project"] == "proj_seen"


def test_no_key_in_a_query_is_kept(api: Api) -> None:
    filtered = "metadata%5Bkey%5D=seen"
    api.ask("GET", f"/v1/models?api-version=1&subscription-key=test-of-a-secret&{filtered}&token=")
    (asked,) = api.operate_get("/journal")["requests"]

    assert asked["query"] == f"api-version=1&subscription-key=[redacted]&{filtered}&token=[redacted]"


def test_the_journal_drops_the_oldest_bodies_and_keeps_the_count() -> None:
    journal = RequestLog(room=100)
    for n in range(10):
        body = json.dumps({"n": n, "text": "x" * 20}).encode()
        journal.close(journal.open("POST", "/v1/fine_tuning/jobs", "", 1, {}), body, 1.0)
    shown = journal.public()["requests"]

    assert [request["body"] and request["body"]["n"] for request in shown] == [None] * 8 + [8, 9]
    journal.clear()
    journal.close(journal.open("POST", "/", "", 1, {}), b'{"n": 1}', 1.0)
    assert journal.public()["requests"][0]["body"] == {"n": 1}
