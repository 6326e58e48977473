"""Faults that only a socket shows: torn connections, cut answers, silence; and the connections counted."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from pulumi_ftjobs.testing import EmbeddedApi, embedded_api

from .application import KEY, MODEL, chat

JOBS = "/fine_tuning/jobs"


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedApi]:
    with embedded_api(speed=1) as found:
        yield found


@pytest.fixture
def server(running: EmbeddedApi) -> Iterator[EmbeddedApi]:
    yield running
    running.clear_faults()
    running.forget()


@pytest.fixture
def client(server: EmbeddedApi) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=10, trust_env=False) as found:
        yield found


def body(client: httpx.Client) -> dict[str, Any]:
    file = client.post("/files", files={"file": ("a.jsonl", chat(12))}, data={"purpose": "fine-tune"}).json()
    return {"model": MODEL, "training_file": file["id"]}


LOST = (httpx.ReadError, httpx.RemoteProtocolError)
"""A reset and a close arrive as either, as the moment will have it."""


@pytest.mark.parametrize(
    ("rule", "error", "made"),
    [
        ({"kind": "reset_before"}, LOST, 0),
        ({"kind": "reset_after"}, LOST, 1),
        ({"kind": "timeout_after", "seconds": 0.1}, LOST, 1),
        ({"kind": "timeout_before", "seconds": 0.1}, LOST, 0),
        ({"kind": "truncate"}, LOST, 1),
    ],
)
def test_an_answer_is_lost_before_or_after_the_job_is_made(
    server: EmbeddedApi,
    client: httpx.Client,
    rule: dict[str, Any],
    error: tuple[type[Exception], ...],
    made: int,
) -> None:
    sent, before = body(client), len(server.jobs())
    server.fault(path=JOBS, method="POST", **rule)
    with pytest.raises(error):
        client.post(JOBS, json=sent)

    assert len(server.jobs()) == before + made
    assert client.post(JOBS, json=sent).status_code == 200


@pytest.mark.parametrize(("kind", "made"), [("hold_before", 0), ("hold_after", 1)])
def test_a_held_request_waits_until_it_is_released(
    server: EmbeddedApi, client: httpx.Client, kind: str, made: int
) -> None:
    sent, before, answers = body(client), len(server.jobs()), []
    server.fault(kind, path=JOBS, method="POST")
    asking = threading.Thread(target=lambda: answers.append(client.post(JOBS, json=sent).status_code))
    asking.start()
    deadline = time.monotonic() + 10
    while not any(r["fault"] == "hold" for r in server.requests()) and time.monotonic() < deadline:
        pass
    while len(server.jobs()) < before + made and time.monotonic() < deadline:
        pass
    assert (len(server.jobs()), answers) == (before + made, [])
    server.clear_faults()
    asking.join(timeout=10)

    assert answers == [200]
    assert len(server.jobs()) == before + 1


def test_connections_are_kept_alive_and_counted(server: EmbeddedApi, client: httpx.Client) -> None:
    for _ in range(5):
        client.get("/models")
    with httpx.Client(base_url=server.url, headers=client.headers, trust_env=False) as second:
        second.get("/models")

    assert len({r["connection"] for r in server.requests()}) == 2


def test_an_upload_that_breaks_off_leaves_nothing(server: EmbeddedApi, client: httpx.Client) -> None:
    before = client.get("/files").json()["data"]

    def broken() -> Iterator[bytes]:
        yield b'--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n'
        yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{"a": 1}\n'
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        client.post("/files", content=broken(), headers={"content-type": "multipart/form-data; boundary=x"})

    assert client.get("/files").json()["data"] == before


def test_a_body_sent_in_chunks_is_bounded_too(server: EmbeddedApi, client: httpx.Client) -> None:
    limit = server.settings()["max_file_bytes"]
    server.settings(max_file_bytes=100_000)

    def endless() -> Iterator[bytes]:
        yield b'--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n'
        yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n'
        for _ in range(200):
            yield chat(100).encode()

    answer = client.post(
        "/files", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    server.settings(max_file_bytes=limit)

    assert answer.status_code == 413


def test_a_body_nested_without_end_leaves_the_connection_as_it_was(
    server: EmbeddedApi, client: httpx.Client
) -> None:
    kind = {"content-type": "application/json"}
    statuses = [
        client.post(JOBS, content=body, headers=kind).status_code
        for body in ("[" * 60_000, "{}", "[" * 60_000)
    ]
    asked = server.requests()

    assert statuses == [400, 400, 400]
    assert len({request["connection"] for request in asked}) == 1
    assert all(request["ms"] is not None for request in asked)


HEAD = f"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"


@pytest.mark.parametrize(
    "begun",
    [
        "",
        HEAD,
        HEAD + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 99\r\n\r\n--x\r\n",
    ],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_connection_whose_request_stops_arriving_is_closed(begun: str) -> None:
    with embedded_api(settings={"request_timeout": 0.3}) as api:
        port = int(api.url.removesuffix("/v1").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            line.sendall(begun.encode())
            assert b"".join(iter(lambda: line.recv(65_536), b"")) == b""


def test_half_a_second_request_is_closed_too() -> None:
    with embedded_api(settings={"request_timeout": 0.3}) as api:
        port = int(api.url.removesuffix("/v1").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            line.sendall(f"GET /v1/files HTTP/1.1\r\nHost: localhost\r\nAPI-Key: {KEY}\r\n\r\n".encode())
            first = line.recv(65_536)
            line.sendall(b"GET /v1/mo")
            rest = b"".join(iter(lambda: line.recv(65_536), b""))

    assert first.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1" not in rest


def test_a_held_request_is_not_closed_as_a_stopped_one() -> None:
    with embedded_api(settings={"request_timeout": 0.2}) as api:
        api.fault("delay", seconds=1, path="/models")
        with httpx.Client(base_url=api.url, headers={"authorization": f"Bearer {KEY}"}, trust_env=False) as c:
            assert c.get("/models").status_code == 200


@pytest.mark.parametrize("path", ["/", "/_ftjobs/clock", "/v1/models"])
def test_a_program_of_this_machine_may_speak_http_1_0(server: EmbeddedApi, path: str) -> None:
    host, port = server.url.removeprefix("http://").removesuffix("/v1").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(f"GET {path} HTTP/1.0\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65_536), b""))

    assert answer.startswith(b"HTTP/1.1 200")
