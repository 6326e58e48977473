"""Nothing hangs and nothing leaks: deadlines, proxies, and answers that would harm the state."""

from __future__ import annotations

import gzip
import json
import math
import socket
import time as wall
from typing import Any

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import AnswerLost, NotSent, Unreadable
from pulumi_ftjobs.lifecycle.adoption import creation_time
from pulumi_ftjobs.lifecycle.settings import Account, Found
from pulumi_ftjobs.lifecycle.targets import parse_target
from tests.support.clients import Time, account
from tests.support.keys import KEY
from tests.support.raw import raw_server
from tests.support.server import Server

BODY = {"model": "m", "training_file": "file-1"}


def answer(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "content-type: application/json", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def dripping_head(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        sock.sendall(f"x-{number}: y\r\n".encode())
        wall.sleep(0.05)


def endless_interim_answers(sock: socket.socket) -> None:
    for _ in range(200):
        sock.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        wall.sleep(0.05)


def dripping_body(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(200):
        sock.sendall(b" ")
        wall.sleep(0.05)


@pytest.mark.parametrize("drip", [dripping_head, endless_interim_answers, dripping_body])
def test_an_answer_that_trickles_in_without_end_is_a_lost_one(drip: Any, time: Time) -> None:
    with raw_server(drip) as raw:
        client = Client(account(raw.url), time.backoff(), read_timeout=5.0, answer_time=0.3)
        started = wall.monotonic()
        with pytest.raises(AnswerLost):
            client.create_job(BODY)
        client.close()
        assert wall.monotonic() - started < 4


def test_the_key_for_a_loopback_service_never_goes_to_a_proxy(
    server: Server, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(b"") as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        client = Client(account(server.url), time.backoff())
        list(client.files())
        client.close()
        assert proxy.requests == []


def test_behind_a_proxy_failed_handshakes_end_with_an_error_each_time(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each used to keep one of four connections for ever; the fifth call never came back."""

    def tunnel_and_break(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        sock.recv(10)
        sock.sendall(b"this is no TLS\r\n")

    with raw_server(tunnel_and_break) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.removesuffix("/v1"))
        target = parse_target("https://service.example/v1")
        client = Client(Account(target, (Found(KEY, "a test"),)), time.backoff())
        for _ in range(10):
            with pytest.raises(NotSent, match="cannot reach"):
                client.create_job(BODY)
        client.close()


HARMFUL: list[tuple[str, str]] = [
    (
        "an engine's secret",
        '{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": 1}',
    ),
    (
        "an engine's asset",
        '{"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "text": "x"}',
    ),
    ("an engine's unknown", '"04da6b54-80e4-46f7-96ec-b56ff0331ba9"'),
    ("a lone surrogate", '"\\ud800"'),
    ("a number beyond float", "1e999"),
    ("a huge whole number", "1" + "0" * 400),
    ("no number", "NaN"),
    ("deep nesting", "[" * 200 + "]" * 200),
]


@pytest.mark.parametrize("value", [row[1] for row in HARMFUL], ids=[row[0] for row in HARMFUL])
@pytest.mark.parametrize("field", ["seed", "created_at", "trained_tokens", "brand_new", "metadata"])
def test_what_would_harm_the_state_is_taken_out_of_an_answer(value: str, field: str, time: Time) -> None:
    text = f'{{"id": "ftjob-1", "status": "queued", "{field}": {value}}}'
    with raw_server(answer(text.encode())) as raw:
        client = Client(account(raw.url), time.backoff())
        facts = client.create_job(BODY).facts()
        client.close()
    shown = json.dumps(facts, allow_nan=False)
    assert facts["id"] == "ftjob-1"
    shown.encode("utf-8")
    assert "4dabf18193072939515e22adb298388d" not in shown
    assert "04da6b54-80e4-46f7-96ec-b56ff0331ba9" not in shown
    assert all(abs(part) < 2**63 for part in facts.values() if isinstance(part, int | float))


def test_encodings_in_each_other_are_refused_unread(time: Time) -> None:
    bomb = b"\0" * 10_000_000
    for _ in range(3):
        bomb = gzip.compress(bomb)
    with raw_server(answer(bomb, "content-encoding: gzip, gzip, gzip")) as raw:
        client = Client(account(raw.url), time.backoff())
        with pytest.raises(Unreadable, match="content-encoding"):
            client.create_job(BODY)
        client.close()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1_700_000_000, 1_700_000_000),
        (1_700_000_000_000, None),
        (math.inf, None),
        ("x", None),
        (None, None),
        (True, None),
    ],
)
def test_a_creation_time_is_seconds_or_nothing(value: object, seconds: float | None) -> None:
    assert creation_time({"created_at": value}) == seconds
