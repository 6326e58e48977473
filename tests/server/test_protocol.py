"""Paths, headers, keys, bodies: what a client may send, and the one envelope for every refusal."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest

from pulumi_ftjobs.server.faults.connections import Connections
from pulumi_ftjobs.server.http.asgi_app import make_app

from .application import KEY, MODEL, Api, chat


@pytest.mark.parametrize("prefix", ["/v1", ""])
def test_every_route_answers_with_and_without_prefix(api: Api, prefix: str) -> None:
    job = api.create()

    assert api.get(f"{prefix}/fine_tuning/jobs/{job['id']}")["id"] == job["id"]


@pytest.mark.parametrize("separator", [":", "%3A"])
def test_names_with_colons_are_found_raw_and_encoded(api: Api, separator: str) -> None:
    name = api.until(api.create(), "succeeded")["fine_tuned_model"]

    assert api.get("/v1/models/" + name.replace(":", separator))["id"] == name


@pytest.mark.parametrize("key", ["metadata[team]", "metadata%5Bteam%5D"])
def test_query_keys_may_be_encoded(api: Api, key: str) -> None:
    job = api.create(metadata={"team": "a b"})
    api.create(metadata={"team": "other"})

    assert [j["id"] for j in api.get(f"/v1/fine_tuning/jobs?{key}=a%20b")["data"]] == [job["id"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("metadata[a]=1", ["both", "one"]),
        ("metadata[a]=1&metadata[b]=2", ["both"]),
        ("metadata[a]=2", []),
        ("metadata=null", ["none"]),
        ("metadata[c]=", ["empty"]),
        ("", ["none", "empty", "both", "one"]),
    ],
)
def test_the_metadata_filter_joins_its_pairs(api: Api, query: str, found: list[str]) -> None:
    for suffix, metadata in (
        ("one", {"a": "1"}),
        ("both", {"a": "1", "b": "2"}),
        ("empty", {"c": ""}),
        ("none", None),
    ):
        api.create(suffix=suffix, **({"metadata": metadata} if metadata else {}))

    assert [j["user_provided_suffix"] for j in api.get(f"/v1/fine_tuning/jobs?{query}")["data"]] == found


@pytest.mark.parametrize("verb", ["cancel", "pause", "resume"])
def test_verbs_take_an_empty_body_that_claims_to_be_json(api: Api, verb: str) -> None:
    job = api.create()
    if verb != "cancel":
        api.operate("/settings", lenient=True)
    answer = api.ask(
        "POST", f"/v1/fine_tuning/jobs/{job['id']}/{verb}", headers={"content-type": "application/json"}
    )

    assert answer.status_code == 200


def test_answers_carry_the_services_headers(api: Api) -> None:
    answer = api.ask("GET", "/v1/models")

    assert re.fullmatch(r"req_[0-9a-f]{32}", answer.headers["x-request-id"])
    assert answer.headers["openai-version"] == "2020-10-01"
    assert answer.headers["openai-organization"] == "org-ftjobs"
    assert int(answer.headers["openai-processing-ms"]) >= 1
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("GET", "/v1/nothing", (404, "unknown_url", None)),
        ("GET", "/", (200, None, None)),
        ("PUT", "/v1/files", (405, None, None)),
        ("DELETE", "/v1/fine_tuning/jobs/ftjob-x", (404, "unknown_url", None)),
        ("GET", "/v1/fine_tuning/jobs/ftjob-x", (404, "fine_tune_not_found", "fine_tune_id")),
        ("GET", "/v1/fine_tuning/jobs/ftjob-x/events", (404, "fine_tune_not_found", "fine_tune_id")),
        ("POST", "/v1/fine_tuning/jobs/ftjob-x/cancel", (404, "fine_tune_not_found", "fine_tune_id")),
        ("GET", "/v1/files/file-x", (404, None, "id")),
        ("GET", "/v1/models/ft:x", (404, "model_not_found", "model")),
        ("DELETE", f"/v1/models/{MODEL}", (403, None, None)),
        ("GET", "/v1/fine_tuning/jobs?after=ftjob-x", (400, None, "after")),
        ("GET", "/v1/fine_tuning/jobs?limit=0", (400, None, "limit")),
        ("GET", "/v1/fine_tuning/jobs?limit=many", (400, None, "limit")),
        ("GET", "/v1/fine_tuning/checkpoints/ft:x/permissions", (404, None, "fine_tuned_model_checkpoint")),
        ("GET", "/_ftjobs/nothing", (404, "unknown_url", None)),
        ("POST", "/_ftjobs/jobs/ftjob-x", (404, "fine_tune_not_found", "fine_tune_id")),
    ],
)
def test_whatever_is_wrong_comes_in_the_envelope(api: Api, method: str, path: str, refusal: Any) -> None:
    if refusal[0] == 200:
        assert api.ask(method, path).status_code == 200
    else:
        assert api.refusal(method, path) == refusal


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"NaN", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(api: Api, body: bytes) -> None:
    assert api.refusal("POST", "/v1/fine_tuning/jobs", content=body)[0] == 400


def test_a_huge_body_is_refused(api: Api) -> None:
    api.operate("/settings", max_body_bytes=1000)

    assert api.refusal("POST", "/v1/fine_tuning/jobs", content=b" " * 1001)[0] == 413


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"model": None}, "model"),
        ({"training_file": 7}, "training_file"),
        ({"training_file": "file-nope"}, "training_file"),
        ({"validation_file": "file-nope"}, "validation_file"),
        ({"suffix": ""}, "suffix"),
        ({"suffix": "x" * 65}, "suffix"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"seed": 2**31}, "seed"),
        ({"seed": True}, "seed"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"metadata": {"a" * 65: "x"}}, "metadata"),
        ({"metadata": {"a": "x" * 513}}, "metadata"),
        ({"metadata": {str(n): "x" for n in range(17)}}, "metadata"),
        ({"batch_size": 1}, "batch_size"),
        ({"hyperparameters": {"n_epochs": 0}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"n_epochs": 51}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"batch_size": 2.5}}, "hyperparameters.batch_size"),
        ({"hyperparameters": {"learning_rate_multiplier": 0}}, "hyperparameters.learning_rate_multiplier"),
        ({"hyperparameters": {"beta": 1}}, "hyperparameters.beta"),
        ({"method": {}}, "method.type"),
        (
            {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 3}}}},
            "method.dpo.hyperparameters.beta",
        ),
        ({"method": {"type": "reinforcement"}}, "method.reinforcement.grader"),
        ({"integrations": [{"type": "wandb", "wandb": {}}]}, "integrations[0].wandb.project"),
    ],
)
def test_a_bad_create_is_refused_by_name_and_makes_nothing(
    api: Api, members: dict[str, Any], param: str
) -> None:
    body = {"model": MODEL, "training_file": api.upload()["id"], **members}

    assert api.refusal("POST", "/v1/fine_tuning/jobs", json=body) == (400, None, param)
    assert api.operate_get("/jobs")["count"] == 0


@pytest.mark.parametrize("model", ["gpt-9", "o4-mini", "ft:gpt-4o-mini-2024-07-18:x::y"])
def test_a_model_that_cannot_be_trained_is_refused(api: Api, model: str) -> None:
    body = {"model": model, "training_file": api.upload()["id"]}

    assert api.refusal("POST", "/v1/fine_tuning/jobs", json=body) == (400, "model_not_available", "model")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": ""}, 401),
        ({"authorization": "Bearer "}, 401),
        ({"authorization": "Basic abc"}, 401),
        ({"authorization": "", "api-key": KEY}, 200),
        ({"authorization": "bearer x"}, 200),
    ],
)
def test_a_key_is_needed_in_one_of_two_places(api: Api, headers: dict[str, str], status: int) -> None:
    assert api.ask("GET", "/v1/models", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"authorization": "Bearer sk-test-stranger"}, "invalid_api_key"),
        ({"openai-organization": "org-other"}, "mismatched_organization"),
        ({"openai-project": "proj_other"}, "mismatched_project"),
    ],
)
def test_a_listed_key_stands_for_its_organisation_and_project(
    api: Api, headers: dict[str, str], code: str
) -> None:
    api.services.settings.keys = {KEY: "org-mine/proj_mine"}

    assert api.create()["organization_id"] == "org-mine"
    assert api.refusal("GET", "/v1/models", headers=headers) == (401, code, None)


def test_a_refusal_never_shows_the_key(api: Api) -> None:
    api.services.settings.keys = {"sk-test-right": ""}

    assert KEY not in api.ask("GET", "/v1/models").text


def test_projects_do_not_see_each_other(api: Api) -> None:
    job = api.create()
    other = {"openai-project": "proj_other"}

    assert api.refusal("GET", f"/v1/fine_tuning/jobs/{job['id']}", headers=other)[0] == 404
    assert api.ask("GET", "/v1/fine_tuning/jobs", headers=other).json()["data"] == []
    assert api.refusal("GET", f"/v1/files/{job['training_file']}", headers=other)[0] == 404


@pytest.mark.parametrize(
    ("host", "origin", "client", "status"),
    [
        ("127.0.0.1:1", None, "127.0.0.1", 200),
        ("localhost:1", "http://localhost:1", "127.0.0.1", 200),
        ("127.0.0.1:1", "http://evil.example", "127.0.0.1", 403),
        ("evil.example", None, "127.0.0.1", 403),
        ("127.0.0.1.evil.example", None, "127.0.0.1", 403),
        ("127.0.0.1:1", None, "192.0.2.1", 403),
        ("[x", None, "127.0.0.1", 403),
        ("[::1", None, "127.0.0.1", 403),
        ("[::1]:1", None, "::1", 200),
        ("", None, "127.0.0.1", 403),
        ("127.0.0.1:1", "http://[", "127.0.0.1", 403),
        ("127.0.0.1:1", "null", "127.0.0.1", 403),
    ],
)
@pytest.mark.parametrize("path", ["/", "/_ftjobs", "/_ftjobs/jobs"])
def test_the_operators_routes_are_for_this_machine(
    api: Api, host: str, origin: str | None, client: str, status: int, path: str
) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(api.services, Connections()), client=(client, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asking:
            headers = {"host": host, **({"origin": origin} if origin else {})}
            return await asking.get(path, headers=headers)

    answer = asyncio.run(ask())
    assert answer.headers["content-type"] == "application/json"
    assert answer.status_code == (404 if status == 200 and path == "/_ftjobs" else status)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:1"}, 200),
        ({"host": "[::1]:1"}, 200),
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1:1", "origin": "http://evil.example"}, 403),
        ({"host": "localhost:1", "origin": "http://localhost:3000"}, 200),
    ],
)
@pytest.mark.parametrize("path", ["/v1/files", "/files", "/openai/v1/files"])
def test_a_web_page_from_elsewhere_cannot_read_through_a_browser_here(
    api: Api, path: str, headers: dict[str, str], status: int
) -> None:
    assert api.ask("GET", path, headers=headers).status_code == status


def test_behind_a_reverse_proxy_the_host_is_not_checked(api: Api) -> None:
    api.operate("/settings", check_host=False)

    assert api.ask("GET", "/v1/files", headers={"host": "api.example.org"}).status_code == 200
    assert api.ask("GET", "/_ftjobs/jobs", headers={"host": "api.example.org"}).status_code == 403


def test_a_server_for_other_machines_answers_under_every_name(api: Api) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(api.services, Connections(), local=False))
        async with httpx.AsyncClient(transport=transport, base_url="http://api.example.org") as asking:
            return await asking.get("/v1/files", headers=api.headers)

    assert asyncio.run(ask()).status_code == 200


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/fine_tuning/jobs", "GET, HEAD, POST"),
        ("/v1/fine_tuning/jobs/ftjob-x", "DELETE, GET, HEAD"),
        ("/v1/files", "GET, HEAD, POST"),
        ("/v1/fine_tuning/checkpoints/a/b/permissions", "GET, HEAD, POST"),
        ("/_ftjobs/clock", "GET, HEAD, POST"),
    ],
)
def test_a_wrong_method_gets_all_allowed_ones(api: Api, path: str, allowed: str) -> None:
    answer = api.ask("PUT", path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert allowed in answer.json()["error"]["message"]


@pytest.mark.parametrize("wanted", ["bytes=abc", "bytes=999999-", "bytes=0-3", "lines=1-2"])
def test_a_file_comes_whole_whatever_range_is_asked_for(api: Api, wanted: str) -> None:
    path = f"/v1/files/{api.upload(chat(3))['id']}/content"
    answer = api.ask("GET", path, headers={"range": wanted})

    assert (answer.status_code, answer.content) == (200, chat(3).encode())
    assert answer.headers["accept-ranges"] == "none"


def test_a_defect_of_ours_is_a_500_in_the_envelope(api: Api) -> None:
    api.services.store.close()

    assert api.refusal("GET", "/v1/fine_tuning/jobs") == (500, None, None)
