"""What is repeated, after which pause, and when backoff ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import (
    Answer,
    AnswerLost,
    ApiError,
    Busy,
    NotSent,
    Refused,
    Unreadable,
    error_for,
)
from pulumi_ftjobs.api.retry import MAX_PAUSE, MAX_TOTAL, Backoff, repeat
from pulumi_ftjobs.api.transport import retry_after
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.server import Server

OURS = [0.5, 1.0, 2.0, 4.0]


def failing(error: Callable[[], ApiError]) -> tuple[Callable[[], None], list[int]]:
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise error()

    return call, calls


STATUS_TABLE: list[tuple[int, dict[str, Any], list[float]]] = [
    # status, the rest of the answer -> pauses before giving up
    *[(status, {}, []) for status in (400, 401, 403, 404, 405, 410, 413, 422, 451, 301)],
    *[(status, {}, OURS) for status in (408, 409, 429, 500, 502, 503, 504, 599)],
    (429, {"code": "insufficient_quota"}, []),
    (429, {"code": "daily_rate_limit_exceeded"}, []),
    (429, {"message": "You have too many active fine-tuning jobs."}, []),
    (429, {"code": "rate_limit_exceeded"}, OURS),
    (429, {"code": "slow_down"}, OURS),
    (429, {"retry_after": 3.0}, [3.0] * 4),
    (503, {"retry_after": 0.25}, [0.25] * 4),
    (503, {"retry_after": 0.0}, OURS),
    (503, {"retry_after": 120.0}, [120.0]),
    (503, {"retry_after": 120.5}, []),
    (429, {"retry_after": 86_400.0}, []),
    (500, {"retry_after": 44.0}, [44.0] * 4),
    (500, {"should_retry": False}, []),
    (400, {"should_retry": True}, OURS),
    (503, {"should_retry": True, "retry_after": 600.0}, []),
    (429, {"code": "insufficient_quota", "retry_after": 2.0}, []),
]


@pytest.mark.parametrize(("status", "answer", "pauses"), STATUS_TABLE)
def test_which_answers_are_worth_another_try(
    status: int, answer: dict[str, Any], pauses: list[float]
) -> None:
    time = Time()
    call, calls = failing(lambda: error_for("reading", Answer(status, **answer)))
    with pytest.raises(ApiError):
        repeat(call, time.backoff())
    assert (time.sleeps, len(calls)) == (pauses, len(pauses) + 1)


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (NotSent("x"), 5),
        (AnswerLost("x"), 5),
        (Unreadable("x", Answer(200)), 1),
        (Unreadable("x", Answer(502)), 5),
        (Busy("x"), 5),
        (Refused("x"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_which_failures_are_worth_another_try(error: ApiError, tries: int) -> None:
    call, calls = failing(lambda: error)
    with pytest.raises(type(error)):
        repeat(call, Time().backoff())
    assert len(calls) == tries


def test_all_pauses_of_one_call_together_are_bounded() -> None:
    time = Time()
    call, _calls = failing(lambda: error_for("reading", Answer(503, retry_after=70.0, is_api_error=True)))
    with pytest.raises(Busy):
        repeat(call, time.backoff(), attempts=100)
    assert sum(time.sleeps) <= MAX_TOTAL


def test_our_own_pauses_double_up_to_a_longest_and_jitter_only_shortens() -> None:
    error = AnswerLost("x")
    full = [Backoff(jitter=lambda: 0.0).pause(n, error) for n in range(1, 9)]
    short = [Backoff(jitter=lambda: 1.0).pause(n, error) for n in range(1, 9)]
    assert full == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]
    assert max(full) == MAX_PAUSE
    assert short == [pause * 0.75 for pause in full]


def in_seconds(seconds: float) -> str:
    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({}, None, None),
        ({"retry-after": "7"}, 7, 7),
        ({"retry-after": "1.5"}, 1.5, 1.5),
        ({"retry-after-ms": "250"}, 0.25, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9, 9),
        ({"retry-after": "-5"}, 0, 0),
        ({"retry-after": "soon"}, None, None),
        ({"retry-after": "nan"}, None, None),
        ({"retry-after": 60.0}, 55, 61),
        ({"retry-after": -60.0}, 0, 0),
        ({"retry-after": 3600.0}, 3500, 3601),
    ],
)
def test_the_services_value_in_each_of_its_forms(
    headers: dict[str, str | float], low: float | None, high: float | None
) -> None:
    reported = {
        name: in_seconds(value) if isinstance(value, float) else value for name, value in headers.items()
    }
    wanted = retry_after(reported)
    assert (
        wanted is None if low is None else (wanted is not None and high is not None and low <= wanted <= high)
    )


@pytest.mark.parametrize(
    ("headers", "pauses"),
    [
        ({"Retry-After": "2"}, [2.0]),
        ({"retry-after-ms": "1500"}, [1.5]),
        ({}, [0.5]),
        ({"x-should-retry": "true"}, [0.5]),
    ],
)
def test_a_busy_service_is_asked_again_when_it_says(
    client: Client, server: Server, time: Time, headers: dict[str, str], pauses: list[float]
) -> None:
    server.fault("status", "GET", status=503, headers=headers)
    assert list(client.jobs()) == []
    assert time.sleeps == pauses


def test_a_service_that_asks_for_more_than_two_minutes_is_not_waited_for(
    client: Client, server: Server, time: Time
) -> None:
    server.fault("status", "GET", status=429, headers={"Retry-After": "121"})
    with pytest.raises(Busy, match="run the command again in a few minutes"):
        list(client.jobs())
    assert time.sleeps == []
    assert len(server.journal()) == 1


def test_a_service_that_says_do_not_retry_is_believed(client: Client, server: Server, time: Time) -> None:
    server.fault("status", "GET", status=500, headers={"x-should-retry": "false"})
    with pytest.raises(AnswerLost):
        list(client.jobs())
    assert time.sleeps == []


def test_a_read_survives_four_broken_connections(client: Client, server: Server, time: Time) -> None:
    server.fault("reset_before", "GET", count=4)
    assert list(client.jobs()) == []
    assert time.sleeps == OURS


def test_nothing_listening_is_tried_again_and_then_reported(time: Time) -> None:
    made = make_client("http://127.0.0.1:1/v1", time)
    with pytest.raises(NotSent, match=r"cannot reach http://127\.0\.0\.1:1/v1.*check ftjobs:baseUrl"):
        made.job("ftjob-1")
    made.close()
    assert time.sleeps == OURS


@pytest.mark.parametrize("key", ["two words", "tab\tkey", "ünicode", "line\nbreak"])
def test_a_key_that_cannot_be_one_is_reported_at_once_without_showing_it(
    server: Server, time: Time, key: str
) -> None:
    made = make_client(server.url, time, key)
    with pytest.raises(Exception, match="the key from place 1 holds") as raised:
        made.job("ftjob-1")
    made.close()
    assert key not in str(raised.value)
    assert time.sleeps == []
    assert server.journal() == []
