"""Whatever comes over the wire, what leaves the client is one of our errors."""

from __future__ import annotations

import gzip
import json
import socket
import time as real_time

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import AnswerLost, ApiError, NotSent, Refused, Unreadable
from pulumi_ftjobs.api.transport import BODY_LIMIT
from pulumi_ftjobs.lifecycle import job_fields
from pulumi_ftjobs.lifecycle.base_error import SettingsError
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.raw import Answer, raw_server, reset, response
from tests.support.rows import MODEL
from tests.support.server import Server

BODY = {"model": MODEL, "training_file": "file-1"}
JOB = json.dumps({"id": "ftjob-1", "status": "queued"}).encode()
BOMB = gzip.compress(b" " * (BODY_LIMIT + 10))


def silent(sock: socket.socket) -> None:
    sock.settimeout(3)
    sock.recv(1)


def cut_short(sock: socket.socket) -> None:
    sock.sendall(response("200 OK", JOB)[:-5])
    sock.close()


def endless(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
    block = b" " * (1 << 20)
    for _ in range(BODY_LIMIT // len(block) + 2):
        sock.sendall(block)


ANSWERS: list[tuple[str, Answer | bytes, type[ApiError]]] = [
    ("nothing", b"", AnswerLost),
    ("reset", reset, AnswerLost),
    ("silence", silent, AnswerLost),
    ("not http", b"SSH-2.0-OpenSSH_9.6\r\n", AnswerLost),
    ("half a head", b"HTTP/1.1 200 OK\r\ncontent-le", AnswerLost),
    ("cut short", cut_short, AnswerLost),
    ("bad chunks", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", AnswerLost),
    ("html", response("200 OK", b"<html>hello</html>", "text/html"), Unreadable),
    ("no body", response("200 OK", b""), Unreadable),
    ("204", b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n", Unreadable),
    ("a list", response("200 OK", b"[]"), Unreadable),
    ("null", response("200 OK", b"null"), Unreadable),
    ("not json", response("200 OK", b"\x00\x9f{"), Unreadable),
    ("deep", response("200 OK", b"[" * 200_000), Unreadable),
    ("another object", response("200 OK", b'{"id": "file-1"}'), Unreadable),
    ("no id", response("200 OK", b'{"status": "queued"}'), Unreadable),
    ("empty id", response("200 OK", b'{"id": "", "status": "queued"}'), Unreadable),
    ("an id that is no text", response("200 OK", b'{"id": 7, "status": "queued"}'), Unreadable),
    (
        "broken gzip",
        response("200 OK", b"\x1f\x8b broken", "application/json", "content-encoding: gzip"),
        Unreadable,
    ),
    ("gzip bomb", response("200 OK", BOMB, "application/json", "content-encoding: gzip"), Unreadable),
    ("without end", endless, Unreadable),
    ("a web page's 502", response("502 Bad Gateway", b"<html>bad</html>", "text/html"), AnswerLost),
    ("a web page's 403", response("403 Forbidden", b"<html>no</html>", "text/html"), Refused),
    ("redirect", response("302 Found", b"", "text/html", "location: https://elsewhere.example/"), Refused),
    ("redirect without place", response("308 Permanent Redirect", b""), Refused),
]


@pytest.mark.parametrize(("answer", "cls"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_every_answer_is_a_job_or_one_of_our_errors(
    answer: Answer | bytes, cls: type[ApiError], time: Time
) -> None:
    with raw_server(answer) as raw:
        made = make_client(raw.url, time, read_timeout=0.3)
        with pytest.raises(ApiError) as raised:
            made.create_job(BODY)
        made.close()
    assert isinstance(raised.value, cls)
    assert str(raised.value).isprintable()
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    assert len(raw.requests) == 1


def test_a_redirect_is_not_followed(time: Time) -> None:
    with raw_server(b"") as target:
        place = f"location: {target.url}/fine_tuning/jobs"
        with raw_server(response("307 Temporary Redirect", b"", "text/plain", place)) as raw:
            made = make_client(raw.url, time)
            with pytest.raises(Refused, match="never followed with a key"):
                made.create_job(BODY)
            made.close()
        assert target.requests == []


GENEROUS: list[dict[str, object]] = [
    {"error": {}},
    {"error": {"code": None, "message": None, "param": None}},
    {"error": None, "hyperparameters": None, "result_files": None},
    {"created_at": 1700000000.0, "seed": None},
    {"status": "pausing", "brand": "new field", "estimated_finish": 0},
    {"metadata": {}, "integrations": [{"type": "wandb", "wandb": {"run_id": "x"}}]},
    {"organisation_id": "azure's spelling"},
]


def test_a_field_of_a_wrong_type_counts_as_absent(time: Time) -> None:
    wrong = {
        field.name: {"a": 1} if field.type != "object" else "text" for field in job_fields.JOB if field.output
    }
    wrong |= {"result_files": ["file-1", {}], "metadata": {"team": "blue", "odd": 1}, "integrations": "x"}
    body = json.dumps(wrong | {"id": "ftjob-1", "status": "queued"}).encode()
    with raw_server(response("200 OK", body)) as raw:
        made = make_client(raw.url, time)
        job = made.job("ftjob-1").facts()
        made.close()
    kept = {"result_files": ["file-1"], "metadata": {"team": "blue"}}
    assert job == {"id": "ftjob-1", "status": "queued", **kept}


@pytest.mark.parametrize("facts", GENEROUS, ids=str)
def test_what_real_services_send_against_their_schema_is_read(facts: dict[str, object], time: Time) -> None:
    body = json.dumps({"id": "ftjob-1", "status": "queued", **facts}).encode()
    with raw_server(response("200 OK", body)) as raw:
        made = make_client(raw.url, time)
        job = made.create_job(BODY).facts()
        made.close()
    assert job["id"] == "ftjob-1"
    assert None not in job.values()
    assert "error" not in job


@pytest.mark.parametrize(
    "base_url",
    [f"https://{'a' * 70}.example/v1", "https://a..b/v1", "https://x.example/\x00v1", "https://xn--a/v1"],
)
def test_a_base_url_that_cannot_be_asked_is_a_setting_to_correct(base_url: str, time: Time) -> None:
    with pytest.raises(SettingsError, match="ftjobs:baseUrl") as raised:
        make_client(base_url, time).job("ftjob-1")
    assert str(raised.value).isprintable()
    assert time.sleeps == []


@pytest.mark.parametrize("setting", ["organization", "project"])
@pytest.mark.parametrize("value", ["örg", "org\r\nx-evil: 1", "org\x00"])
def test_a_scope_that_cannot_be_a_header_is_a_setting_to_correct(
    setting: str, value: str, time: Time
) -> None:
    with pytest.raises(SettingsError, match=f"ftjobs:{setting}"):
        make_client("https://x.example/v1", time, **{setting: value})


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("reset_before", AnswerLost),
        ("reset_after", AnswerLost),
        ("truncate", AnswerLost),
        ("html", AnswerLost),
        ("unreadable", Unreadable),
    ],
)
def test_the_embedded_apis_faults_are_our_errors_too(
    client: Client, server: Server, kind: str, cls: type[ApiError]
) -> None:
    server.fault(kind)
    with pytest.raises(cls):
        client.create_job(BODY)


def test_an_answer_that_is_too_late_is_lost(server: Server, project: str, time: Time) -> None:
    server.fault("timeout_after", seconds=0.4)
    made = make_client(server.url, time, project=project, read_timeout=0.1)
    with pytest.raises(AnswerLost, match="did not answer in time"):
        made.create_job(BODY)
    made.close()


def test_a_host_that_refuses_was_not_reached(time: Time) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        made = make_client(f"http://127.0.0.1:{taken.getsockname()[1]}/v1", time)
        with pytest.raises(NotSent):
            made.create_job(BODY)
        made.close()


@pytest.mark.parametrize("job_id", ["a/../../models", "x?y=1", "x#y", "a b", "ftjob-é", "a/b", "%2e%2e"])
def test_an_id_stays_within_its_segment_of_the_path(client: Client, server: Server, job_id: str) -> None:
    with pytest.raises(ApiError):
        client.job(job_id)
    (asked,) = server.journal()
    assert asked["path"].startswith("/v1/fine_tuning/jobs/")
    assert not asked["query"]


@pytest.mark.parametrize("job_id", ["", ".", ".."])
def test_what_is_no_id_is_not_asked_for(client: Client, server: Server, job_id: str) -> None:
    with pytest.raises(ApiError, match="is not an id"):
        client.job(job_id)
    assert server.journal() == []


def test_a_huge_error_message_is_cut_quickly(client: Client, server: Server) -> None:
    server.fault("status", status=400, body={"error": {"message": "x" * 2_000_000}})
    started = real_time.perf_counter()
    with pytest.raises(Refused) as raised:
        client.create_job(BODY)
    assert len(str(raised.value)) < 600
    assert real_time.perf_counter() - started < 2
