"""Who needs a slot of the account: a job that will be submitted, and nothing else that is declared."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.cli import Stack
from tests.engine.waits import outputs
from tests.support.keys import KEY
from tests.support.server import Server

ONE = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob(NAME, model=MODEL, training_file=data, opts=pulumi.ResourceOptions(**OPTIONS), **MORE)
pulumi.export("status", job.status)
"""


def one(stack: Stack, name: str = "a", options: dict[str, Any] | None = None, **more: Any) -> None:
    """A program with one job."""
    stack.program(ONE, NAME=name, OPTIONS=options or {}, MORE=more)


def a_submitted_job(stack: Stack, server: Server, **more: Any) -> str:
    """One job, which holds the account's only slot."""
    stack.config("ftjobs:maxActiveJobs", "1")
    one(stack, **more)
    stack.up().ok()
    assert len(server.posts()) == 1
    return stack.job_id()


def created_elsewhere(server: Server, like: str, **more: Any) -> str:
    """A job of the same account that this stack did not make."""
    job = server.job(like)
    body = {"model": job["model"], "training_file": job["training_file"], **more}
    headers = {"Authorization": f"Bearer {KEY}", "OpenAI-Project": job["project"]}
    return str(server.ask("POST", "/v1/fine_tuning/jobs", body, **headers)["id"])


def test_a_running_job_that_is_adopted_waits_for_no_slot(stack: Stack, server: Server) -> None:
    job_id = a_submitted_job(stack, server)
    stack.run("state", "delete", "--yes", stack.resources()["a"]["urn"]).ok()
    for _ in range(2):
        one(stack, "taken", adopt_job_id=job_id)
        stack.up().ok()
        assert stack.job_id("taken") == job_id
    one(stack, "taken")
    assert stack.up().ok().totals["unchanged"] == 3, "nor does it when the program names it no longer"
    assert len(server.posts()) == 1


def test_a_renamed_job_waits_for_no_slot(stack: Stack, server: Server) -> None:
    job_id = a_submitted_job(stack, server)
    stack.program(
        ONE.replace("**OPTIONS", "aliases=[pulumi.Alias(name='a')]"), NAME="renamed", MORE={}, OPTIONS={}
    )
    stack.up().ok()
    assert stack.job_id("renamed") == job_id
    assert len(server.posts()) == 1


def test_pinning_what_the_service_chose_waits_for_no_slot(stack: Stack, server: Server) -> None:
    job_id = a_submitted_job(stack, server)
    job = server.job(job_id)
    one(stack, seed=job["seed"], method=job["method"])
    stack.up().ok()
    assert stack.job_id() == job_id
    assert len(server.posts()) == 1


def test_a_finished_job_waits_for_no_slot_and_asks_for_no_listing(stack: Stack, server: Server) -> None:
    job_id = a_submitted_job(stack, server)
    server.act(job_id, "succeed")
    created_elsewhere(server, job_id, seed=5)
    server.clear_journal()
    assert stack.up().ok().totals == {"unchanged": 3}
    assert server.calls() == []


def test_a_changed_job_does_not_wait_for_the_one_it_supersedes(stack: Stack, server: Server) -> None:
    old = a_submitted_job(stack, server, seed=1)
    one(stack, seed=2)
    stack.up().ok()
    assert server.job(old)["status"] == "cancelled"
    assert server.job(stack.job_id())["seed"] == 2


def test_a_changed_job_waits_for_anybody_elses(stack: Stack, server: Server) -> None:
    old = a_submitted_job(stack, server, seed=1)
    other = created_elsewhere(server, old)
    one(stack, seed=2)
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: "a: waiting for a slot: 1 of 1 active" in running.text, "the queue")
    server.act(other, "succeed")
    running.finish().ok()
    assert server.job(stack.job_id())["seed"] == 2


def test_an_ignored_change_waits_for_no_slot(stack: Stack, server: Server) -> None:
    job_id = a_submitted_job(stack, server, seed=1)
    created_elsewhere(server, job_id)
    one(stack, seed=2, options={"ignore_changes": ["seed"]})
    stack.up().ok()
    assert stack.job_id() == job_id


def test_another_stacks_job_of_the_same_declaration_holds_its_own_slot_and_no_others(
    stack: Stack, server: Server
) -> None:
    job_id = a_submitted_job(stack, server, seed=1)
    stack.run("stack", "init", "other").ok()
    stack.name = "other"
    stack.config("ftjobs:maxActiveJobs", "1")
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: "a: waiting for a slot: 1 of 1 active" in running.text, "the queue")
    server.act(job_id, "succeed")
    running.finish().ok()
    assert len(server.posts()) == 2


TWO = """
data = ft.FineTuningFile("data", path="rows.jsonl")
first = ft.FineTuningJob("first", model=MODEL, training_file=data, seed=1)
second = ft.FineTuningJob("second", model=MODEL, training_file=data, seed=SEED)
model = ft.FineTunedModel("second", job=second)
pulumi.export("first", first.id)
pulumi.export("second", second.id)
"""


def test_where_nothing_waits_a_job_without_a_slot_comes_with_a_later_up(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:maxActiveJobs", "1")
    stack.program(TWO, SEED=2)
    for _ in range(2):
        shown = stack.up(FTJOBS_WAIT="0").ok()
        assert (
            "second: not submitted yet, because no slot is free (1 of 1 active, ftjobs:maxActiveJobs). "
            "Run `pulumi up` again later" in shown.text
        )
        assert "second: not created yet, because it uses a job that waits for a slot" in shown.text
        assert outputs(stack) == {"first": stack.job_id("first")}
    server.act(stack.job_id("first"), "succeed")
    stack.up(FTJOBS_WAIT="0").ok()
    assert outputs(stack)["second"] == stack.job_id("second")
    assert len(server.posts()) == 2


def test_where_nothing_waits_a_changed_job_without_a_slot_stays_as_it_was(
    stack: Stack, server: Server
) -> None:
    stack.config("ftjobs:maxActiveJobs", "2")
    stack.program(TWO, SEED=2)
    stack.up(FTJOBS_WAIT="0").ok()
    old = stack.job_id("second")
    server.act(old, "succeed")
    created_elsewhere(server, old)
    stack.program(TWO, SEED=3)
    shown = stack.up(FTJOBS_WAIT="0").ok()
    assert "second: not retrained yet, because no slot is free (2 of 2 active" in shown.text
    assert stack.job_id("second") == old
    assert stack.resources("FineTunedModel")["second"]["id"] == server.job(old)["fine_tuned_model"]
    server.act(stack.job_id("first"), "succeed")
    stack.up(FTJOBS_WAIT="0").ok()
    assert server.job(stack.job_id("second"))["seed"] == 3


@pytest.mark.parametrize("command", ["destroy", "refresh"])
def test_a_command_that_runs_the_program_and_waits_for_nothing_waits_for_no_slot(
    stack: Stack, server: Server, command: str
) -> None:
    stack.config("ftjobs:maxActiveJobs", "1")
    stack.program(TWO, SEED=2)
    stack.up(FTJOBS_WAIT="0").ok()
    stack.run(command, "--yes", "--skip-preview", "--run-program", FTJOBS_WAIT="0").ok()
    assert len(server.posts()) == 1
    assert (stack.resources() == {}) is (command == "destroy")


@pytest.mark.parametrize("limit", ["abc", "²"])
def test_a_limit_that_is_no_number_of_jobs_is_reported_in_the_preview(stack: Stack, limit: str) -> None:
    stack.config("ftjobs:maxActiveJobs", limit)
    one(stack)
    reported = "ftjobs:maxActiveJobs must be a whole number of at least 1"
    assert "Traceback" not in stack.preview().failed(reported).text
    assert "Traceback" not in stack.up().failed(reported).text


def test_a_providers_limit_may_be_another_resources_output(stack: Stack, server: Server) -> None:
    stack.program(
        """
from pulumi.dynamic import CreateResult, Resource, ResourceProvider
class Numbers(ResourceProvider):
    def create(self, props): return CreateResult("n", {"limit": 1})
class Number(Resource):
    limit: pulumi.Output[float]
    def __init__(self, name): super().__init__(Numbers(), name, {"limit": None})
wide = ft.Provider("wide", max_active_jobs=Number("n").limit)
opts = pulumi.ResourceOptions(provider=wide)
data = ft.FineTuningFile("data", path="rows.jsonl", opts=opts)
ft.FineTuningJob("a", model=MODEL, training_file=data, opts=opts)
"""
    )
    stack.up().ok()
    assert len(server.posts()) == 1


def test_a_program_that_fails_at_once_says_why(stack: Stack) -> None:
    stack.program(
        """
def refuse(_): raise pulumi.RunError("this input is not good")
ft.FineTuningJob("a", model=MODEL, training_file=pulumi.Output.from_input("file-1").apply(refuse))
"""
    )
    stack.up().failed("this input is not good")
