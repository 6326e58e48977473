"""Nothing waits: pipelines that must not hold a runner or the state's lock, and commands that only pass by."""

from __future__ import annotations

from tests.engine.cli import Stack
from tests.engine.waits import CONSUMED, consumed, story
from tests.support.server import Server

RUNS_ON = "runs on at the service; its model and whatever uses it stay as they are"


def test_without_waiting_a_first_up_ends_at_once_and_a_later_one_records_the_end(
    stack: Stack, server: Server
) -> None:
    stack.config("ftjobs:wait", "false")
    story(stack)
    shown = stack.up().ok()
    print(shown.text)
    job = server.jobs()[0]["id"]
    assert f"job {job} is validating_files and {RUNS_ON}" in shown.text
    stack.up().ok()
    server.act(job, "succeed")
    stack.up().ok()
    assert stack.resources("FineTunedModel")["a"]["id"] == server.job(job)["fine_tuned_model"]
    assert len(server.posts()) == 1


def test_without_waiting_a_retraining_leaves_model_and_application_until_it_is_over(
    stack: Stack, server: Server
) -> None:
    server.clock(per_poll=3600)
    story(stack, CONSUMED)
    stack.up().ok()
    server.clock(per_poll=0)
    older = consumed(stack)
    story(stack, CONSUMED, SEED=2)
    shown = stack.up(FTJOBS_WAIT="0").ok()
    job = server.jobs()[0]["id"]
    assert f"job {job} is validating_files and {RUNS_ON}" in shown.text
    assert (stack.job_id(), stack.resources("FineTunedModel")["a"]["id"]) == (job, older)
    assert consumed(stack) == older
    assert "  - model" not in shown.text
    server.act(job, "fail", code="bad", message="No.")
    shown = stack.up(FTJOBS_WAIT="0").failed(f"job {job} has failed (bad): No. Last events: ")
    assert consumed(stack) == older
    story(stack, CONSUMED, SEED=3)
    stack.up(FTJOBS_WAIT="0").ok()
    server.act(server.jobs()[0]["id"], "succeed")
    stack.up(FTJOBS_WAIT="0").ok()
    assert consumed(stack) == server.jobs()[0]["fine_tuned_model"] != older


def test_commands_that_run_the_program_pass_by_a_running_job(stack: Stack, server: Server) -> None:
    story(stack)
    stack.up(FTJOBS_WAIT="0").ok()
    job = server.jobs()[0]["id"]
    other = "urn:pulumi:test::story::pulumi-python:dynamic/ftjobs:FineTuningFile::data"
    stack.up("--target", other, FTJOBS_WAIT="0").ok()
    stack.refresh("--run-program", FTJOBS_WAIT="0").ok()
    shown = stack.destroy("--run-program", FTJOBS_WAIT="0").ok()
    assert f"cancelled job {job}" in shown.text
    assert server.job(job)["status"] == "cancelled"
