"""`paused` as desired state, in place."""

from __future__ import annotations

from tests.engine.cli import Stack
from tests.support.server import Server

PAUSABLE = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=SEED, paused=PAUSED)
pulumi.export("status", job.status)
"""


def test_a_job_is_paused_and_resumed_in_place_and_left_alone_without_a_setting(
    stack: Stack, server: Server
) -> None:
    stack.program(PAUSABLE, PAUSED=None, SEED=1)
    stack.up().ok()
    job = stack.job_id()
    stack.program(PAUSABLE, PAUSED=True, SEED=1)
    early = stack.up().ok()
    assert f"paused: job {job} is validating_files; it can be paused once it is running" in early.text
    server.clock(advance=120)
    assert server.job(job)["status"] == "running"
    shown = stack.up().ok()
    assert f"paused job {job}" in shown.text
    assert (server.job(job)["status"], stack.job()["status"]) == ("paused", "paused")
    stack.program(PAUSABLE, PAUSED=False, SEED=1)
    shown = stack.up().ok()
    assert f"resumed job {job}" in shown.text
    assert server.job(job)["status"] == stack.job()["status"] == "queued", "it takes its place again"
    server.act(job, "pause")
    stack.program(PAUSABLE, PAUSED=None, SEED=1)
    stack.up("--refresh").ok()
    assert server.job(job)["status"] == "paused", "nothing asked for it to be resumed"
    assert len(server.posts()) == 1
    assert stack.preview().ok().totals == {"unchanged": 3}


def test_a_job_declared_as_paused_is_paused_as_soon_as_an_update_can(stack: Stack, server: Server) -> None:
    stack.program(PAUSABLE, PAUSED=True, SEED=1)
    first = stack.up().ok()
    job = stack.job_id()
    assert f"paused: job {job} is validating_files; it can be paused once it is running" in first.text
    shown = stack.preview().ok()
    assert shown.totals == {"to update": 1, "unchanged": 2}
    assert "paused: declared as True; last known status: validating_files" in shown.text
    drifted = stack.refresh("--expect-no-changes").failed("no changes were expected")
    assert drifted.totals == {"updated": 1, "unchanged": 2}
    assert server.job(job)["status"] == "validating_files", "a refresh pauses nothing"
    server.clock(advance=120)
    stack.up().ok()
    assert (server.job(job)["status"], stack.job()["status"]) == ("paused", "paused")
    assert stack.preview().ok().totals == {"unchanged": 3}
    server.act(job, "resume")
    shown = stack.up("--refresh").ok()
    assert f"paused job {job}" in shown.text
    assert server.job(job)["status"] == "paused", "someone had resumed it"
    stack.program(PAUSABLE, PAUSED=True, SEED=2)
    shown = stack.up().ok()
    assert stack.job_id() != job
    assert f"paused: job {stack.job_id()} is validating_files; it can be paused once it is" in shown.text
    assert stack.preview().ok().totals == {"to update": 1, "unchanged": 2}
    assert len(server.posts()) == 2


def test_a_setting_that_came_too_late_is_over_with_the_next_update(stack: Stack, server: Server) -> None:
    stack.program(PAUSABLE, PAUSED=True, SEED=1)
    stack.up().ok()
    job = stack.job_id()
    server.act(job, "succeed")
    shown = stack.up().ok()
    assert f"paused: job {job} is over (succeeded), there is nothing to pause" in shown.text
    assert stack.job()["status"] == "succeeded"
    assert stack.preview().ok().totals == {"unchanged": 3}
    assert len(server.posts()) == 1
