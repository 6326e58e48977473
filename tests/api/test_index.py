"""The stack's jobs, listed once and kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import ApiError
from pulumi_ftjobs.api.stack_index import FRESH, Listing, StackIndex
from tests.support.clients import Time
from tests.support.server import Server
from tests.support.submits import Stack


def listings(server: Server) -> int:
    return server.calls().count("GET /fine_tuning/jobs")


@pytest.fixture
def stack(client: Client) -> Stack:
    """A stack with one declaration."""
    return Stack(client)


def test_twenty_threads_are_answered_by_one_listing(stack: Stack, client: Client, server: Server) -> None:
    made = stack.submit().job["id"]
    server.clear_journal()
    index = StackIndex(client, stack.name)
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _n: index.find(made), range(20)))
    assert [job["id"] for job in found if job] == [made] * 20
    assert listings(server) == 1
    assert server.connections() <= 4


def test_a_listing_answers_for_a_while_and_is_then_made_again(
    stack: Stack, client: Client, server: Server
) -> None:
    time = Time()
    index = StackIndex(client, stack.name, clock=time.clock)
    index.jobs()
    time.now += FRESH
    index.jobs()
    assert listings(server) == 1
    time.now += 1
    index.jobs()
    assert listings(server) == 2
    index.jobs(max_age=-1)
    assert listings(server) == 3


def test_a_listing_that_failed_is_made_again(stack: Stack, client: Client, server: Server) -> None:
    index = StackIndex(client, stack.name)
    server.fault("status", "GET", status=403)
    with pytest.raises(ApiError):
        index.jobs()
    assert index.jobs() == []


def test_what_this_process_posted_is_known_without_listing_again(stack: Stack, server: Server) -> None:
    made = stack.submit().job["id"]
    server.clear_journal()
    assert stack.index.find(made) is not None
    assert server.journal() == []


def test_a_forgotten_job_is_not_found(stack: Stack) -> None:
    made = stack.submit().job["id"]
    stack.index.forget(made)
    assert stack.index.find(made) is None


def test_a_job_of_another_stack_is_not_kept(stack: Stack, client: Client) -> None:
    other = Stack(client, name="v1:o/p/other").submit().job
    stack.index.note(other)
    assert stack.index.find(other["id"]) is None


def test_jobs_come_newest_first(stack: Stack) -> None:
    made = [stack.submit(seed=seed).job["id"] for seed in (1, 2, 3)]
    stack.fresh_process()
    assert {job["id"] for job in stack.index.jobs()} == set(made)
    created = [job["created_at"] for job in stack.index.jobs()]
    assert created == sorted(created, reverse=True)


def test_what_vanished_between_two_listings_is_not_kept() -> None:
    seen = [{"a": 1, "b": 2}, {"b": 2}]
    listing = Listing(lambda: seen.pop(0), clock=lambda: 0.0)

    first, second = listing.items(), listing.items(max_age=-1)

    assert (sorted(first), second) == ([1, 2], [2])


def test_what_this_process_made_outlives_one_listing_that_came_too_early() -> None:
    seen: list[dict[str, int]] = [{}, {}, {"a": 1}, {}]
    listing = Listing(lambda: seen.pop(0), clock=lambda: 0.0)
    listing.items()
    listing.note("a", 1)

    assert [listing.items(max_age=-1) for _ in range(3)] == [[1], [1], []]
