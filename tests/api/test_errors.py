"""Every refusal of the service: which decision it is, in its own words, with what to do now, and no key."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from pulumi_ftjobs.api import errors
from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.keys import KEY, OTHER_KEY
from tests.support.raw import raw_server, response
from tests.support.rows import MODEL
from tests.support.server import Server

BODY = {"model": MODEL, "training_file": "file-1"}
INVALID, QUOTA = "invalid_request_error", "insufficient_quota"
E = errors


class Row(NamedTuple):
    """One refusal, and what becomes of it."""

    status: int
    type: str | None
    code: str | None
    param: str | None
    message: str
    cls: type[errors.ApiError]
    hint: str
    """Part of what the reader should do."""


TABLE = [
    Row(401, INVALID, "invalid_api_key", None, "Incorrect API key provided.", E.Unauthorized, "ftjobs:apiKey"),
    Row(401, INVALID, None, None, "You didn't provide an API key.", E.Unauthorized, "OPENAI_API_KEY"),
    Row(401, INVALID, "mismatched_organization", None, "Organization header mismatch.", E.Unauthorized, "run-program"),
    Row(401, INVALID, None, None, "Missing scopes: api.fine_tuning.jobs.write", E.Unauthorized, "ftjobs:apiKey"),
    Row(403, INVALID, None, None, "Missing scopes: api.fine_tuning.jobs.write", E.Forbidden, "scopes"),
    Row(403, None, None, None, "You need to be this role: Owner", E.Forbidden, "key"),
    Row(403, None, "unsupported_country", None, "Country, region, or territory not supported", E.Forbidden, "key"),
    Row(403, None, "training_not_available", None, "The platform is being wound down.", E.TrainingClosed, "still work"),
    Row(404, INVALID, "fine_tune_not_found", "fine_tune_id", "Could not find fine tune: f", E.NotFound, "check the id"),
    Row(404, INVALID, "model_not_found", "model", "The model 'ft:123' does not exist", E.NotFound, "project"),
    Row(404, INVALID, None, None, "Invalid URL (POST /v1/fine-tunes)", E.NotFound, "ftjobs:baseUrl"),
    Row(400, INVALID, None, "training_file", "invalid training_file: file-1", E.Refused, "correct the declaration"),
    Row(400, INVALID, None, None, "File is still being processed and is not ready", E.Refused, "run the command again"),
    Row(400, INVALID, "model_not_available", None, "Model X is not available for fine-tuning", E.Refused, "correct"),
    Row(400, INVALID, None, None, "Fine-tuning requires a paid plan", E.Refused, "correct"),
    Row(400, INVALID, None, None, "Additional properties are not allowed ('x')", E.Refused, "correct the declaration"),
    Row(400, INVALID, None, None, "None is not of type 'string' - 'suffix'", E.Refused, "correct the declaration"),
    Row(422, INVALID, None, None, "Unprocessable", E.Refused, "correct the declaration"),
    Row(429, INVALID, "daily_rate_limit_exceeded", None, "reached the maximum of 8 per day", E.DailyLimit, "24 hours"),
    Row(429, None, None, None, "Too many active fine-tuning jobs (3)", E.TooManyActive, "ftjobs:maxActiveJobs"),
    Row(429, "requests", "rate_limit_exceeded", None, "Please try again in 9.9s.", E.Busy, "again in a few minutes"),
    Row(429, "rate_limit_error", "slow_down", None, "Slow down", E.Busy, "again in a few minutes"),
    Row(429, QUOTA, QUOTA, None, "You exceeded your current quota", E.OutOfQuota, "credit"),
    Row(503, "service_unavailable_error", "server_is_overloaded", None, "Overloaded", E.Busy, "again"),
    Row(500, "server_error", None, None, "The server had an error", E.AnswerLost, "looks for the result"),
    Row(502, None, None, None, "Bad gateway", E.AnswerLost, "run the command again"),
    Row(504, None, None, None, "Gateway timeout", E.AnswerLost, "run the command again"),
    Row(408, None, None, None, "Request timeout", E.AnswerLost, "again"),
    Row(409, INVALID, None, None, "Being changed by another request", E.AnswerLost, "again"),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.status}-{row.code}")
def test_a_refusal_is_one_line_with_the_services_words_and_what_to_do(
    client: Client, server: Server, row: Row
) -> None:
    body = {"error": {name: getattr(row, name) for name in ("message", "type", "param", "code")}}
    server.fault("status", status=row.status, body=body, count=None)
    with pytest.raises(errors.ApiError) as raised:
        client.create_job(BODY)
    error, text = raised.value, str(raised.value)
    assert type(error) is row.cls
    assert (error.status, error.code, error.param) == (row.status, row.code, row.param)
    assert error.request_id is not None
    assert text.startswith(f"creating the job (HTTP {row.status}")
    assert error.request_id in text
    _before, said, after = text.partition(row.message.rstrip("."))
    assert said, "the service's own words"
    assert row.hint in after
    assert text.isprintable()
    assert len(server.posts()) == 1, "a create is posted once"


AZURE = [
    (
        {"error": {"code": "conflict", "message": "m", "target": "hyperparameters"}},
        409,
        "conflict",
        "hyperparameters",
    ),
    (
        {"error": {"code": "invalidPayload", "message": "m", "innererror": {"code": "x"}}},
        400,
        "invalidPayload",
        None,
    ),
]


@pytest.mark.parametrize(("body", "status", "code", "param"), AZURE)
def test_azures_shape_of_an_error_is_read_too(
    time: Time, body: dict[str, Any], status: int, code: str, param: str | None
) -> None:
    answer = response(f"{status} No", json.dumps(body).encode(), "application/json", "apim-request-id: r-9")
    with raw_server(answer) as raw:
        made = make_client(raw.url, time)
        with pytest.raises(errors.ApiError) as raised:
            made.create_job(BODY)
        made.close()
    assert (raised.value.code, raised.value.param, raised.value.request_id) == (code, param, "r-9")


ODD_BODIES: list[Any] = [
    "", "null", "[]", "[1]", "3", '"text"', "{}", '{"error": null}', '{"error": []}', '{"error": "just words"}',
    '{"error": {"message": null, "code": 7, "param": ["a"]}}', '{"error": {"message": {"deep": [1]}}}', "{not json",
    '{"detail": "Not Found"}', "[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("body", ODD_BODIES, ids=lambda body: body[:20] or "empty")
@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_refusal_of_any_shape_is_reported(client: Client, server: Server, body: str, status: int) -> None:
    server.fault("status", status=status, body=body)
    with pytest.raises(errors.ApiError) as raised:
        client.create_job(BODY)
    assert raised.value.status == status
    assert str(raised.value).isprintable()


def test_the_services_words_are_cut_and_harmless_for_a_terminal(client: Client, server: Server) -> None:
    message = "\x1b[31mred\x07\nsecond line\u202e" + "x" * 5000
    server.fault("status", status=400, body={"error": {"message": message, "code": "c\x1b[0m" * 50}})
    with pytest.raises(errors.Refused) as raised:
        client.create_job(BODY)
    text = str(raised.value)
    assert text.isprintable()
    assert len(text) < 600
    assert "red" in text


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
@pytest.mark.parametrize("place", ["message", "code", "param", "plain"])
def test_a_key_that_the_service_echoes_is_taken_out(server: Server, time: Time, key: str, place: str) -> None:
    echo = f"Incorrect API key provided: {key}."
    body: Any = echo if place == "plain" else {"error": {"message": "no", place: echo}}
    server.fault("status", "GET", status=401, body=body)
    made = make_client(server.url, time, key)
    with pytest.raises(errors.Unauthorized) as raised:
        made.job("ftjob-1")
    made.close()
    error = raised.value
    assert key not in f"{error} {error!r} {error.answer!r} {error.args}"


def test_a_header_value_that_a_gateway_echoes_is_taken_out(server: Server, time: Time) -> None:
    value = "gateway-s3cret-value"
    server.fault("status", "GET", status=401, body={"error": {"message": f"bad virtual key {value}"}})
    made = make_client(server.url, time, headers=(("x-portkey-virtual-key", value),))
    with pytest.raises(errors.Unauthorized) as raised:
        made.job("ftjob-1")
    made.close()
    assert value not in f"{raised.value} {raised.value!r} {raised.value.answer!r} {made!r}"


def test_a_404_under_a_base_url_without_a_path_suggests_v1(server: Server, time: Time) -> None:
    made = make_client(server.url.removesuffix("/v1") + "/", time)
    server.fault("status", "GET", status=404)
    with pytest.raises(errors.NotFound, match="has no path: most servers answer under /v1"):
        made.job("ftjob-1")
    made.close()


def test_a_partly_masked_key_is_taken_out_too(client: Client, server: Server) -> None:
    server.fault(
        "status", "GET", status=401, body={"error": {"message": "Incorrect key: sk-proj-ab**********wxyz."}}
    )
    with pytest.raises(errors.Unauthorized) as raised:
        client.job("ftjob-1")
    assert "wxyz" not in str(raised.value)


def test_every_class_of_the_tree_is_ours_and_ends_with_what_to_do() -> None:
    def below(cls: type[Exception]) -> list[type[Exception]]:
        return [cls, *(deeper for sub in cls.__subclasses__() for deeper in below(sub))]

    classes = [cls for cls in below(errors.ApiError) if issubclass(cls, errors.ApiError)]
    assert issubclass(errors.ApiError, FtjobsError)
    assert len(classes) > 10
    for cls in classes:
        assert str(cls("reading")) == f"reading; {cls.hint}"
        assert cls.__name__ in (errors.__doc__ or "") or cls.__module__ != errors.__name__
