"""Jobs that exist already: taken over, only read, imported."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.cli import Stack
from tests.engine.programs import JOB
from tests.support.server import Server

ADOPTED = """
job = ft.FineTuningJob("mine", model="gpt-4.1-mini", training_file=FILE, seed=SEED, **GIVEN)
pulumi.export("status", job.status)
"""
IMPORTED = """
job = ft.FineTuningJob(
    "mine", model="gpt-4.1-mini", training_file=FILE, opts=pulumi.ResourceOptions(import_=ID)
)
"""
READ = """
job = ft.FineTuningJob.get("theirs", ID)
pulumi.export("status", job.status)
pulumi.export("base", job.model)
"""


@pytest.fixture
def theirs(new_stack: Callable[..., Stack]) -> Stack:
    """Someone else's stack with one job."""
    made = new_stack(project="theirs")
    made.program(JOB, SEED=7)
    made.up().ok()
    return made


def test_an_existing_job_is_taken_over_and_none_is_created(
    stack: Stack, theirs: Stack, server: Server
) -> None:
    job_id, file = theirs.job_id(), theirs.job()["training_file"]
    stack.program(ADOPTED, FILE=file, SEED=7, GIVEN={"adopt_job_id": job_id})
    stack.up().ok()
    assert stack.job_id("mine") == job_id
    stack.program(ADOPTED, FILE=file, SEED=7, GIVEN={})
    assert stack.preview().ok().totals == {"unchanged": 2}
    assert len(server.posts()) == 1


def test_a_job_that_is_not_what_is_declared_is_not_taken_over(
    stack: Stack, theirs: Stack, server: Server
) -> None:
    file = theirs.job()["training_file"]
    stack.program(ADOPTED, FILE=file, SEED=8, GIVEN={"adopt_job_id": theirs.job_id()})
    stack.up().failed("is not what is declared: seed is 7", "no job was created")
    assert len(server.posts()) == 1


def test_the_import_option_takes_over_a_job(stack: Stack, theirs: Stack, server: Server) -> None:
    job_id = theirs.job_id()
    stack.program(IMPORTED, FILE=theirs.job()["training_file"], ID=job_id)
    stack.up().ok()
    assert stack.job_id("mine") == job_id
    assert stack.preview().ok().totals == {"unchanged": 2}
    assert len(server.posts()) == 1


def test_a_job_that_is_only_read_is_never_touched(stack: Stack, theirs: Stack, server: Server) -> None:
    job_id = theirs.job_id()
    stack.program(READ, ID=job_id)
    shown = stack.up().ok()
    assert 'status: "validating_files"' in shown.text
    assert 'base  : "gpt-4.1-mini-2025-04-14"' in shown.text
    stack.destroy().ok()
    assert server.job(job_id)["status"] == "validating_files"


def test_reading_a_job_that_does_not_exist_is_an_error(stack: Stack) -> None:
    stack.program(READ, ID="ftjob-unknown")
    stack.up().failed("reading job ftjob-unknown (HTTP 404", "check the id")
