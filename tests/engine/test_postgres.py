"""A team's shared state in PostgreSQL: locks, a crash, a lost state, and two teams with equal names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from tests.engine.cli import Stack
from tests.engine.programs import JOB
from tests.support.postgres import PASSWORD, make_database, running_postgres
from tests.support.server import Server


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with running_postgres() as url:
        yield url


@pytest.fixture
def shared(new_stack: Callable[..., Stack], postgres: str) -> Callable[[], Stack]:
    """Makes stacks of equal names, each in a separate database."""

    def make() -> Stack:
        database = make_database(postgres, f"team_{uuid4().hex[:8]}")
        stack = new_stack(backend=database, kept=None)
        stack.program(JOB, SEED=1)
        return stack

    return make


def test_a_job_lives_from_up_to_destroy(shared: Callable[[], Stack], server: Server) -> None:
    stack = shared()
    stack.up().ok()
    job_id = stack.job_id()
    assert stack.up().ok().totals == {"unchanged": 3}
    stack.refresh().ok()
    assert PASSWORD not in str(server.job(job_id)), "the backend's URL is known by its digest only"
    assert not stack.files_that_hold(PASSWORD)
    stack.destroy().ok()
    assert server.job(job_id)["status"] == "cancelled"


def test_after_a_kill_in_create_the_job_is_adopted(shared: Callable[[], Stack], server: Server) -> None:
    stack = shared()
    server.fault("hold_after")
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(server.jobs, "the job")
    running.stop()
    server.clear_faults()
    stack.unlock()
    stack.up().ok()
    assert [job["id"] for job in server.jobs()] == [stack.job_id()]


def test_two_updates_at_once_make_one_job(shared: Callable[[], Stack], server: Server) -> None:
    stack = shared()
    server.fault("hold_after")
    first = stack.start("up", "--yes", "--skip-preview")
    first.until(server.jobs, "the job")
    stack.up().failed("the stack is currently locked by 1 lock(s)")
    server.release()
    first.finish().ok()
    assert [job["id"] for job in server.jobs()] == [stack.job_id()]


def test_two_databases_with_equal_names_have_a_job_each(shared: Callable[[], Stack], server: Server) -> None:
    mine, theirs = shared(), shared()
    mine.up().ok()
    theirs.up().ok()
    assert mine.job_id() != theirs.job_id()
    mine.destroy().ok()
    assert server.job(theirs.job_id())["status"] == "validating_files"
