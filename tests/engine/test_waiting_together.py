"""Several waits in one program: an end that is bad holds nothing up, and everything else is recorded first."""

from __future__ import annotations

import pytest

from tests.engine.cli import Stack
from tests.engine.waits import story, waiting
from tests.support.server import Server

DATA = 'data = ft.FineTuningFile("data", path="rows.jsonl")\n'
AFTER_THE_FAILED = (
    DATA
    + """
b = ft.FineTuningJob("b", model=MODEL, training_file=data, seed=1)
mb = ft.FineTunedModel("b", job=b)
a = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=2)
ft.FineTunedModel("a", job=a, opts=pulumi.ResourceOptions(depends_on=[mb]))
"""
)
CHAIN = (
    DATA
    + """
one = ft.FineTuningJob("one", model=MODEL, training_file=data, seed=1)
model = ft.FineTunedModel("one", job=one)
two = ft.FineTuningJob("two", model=model.name, training_file=data, seed=2)
"""
)
CANARY = (
    DATA
    + """
canary = ft.FineTuningJob("canary", model=MODEL, training_file=data, seed=1)
model = ft.FineTunedModel("canary", job=canary)
ft.FineTuningJob("prod", model=MODEL, training_file=data, seed=2, opts=pulumi.ResourceOptions(depends_on=[model]))
"""
)
BESIDE = (
    DATA
    + """
bad = ft.FineTuningJob("bad", model=MODEL, training_file=data, seed=1)
ft.FineTunedModel("bad", job=bad)
good = ft.FineTuningJob("good", model=MODEL, training_file=data, seed=2)
ft.FineTunedModel("good", job=good)
"""
)


@pytest.mark.parametrize(("program", "jobs"), [(AFTER_THE_FAILED, 2), (CHAIN, 1), (CANARY, 1)])
def test_what_depends_on_the_model_of_a_failed_job_does_not_hold_up_the_end(
    stack: Stack, server: Server, program: str, jobs: int
) -> None:
    stack.config("ftjobs:maxActiveJobs", "3")
    story(stack, program)
    running = waiting(stack, server, jobs=jobs)
    by_seed = {job["seed"]: job["id"] for job in server.jobs()}
    if jobs == 2:
        server.act(by_seed[2], "succeed")
    server.act(by_seed[1], "fail", code="bad", message="No.")
    shown = running.finish().failed(f"job {by_seed[1]} has failed (bad): No.")
    assert "Traceback" not in shown.text
    assert len(server.jobs()) == jobs


def test_a_job_that_depends_on_a_retraining_that_failed_is_not_created(stack: Stack, server: Server) -> None:
    server.clock(per_poll=3600)
    story(stack, CANARY)
    stack.up().ok()
    server.clock(per_poll=0)
    story(stack, CANARY.replace("seed=1", "seed=3").replace("seed=2", "seed=4"))
    running = waiting(stack, server)
    server.act(
        next(job["id"] for job in server.jobs() if job["seed"] == 3), "fail", code="bad", message="No."
    )
    running.finish().failed("not submitted: it depends on a model whose job did not succeed in this update")
    assert {job["seed"] for job in server.jobs()} == {1, 2, 3}


def test_the_model_of_the_last_job_is_recorded_before_the_update_fails(stack: Stack, server: Server) -> None:
    story(stack, BESIDE)
    running = waiting(stack, server, jobs=2)
    by_seed = {job["seed"]: job["id"] for job in server.jobs()}
    server.act(by_seed[1], "fail", code="bad", message="No.")
    running.until(lambda: "has failed" in running.text, "the failure")
    server.act(by_seed[2], "succeed")
    running.finish().failed("has failed (bad): No.")
    assert set(stack.resources("FineTunedModel")) == {"good"}


def test_a_stack_with_a_failed_job_is_destroyed_by_its_program(stack: Stack, server: Server) -> None:
    story(stack)
    stack.up(FTJOBS_WAIT="0").ok()
    server.act(server.jobs()[0]["id"], "fail", code="bad", message="No.")
    stack.up().failed("has failed (bad): No.")
    shown = stack.refresh("--run-program", FTJOBS_WAIT="ignore").ok()
    assert "has failed" in shown.text
    assert "(ignored: FTJOBS_WAIT=ignore)" in shown.text
    stack.destroy("--run-program", FTJOBS_WAIT="ignore").ok()
    assert stack.resources("FineTuningJob") == {}


def test_nothing_waits_for_a_job_that_the_program_wants_paused(stack: Stack, server: Server) -> None:
    story(stack, MORE={"paused": True})
    shown = stack.up().ok()
    assert "(waiting is disabled: paused=True is declared)" in shown.text
    assert stack.resources("FineTunedModel") == {}


def test_the_wait_for_a_plain_job_id_is_shown_and_so_is_its_end(stack: Stack, server: Server) -> None:
    story(stack)
    stack.up(FTJOBS_WAIT="0").ok()
    (job,) = server.jobs()
    stack.program('ft.FineTunedModel("m", job=JOB)\n', JOB=job["id"])
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: f"job {job['id']}: validating_files · " in running.text, "the first look")
    server.act(job["id"], "fail", code="bad", message="No.")
    running.finish().failed(f"job {job['id']} has failed (bad): No.")
