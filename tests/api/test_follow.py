"""Following jobs: one listing a tick for all of them, the end noticed, trouble borne for a bounded time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import Busy, NotFound, Unauthorized
from pulumi_ftjobs.api.watcher import (
    FIRST_TICK,
    LAST_TICK,
    METRICS_TIME,
    REFUSED_TOLERANCE,
    TOLERANCE,
    Wait,
    Watcher,
)
from pulumi_ftjobs.lifecycle.messages import LAST_EVENTS
from pulumi_ftjobs.lifecycle.progress import Progress
from tests.support.clients import Time
from tests.support.server import Server
from tests.support.submits import Stack

LISTING = "GET /fine_tuning/jobs"
AT_ONCE = {"x-should-retry": "false"}


@dataclass
class Seen:
    """One wait, and everything its owner was reported."""

    wait: Wait
    shown: list[Progress] = field(default_factory=list)
    ends: list[Any] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def texts(self) -> list[str]:
        return [progress.text() for progress in self.shown]


def seen(job_id: str) -> Seen:
    found: Seen

    def done(end: Any) -> None:
        found.ends.append(end)
        found.over.set()

    found = Seen(Wait(job_id, _ignore_progress, done))
    found.wait.progress = found.shown.append
    return found


def _ignore_progress(_progress: Progress) -> None: ...


@pytest.fixture
def stack(client: Client) -> Stack:
    """A stack with separate jobs."""
    return Stack(client)


@pytest.fixture
def watcher(client: Client, stack: Stack, time: Time) -> Watcher:
    """A watcher that only ticks when it is reported."""
    return Watcher(client, stack.name, clock=time.clock)


def running(server: Server, stack: Stack, count: int = 1) -> list[Seen]:
    """Jobs that train, and someone who waits for each."""
    server.clock(mode="stepped")
    ids = [stack.submit(seed=seed).job["id"] for seed in range(1, count + 1)]
    server.clock(advance=150)
    server.clear_journal()
    return [seen(job_id) for job_id in ids]


def test_a_tick_is_one_listing_and_the_events_of_the_jobs_that_train(
    server: Server, stack: Stack, watcher: Watcher
) -> None:
    waits = running(server, stack, 3)
    server.act(waits[0].wait.job_id, "succeed")
    watcher.tick([found.wait for found in waits])
    calls = server.calls()
    assert calls.count(LISTING) == 1
    assert len([call for call in calls if call.endswith("/events")]) == 2
    assert len(calls) == 3
    assert waits[0].ends[0]["status"] == "succeeded"
    assert [len(found.ends) for found in waits] == [1, 0, 0]
    assert waits[1].texts[0].partition("/")[0].isdigit()


def test_the_time_left_comes_from_the_pace_that_was_seen_and_again_after_a_pause(
    server: Server, stack: Stack, watcher: Watcher, time: Time
) -> None:
    [one] = running(server, stack)

    def later(seconds: int) -> Progress:
        time.now += seconds
        server.clock(advance=seconds)
        watcher.tick([one.wait])
        return one.shown[-1]

    first = later(0)
    second = later(10)
    assert first.step is not None
    assert second.step is not None
    assert second.steps is not None
    assert (first.left, second.left) == (
        None,
        10 / (second.step - first.step) * (second.steps - second.step),
    )
    server.act(one.wait.job_id, "pause")
    assert later(3600).left is None
    server.act(one.wait.job_id, "resume")
    assert later(0).left is None


def test_looks_come_closer_when_a_job_is_expected_to_end(
    server: Server, stack: Stack, watcher: Watcher, time: Time
) -> None:
    [one] = running(server, stack)
    pauses: list[float] = []
    while not one.ends:
        watcher.tick([one.wait])
        pauses.append(watcher.until_next([one.wait], LAST_TICK))
        time.now += pauses[-1]
        server.clock(advance=pauses[-1])
    late = server.clock()["calendar"] - one.ends[0]["finished_at"]
    assert late < LAST_TICK / 2, pauses
    assert len(pauses) < LAST_TICK, pauses


@pytest.mark.parametrize(
    ("expected", "jobs", "pause"),
    [
        (None, 1, 15.0),  # nothing is known
        (600.0, 1, 15.0),  # far away
        (7.0, 1, 7.0),
        (0.2, 1, FIRST_TICK),
        (-2.0, 1, FIRST_TICK),  # a little late
        (-20.0, 1, 5.0),
        (-90.0, 1, 15.0),  # the estimate was wrong
        (0.2, 500, 5 * FIRST_TICK),  # a listing of five pages
    ],
)
def test_the_next_look_depends_on_the_nearest_end(
    watcher: Watcher, time: Time, expected: float | None, jobs: int, pause: float
) -> None:
    waits = [seen(f"ftjob-{number}").wait for number in range(jobs)]
    waits[-1].expected = None if expected is None else time.now + expected
    assert watcher.until_next(waits, LAST_TICK) == pytest.approx(pause)


def test_metrics_are_read_only_for_looks_that_are_shown(
    server: Server, stack: Stack, watcher: Watcher
) -> None:
    shown, unseen = running(server, stack, 2)
    unseen.wait.due = lambda _look: False
    watcher.tick([shown.wait, unseen.wait])
    assert server.calls() == [LISTING, f"{LISTING}/{shown.wait.job_id}/events"]
    assert (len(shown.shown), unseen.shown) == (1, [])


def test_metrics_take_turns_where_there_is_no_time_for_all(
    server: Server, stack: Stack, watcher: Watcher, time: Time
) -> None:
    waits = running(server, stack, 4)

    def slow(progress: Progress) -> None:
        time.now += METRICS_TIME * 0.6

    for found in waits:
        found.wait.progress = slow
    for _ in range(2):
        server.clear_journal()
        watcher.tick([found.wait for found in waits])
        assert len([call for call in server.calls() if call.endswith("/events")]) == 2
    assert all(found.wait.metrics for found in waits)


def test_a_job_of_another_stack_is_asked_for_alone(
    server: Server, stack: Stack, client: Client, watcher: Watcher
) -> None:
    other = seen(Stack(client, name="v1:o/p/other").submit().job["id"])
    server.clear_journal()
    watcher.tick([other.wait])
    assert server.calls() == [LISTING, f"{LISTING}/{other.wait.job_id}"]
    assert other.shown


@pytest.mark.parametrize("action", ["fail", "cancel"])
def test_the_end_of_a_job_without_a_model_brings_its_last_three_events(
    server: Server, stack: Stack, watcher: Watcher, action: str
) -> None:
    (found,) = running(server, stack)
    server.act(found.wait.job_id, action, **({"message": "Out of credit."} if action == "fail" else {}))
    watcher.tick([found.wait])
    (end,) = found.ends
    assert end["status"] == {"fail": "failed", "cancel": "cancelled"}[action]
    assert len(end[LAST_EVENTS]) == 3
    assert all("\n" not in event for event in end[LAST_EVENTS])


def test_an_end_is_reported_although_events_cannot_be_read(
    server: Server, stack: Stack, watcher: Watcher
) -> None:
    (found,) = running(server, stack)
    server.fault("status", "GET", "/fine_tuning/jobs/*/events", status=404, count=None)
    watcher.tick([found.wait])
    assert found.texts == [text for text in found.texts if " · " in text] != []
    server.act(found.wait.job_id, "fail")
    watcher.tick([found.wait])
    assert found.ends[0][LAST_EVENTS] == []


def test_a_vanished_job_ends_its_wait_and_no_other(server: Server, stack: Stack, watcher: Watcher) -> None:
    waits = running(server, stack, 2)
    server.act(waits[0].wait.job_id, "vanish")
    watcher.tick([found.wait for found in waits])
    assert isinstance(waits[0].ends[0], NotFound)
    assert waits[1].ends == []


def test_where_jobs_cannot_be_listed_each_is_read_by_its_id(
    server: Server, stack: Stack, watcher: Watcher
) -> None:
    waits = running(server, stack, 2)
    server.fault("status", "GET", "/fine_tuning/job[s]", status=500, headers=AT_ONCE, count=None)
    server.act(waits[1].wait.job_id, "succeed")
    for _tick in range(2):
        watcher.tick([found.wait for found in waits if not found.ends])
    assert waits[1].ends[0]["status"] == "succeeded"
    assert "not answering" not in waits[0].texts[-1]
    assert server.calls().count(LISTING) == 1


@pytest.mark.parametrize(
    ("fault", "bound", "error", "words"),
    [
        (
            {"status": 503, "headers": AT_ONCE},
            TOLERANCE,
            Busy,
            "running · service not answering (HTTP 503)",
        ),
        (
            {"status": 401},
            REFUSED_TOLERANCE,
            Unauthorized,
            "running · the service refuses to tell (HTTP 401)",
        ),
    ],
    ids=["away", "key revoked"],
)
def test_trouble_is_shown_borne_for_a_bounded_time_and_then_ends_the_wait(
    server: Server,
    stack: Stack,
    watcher: Watcher,
    time: Time,
    fault: dict[str, Any],
    bound: float,
    error: type[Exception],
    words: str,
) -> None:
    (found,) = running(server, stack)
    watcher.tick([found.wait])
    server.fault("status", "GET", count=None, **fault)
    watcher.tick([found.wait])
    assert found.texts[-1] == words
    time.now += bound
    watcher.tick([found.wait])
    assert found.ends == []
    time.now += 1
    watcher.tick([found.wait])
    assert isinstance(found.ends[0], error)


def test_trouble_that_passes_is_forgotten(server: Server, stack: Stack, watcher: Watcher, time: Time) -> None:
    (found,) = running(server, stack)
    for _ in range(3):
        server.fault("status", "GET", status=503, headers=AT_ONCE)
        watcher.tick([found.wait])
        time.now += TOLERANCE
        watcher.tick([found.wait])
    assert found.ends == []
    assert found.texts[-1].partition("/")[0].isdigit()


def test_the_pause_that_the_service_asks_for_is_handed_on(
    server: Server, stack: Stack, watcher: Watcher
) -> None:
    (found,) = running(server, stack)
    server.fault("status", "GET", status=429, headers={"Retry-After": "77", **AT_ONCE})
    assert watcher.tick([found.wait]) == 77
    assert watcher.tick([found.wait]) == 0


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "ftjobs-watcher"]


def test_many_waits_share_one_thread_that_ends_with_the_last_of_them(
    server: Server, stack: Stack, watcher: Watcher
) -> None:
    waits = running(server, stack, 5)
    for found in waits:
        watcher.follow(found.wait)
    assert len(threads()) == 1
    for found in waits:
        server.act(found.wait.job_id, "succeed")
    assert all(found.over.wait(20) for found in waits)
    gone = threading.Event()
    for _ in range(100):
        if not threads():
            break
        gone.wait(0.05)
    assert threads() == []
    assert [len(found.ends) for found in waits] == [1] * 5


def test_a_forgotten_wait_is_reported_nothing_more(server: Server, stack: Stack, watcher: Watcher) -> None:
    (found,) = running(server, stack)
    watcher.follow(found.wait)
    watcher.forget(found.wait)
    server.act(found.wait.job_id, "succeed")
    other = seen(found.wait.job_id)
    watcher.follow(other.wait)
    assert other.over.wait(20)
    assert found.ends == []


def test_whatever_goes_wrong_inside_ends_the_waits_with_words(client: Client, time: Time) -> None:
    watcher = Watcher(client, "v1:o/p/s", clock=time.clock)
    found = seen("ftjob-x")
    found.wait.progress = _raising
    watcher.follow(found.wait)
    assert found.over.wait(20)
    assert found.ends


def _raising(_progress: Progress) -> None:
    raise RuntimeError("the owner is gone")
