"""Replacing on purpose: by force, by a trigger, by another input while the job runs."""

from __future__ import annotations

from tests.engine.cli import Running, Stack
from tests.support.server import Server

TRIGGERED = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=1, triggers=TRIGGER)
if WAIT:
    pulumi.export("model", ft.FineTunedModel("a", job=job).name)
"""
LISTING = "GET /fine_tuning/jobs"


def a_running_job(stack: Stack, server: Server) -> str:
    """Submit a job and let it start to train."""
    stack.program(TRIGGERED, TRIGGER="first", WAIT=False)
    stack.up().ok()
    server.clock(advance=120)
    assert server.job(stack.job_id())["status"] == "running"
    return stack.job_id()


def waiting(stack: Stack, server: Server, *flags: str) -> Running:
    """An update that waits for its job."""
    server.clear_journal()
    running = stack.start("up", "--yes", "--skip-preview", *flags)
    running.until(lambda: [c for c in server.calls() if c.endswith("/events")], "the wait")
    return running


def statuses(server: Server) -> dict[str, str]:
    """Every job's status by id."""
    return {job["id"]: job["status"] for job in server.jobs()}


def test_a_forced_replacement_of_a_running_job_keeps_it(stack: Stack, server: Server) -> None:
    job_id = a_running_job(stack, server)
    shown = stack.up("--replace", stack.resources()["a"]["urn"]).ok()
    assert statuses(server) == {job_id: "running"}
    assert stack.job_id() == job_id
    assert f"adopted job {job_id} (running, " in shown.text
    assert f"kept job {job_id}: still declared" in shown.text
    stack.destroy("--refresh").ok()
    assert statuses(server) == {job_id: "cancelled"}


def test_a_forced_replacement_stopped_by_ctrl_c_keeps_the_job(stack: Stack, server: Server) -> None:
    job_id = a_running_job(stack, server)
    stack.program(TRIGGERED, TRIGGER="first", WAIT=True)
    running = waiting(stack, server, "--replace", stack.resources()["a"]["urn"])
    running.interrupt()
    running.finish().failed()
    assert statuses(server) == {job_id: "running"}
    running = waiting(stack, server)
    assert statuses(server) == {job_id: "running"}
    server.act(job_id, "succeed")
    running.finish().ok()
    assert statuses(server) == {job_id: "succeeded"}
    assert len(stack.resources("FineTunedModel")) == 1
    stack.destroy("--refresh").ok()
    assert statuses(server) == {job_id: "succeeded"}


def test_a_changed_trigger_stops_the_running_job_before_anybody_waits_for_the_new_one(
    stack: Stack, server: Server
) -> None:
    old = a_running_job(stack, server)
    stack.program(TRIGGERED, TRIGGER="second", WAIT=True)
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: statuses(server).get(old) == "cancelled", "the end of the superseded job")
    assert len(statuses(server)) == 2
    running.until(lambda: server.calls()[-1] == LISTING, "the wait for the new job")
    running.interrupt()
    running.finish().failed()
    new = stack.job_id()
    assert statuses(server) == {old: "cancelled", new: "validating_files"}
    server.clock(per_poll=3600)
    stack.up().ok()
    assert statuses(server) == {old: "cancelled", new: "succeeded"}
    stack.destroy("--refresh").ok()
    assert statuses(server) == {old: "cancelled", new: "succeeded"}


def test_a_retained_job_is_not_cancelled_by_its_successor(stack: Stack, server: Server) -> None:
    retained = TRIGGERED.replace("TRIGGER)", "TRIGGER, opts=pulumi.ResourceOptions(retain_on_delete=True))")
    stack.program(retained, TRIGGER="first", WAIT=False)
    stack.up().ok()
    old = stack.job_id()
    stack.program(retained, TRIGGER="second", WAIT=False)
    stack.up().ok()
    assert statuses(server) == {old: "validating_files", stack.job_id(): "validating_files"}


def test_a_replacement_that_is_refused_leaves_the_running_job_alone(stack: Stack, server: Server) -> None:
    job_id = a_running_job(stack, server)
    server.fault("status", status=429, code="insufficient_quota")
    stack.program(TRIGGERED, TRIGGER="second", WAIT=False)
    stack.up().failed("the account is out of credit")
    assert statuses(server) == {job_id: "running"}
    assert stack.job_id() == job_id
    assert len(server.posts()) == 2


def test_a_job_that_fails_fails_the_update_and_stays_visible(stack: Stack, server: Server) -> None:
    stack.program(TRIGGERED, TRIGGER="first", WAIT=True)
    server.clock(per_poll=3600)
    stack.up().ok()
    server.clock(per_poll=0)
    model = stack.resources("FineTunedModel")["a"]["id"]
    stack.program(TRIGGERED, TRIGGER="second", WAIT=True)
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: len(server.jobs()) == 2, "the second job")
    second = server.jobs()[0]["id"]
    server.act(second, "fail", code="exceeded_quota", message="No room for this job.")
    shown = running.finish().failed(f"job {second} has failed (exceeded_quota): No room for this job.")
    assert "Traceback" not in shown.text
    assert stack.job_id() == second
    assert stack.resources("FineTunedModel")["a"]["id"] == model
    stack.up().failed("Nothing trains again automatically")
    assert len(server.posts()) == 2


def test_destroying_with_the_program_cancels_the_job(stack: Stack, server: Server) -> None:
    job_id = a_running_job(stack, server)
    stack.destroy("--run-program").ok()
    assert statuses(server) == {job_id: "cancelled"}
    assert stack.resources() == {}
