"""`paused` as desired state, in place."""

from __future__ import annotations

from tests.engine.cli import Stack
from tests.support.server import Server

PAUSABLE = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=1, paused=PAUSED)
pulumi.export("status", job.status)
"""


def test_a_job_is_paused_and_resumed_in_place_and_left_alone_without_a_wish(
    stack: Stack, server: Server
) -> None:
    stack.program(PAUSABLE, PAUSED=None)
    stack.up().ok()
    job = stack.job_id()
    stack.program(PAUSABLE, PAUSED=True)
    stack.up().failed(
        f"paused: job {job} is validating_files; it can be paused once it is running and has made its first step"
    )
    server.clock(advance=120)
    assert server.job(job)["status"] == "running"
    shown = stack.up().ok()
    assert f"paused job {job}" in shown.text
    assert (server.job(job)["status"], stack.job()["status"]) == ("paused", "paused")
    stack.program(PAUSABLE, PAUSED=False)
    shown = stack.up().ok()
    assert f"resumed job {job}" in shown.text
    assert server.job(job)["status"] == stack.job()["status"] == "queued", "it takes its place again"
    server.act(job, "pause")
    stack.program(PAUSABLE, PAUSED=None)
    stack.up("--refresh").ok()
    assert server.job(job)["status"] == "paused", "nobody asked for it to be resumed"
    assert len(server.posts()) == 1
    assert stack.preview().ok().totals == {"unchanged": 3}
