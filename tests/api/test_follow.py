"""Waiting for jobs: one listing a look, every end noticed, trouble borne for a bounded time."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import ApiError, NotFound
from pulumi_ftjobs.api.follow import REFUSED_TOLERANCE, TOLERANCE, Follower, Wait
from pulumi_ftjobs.lifecycle.errors import FtjobsError
from pulumi_ftjobs.lifecycle.progress import Progress
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.server import Server
from tests.support.submits import Stack


@dataclass
class Waiting:
    """One wait, and what it was told."""

    wait: Wait
    shown: list[Progress]
    ends: list[Any]


def waiting(job_id: str) -> Waiting:
    """A wait for a job that notes what it is told."""
    shown: list[Progress] = []
    ends: list[Any] = []
    return Waiting(Wait(job_id, shown.append, ends.append), shown, ends)


@dataclass
class Following:
    """A follower that looks when it is told to, not when time passes."""

    follower: Follower
    stack: Stack
    waiting: list[Waiting] = field(default_factory=list)

    def wait_for(self, job_id: str) -> Waiting:
        self.waiting.append(waiting(job_id))
        return self.waiting[-1]

    def submit(self, count: int = 1) -> list[Waiting]:
        return [self.wait_for(self.stack.submit(seed=seed).job["id"]) for seed in range(count)]

    def look(self) -> float:
        """One tick for every wait that has not ended."""
        return self.follower.tick([one.wait for one in self.waiting if not one.ends])


@pytest.fixture
def following(client: Client, time: Time) -> Following:
    """Nobody is followed yet."""
    stack = Stack(client)
    return Following(Follower(client, stack.name, clock=time.clock), stack)


def calls(server: Server) -> list[str]:
    found = server.calls()
    server.clear_journal()
    return found


def test_one_listing_a_look_however_many_wait(following: Following, server: Server) -> None:
    following.submit(5)
    calls(server)
    following.look()
    assert calls(server) == ["GET /fine_tuning/jobs"]
    assert [one.shown[-1].status for one in following.waiting] == ["validating_files"] * 5


def test_events_are_read_of_running_jobs_only(following: Following, server: Server) -> None:
    running, paused = following.submit(2)
    server.clock(mode="stepped", advance=120)
    server.act(paused.wait.job_id, "pause")
    calls(server)
    following.look()
    asked = calls(server)
    assert sorted(asked) == [
        "GET /fine_tuning/jobs",
        f"GET /fine_tuning/jobs/{running.wait.job_id}/events",
    ]
    assert running.shown[-1].step
    assert running.shown[-1].loss
    assert paused.shown[-1].step is None


@pytest.mark.parametrize(
    ("action", "status"), [("succeed", "succeeded"), ("fail", "failed"), ("cancel", "cancelled")]
)
def test_an_end_is_noticed_at_the_next_look(
    following: Following, server: Server, action: str, status: str
) -> None:
    one, other = following.submit(2)
    server.act(one.wait.job_id, action)
    following.look()
    (end,) = one.ends
    assert (end["id"], end["status"]) == (one.wait.job_id, status)
    assert other.ends == []


def test_a_job_of_another_stack_is_asked_for_by_its_id(
    following: Following, server: Server, client: Client
) -> None:
    other = following.wait_for(Stack(client, name="v1:o/p/other").submit().job["id"])
    calls(server)
    following.look()
    assert calls(server) == ["GET /fine_tuning/jobs", f"GET /fine_tuning/jobs/{other.wait.job_id}"]
    assert other.shown[-1].status == "validating_files"


def test_a_job_that_vanished_ends_its_own_wait_only(following: Following, server: Server) -> None:
    gone, other = following.submit(2)
    server.act(gone.wait.job_id, "vanish")
    following.look()
    (end,) = gone.ends
    assert isinstance(end, NotFound)
    assert other.ends == []


def test_trouble_is_shown_and_borne_and_forgotten_once_it_is_over(
    following: Following, server: Server, time: Time
) -> None:
    (one,) = following.submit()
    following.look()
    for _ in range(3):
        server.fault("status", "GET", status=500, count=5)
        following.look()
        assert "service not answering" in (one.shown[-1].trouble or "")
        assert one.shown[-1].status == "validating_files"
        server.clear_faults()
        time.now += TOLERANCE - 100
        following.look()
        assert one.shown[-1].trouble is None
    assert one.ends == []


@pytest.mark.parametrize(
    ("fault", "bound"),
    [
        ({"status": 503}, TOLERANCE),
        ({"status": 403}, REFUSED_TOLERANCE),
        ({"status": 401}, REFUSED_TOLERANCE),
    ],
)
def test_trouble_without_end_ends_the_wait(
    following: Following, server: Server, time: Time, fault: dict[str, Any], bound: float
) -> None:
    (one,) = following.submit()
    server.fault("status", "GET", count=None, **fault)
    following.look()
    time.now += bound - 60
    following.look()
    assert one.ends == []
    time.now += 70
    following.look()
    (end,) = one.ends
    assert isinstance(end, ApiError)


def test_a_busy_services_wish_is_the_next_pause(following: Following, server: Server) -> None:
    following.submit()
    server.fault("status", "GET", status=429, headers={"Retry-After": "300"}, count=None)
    assert following.look() == 300.0


def test_settings_that_cannot_work_end_every_wait_at_once(server: Server, time: Time) -> None:
    client = make_client(server.url, time, "two words")
    one = waiting("ftjob-1")
    Follower(client, "v1:o/p/s", clock=time.clock).tick([one.wait])
    client.close()
    assert isinstance(one.ends[0], FtjobsError)


def test_events_that_cannot_be_read_do_not_hide_the_status(following: Following, server: Server) -> None:
    (one,) = following.submit()
    server.clock(mode="stepped", advance=120)
    server.fault("status", "GET", "/fine_tuning/jobs/*/events", status=403, count=None)
    following.look()
    assert one.shown[-1].status == "running"
    assert one.ends == []


# -- the thread ----------------------------------------------------------------------------------


@dataclass
class Threaded:
    """A follower as it runs, and everything that ended."""

    follower: Follower
    ended: queue.Queue[Any] = field(default_factory=queue.Queue)
    shown: queue.Queue[Progress] = field(default_factory=queue.Queue)

    def wait(self, job_id: str, progress: Callable[[Progress], None] | None = None) -> Wait:
        return Wait(job_id, progress or self.shown.put, self.ended.put)


@pytest.fixture
def threaded(client: Client, server: Server) -> Threaded:
    """A follower with its thread, on the machine's clock."""
    return Threaded(Follower(client, "v1:o/p/dev"))


def test_the_thread_hands_over_an_end(threaded: Threaded, client: Client, server: Server) -> None:
    job_id = Stack(client).submit().job["id"]
    server.act(job_id, "succeed")
    threaded.follower.follow(threaded.wait(job_id))
    assert threaded.ended.get(timeout=10)["status"] == "succeeded"


def test_a_wait_that_is_forgotten_is_told_nothing_more(
    threaded: Threaded, client: Client, server: Server
) -> None:
    job_id = Stack(client).submit().job["id"]
    wait = threaded.wait(job_id)
    threaded.follower.follow(wait)
    threaded.shown.get(timeout=10)
    threaded.follower.forget(wait)
    server.act(job_id, "succeed")
    other = Stack(client, resource="other").submit().job["id"]
    server.act(other, "succeed")
    threaded.follower.follow(threaded.wait(other))
    assert threaded.ended.get(timeout=10)["id"] == other
    assert threaded.ended.empty()


def test_a_listener_that_fails_ends_the_wait_with_words(threaded: Threaded, client: Client) -> None:
    def broken(_progress: Progress) -> None:
        raise ValueError("a listener's own mistake")

    threaded.follower.follow(threaded.wait(Stack(client).submit().job["id"], broken))
    assert "a listener's own mistake" in str(threaded.ended.get(timeout=10))
