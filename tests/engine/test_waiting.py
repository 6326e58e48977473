"""What can happen while an update waits, and what the update says and leaves behind."""

from __future__ import annotations

import pytest

from tests.engine.cli import Stack
from tests.engine.waits import SEVERAL, interrupt_the_program, looks, story, waiting
from tests.support.server import Server

REFUSED_AT_ONCE = {"x-should-retry": "false"}


def picked_up(stack: Stack, server: Server, job: str) -> None:
    """The next update creates nothing and records the model of this job."""
    server.clear_journal()
    server.clock(per_poll=3600)
    stack.up().ok()
    assert server.posts() == []
    assert stack.job_id() == job
    assert stack.resources("FineTunedModel")["a"]["id"] == server.job(job)["fine_tuned_model"]


def test_a_first_job_that_fails_is_recorded_without_a_model_and_fails_again(
    stack: Stack, server: Server
) -> None:
    story(stack)
    running = waiting(stack, server)
    job = server.jobs()[0]["id"]
    server.act(job, "fail", code="invalid_training_data", message="Line 3 is odd.", param="training_file")
    why = f"job {job} has failed (invalid_training_data, training_file): Line 3 is odd. Last events: "
    shown = running.finish().failed(why, f"job: {why}")
    assert "Traceback" not in shown.text
    assert stack.job_id() == job
    assert stack.resources("FineTunedModel") == {}
    server.clear_journal()
    stack.up().failed(why)
    assert server.posts() == []


def test_a_job_cancelled_elsewhere_ends_the_wait_with_what_to_do(stack: Stack, server: Server) -> None:
    story(stack)
    running = waiting(stack, server)
    server.act(server.jobs()[0]["id"], "cancel")
    shown = running.finish().failed(f"job {server.jobs()[0]['id']} was cancelled", "change `triggers`")
    assert "has failed (" not in shown.text


def test_a_job_paused_elsewhere_is_waited_for_and_shown_as_paused(stack: Stack, server: Server) -> None:
    story(stack)
    running = waiting(stack, server)
    job = server.jobs()[0]["id"]
    server.clock(advance=120)
    server.act(job, "pause")
    running.until(lambda: "paused · " in running.text, "the row's word for it")
    server.act(job, "resume")
    server.clock(per_poll=3600)
    running.finish().ok()
    assert stack.resources("FineTunedModel")["a"]["id"] == server.job(job)["fine_tuned_model"]


def test_a_job_that_vanishes_ends_the_wait_and_a_refresh_makes_way_for_a_new_one(
    stack: Stack, server: Server
) -> None:
    story(stack)
    running = waiting(stack, server)
    job = server.jobs()[0]["id"]
    server.act(job, "vanish")
    shown = running.finish().failed(f"stopped waiting for job {job}: not visible with this key (HTTP 404)")
    assert "keeps running at the service" not in shown.text
    stack.refresh().ok()
    server.clock(per_poll=3600)
    stack.up().ok()
    assert stack.job_id() != job


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (
            {"kind": "status", "status": 503, "headers": REFUSED_AT_ONCE},
            " · service not answering (HTTP 503)",
        ),
        ({"kind": "status", "status": 401}, " · the service refuses to tell (HTTP 401)"),
        ({"kind": "html"}, " · service not answering (HTTP 502)"),
    ],
    ids=["busy", "refused", "web page"],
)
def test_a_service_that_is_away_for_a_while_is_waited_for(
    stack: Stack, server: Server, away: dict[str, object], words: str
) -> None:
    story(stack)
    running = waiting(stack, server)
    server.fault(method="GET", path="/fine_tuning/jobs*", count=None, **away)  # type: ignore[arg-type]
    running.until(lambda: words in running.text, "the row's word for it")
    server.clear_faults()
    server.clock(per_poll=3600)
    running.finish().ok()
    assert stack.resources("FineTunedModel")["a"]["id"] == server.jobs()[0]["fine_tuned_model"]


def test_a_service_without_events_is_waited_for_all_the_same(stack: Stack, server: Server) -> None:
    server.fault("status", method="GET", path="/fine_tuning/jobs/*/events", status=404, count=None)
    story(stack)
    running = waiting(stack, server)
    server.clock(advance=120)
    running.until(lambda: "running · " in running.text, "a running job")
    server.act(server.jobs()[0]["id"], "succeed")
    running.finish().ok()


def test_a_timeout_leaves_the_job_alone_and_says_how_to_go_on(stack: Stack, server: Server) -> None:
    bounded = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=1)
ft.FineTunedModel("a", job=job, opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="3s")))
"""
    stack.program(bounded)
    shown = stack.up()
    job = server.jobs()[0]
    shown.failed(
        f"stopped waiting for job {job['id']}, which keeps running at the service: after 3s it is validating_files. "
        "Raise custom_timeouts, or run `pulumi up` again to continue waiting"
    )
    assert job["status"] == "validating_files"
    picked_up(stack, server, job["id"])


def test_an_interrupted_program_ends_at_once_with_one_clean_line(stack: Stack, server: Server) -> None:
    story(stack)
    running = waiting(stack, server)
    interrupt_the_program(running)
    job = server.jobs()[0]["id"]
    shown = running.finish().failed(
        f"interrupted: stopped waiting for job {job}; submitted jobs keep running"
    )
    assert "Traceback" not in shown.text
    assert shown.text.count("interrupted: ") == 2, "once in the row, once below"


def test_ctrl_c_leaves_the_job_alone_and_in_the_state(stack: Stack, server: Server) -> None:
    story(stack)
    running = waiting(stack, server)
    running.interrupt()
    shown = running.finish().failed("error: update canceled")
    assert "Traceback" not in shown.text
    assert server.jobs()[0]["status"] == "validating_files"
    picked_up(stack, server, server.jobs()[0]["id"])


def test_ctrl_c_twice_leaves_the_job_in_the_state_too(stack: Stack, server: Server) -> None:
    story(stack)
    running = waiting(stack, server)
    running.interrupt()
    running.interrupt()
    shown = running.finish().failed()
    assert "Traceback" not in shown.text
    job = server.jobs()[0]
    assert job["status"] == "validating_files"
    picked_up(stack, server, job["id"])


def test_one_of_several_waits_fails_and_the_others_are_recorded_first(stack: Stack, server: Server) -> None:
    story(stack, SEVERAL, COUNT=3)
    running = waiting(stack, server, jobs=3)
    by_seed = {job["seed"]: job["id"] for job in server.jobs()}
    server.act(by_seed[1], "fail", message="No.")
    running.until(lambda: f"job {by_seed[1]} has failed" in running.text, "the row of the failed one")
    server.act(by_seed[0], "succeed")
    server.act(by_seed[2], "succeed")
    shown = running.finish().failed(f"job: job {by_seed[1]} has failed")
    assert "Traceback" not in shown.text
    assert set(stack.resources("FineTunedModel")) == {"job0", "job2"}
    assert {stack.job_id(f"job{number}") for number in range(3)} == set(by_seed.values())


def test_the_output_of_a_long_wait_is_short(stack: Stack, server: Server) -> None:
    story(stack)
    running = waiting(stack, server)
    running.until(lambda: looks(server) >= 6, "six looks")
    server.act(server.jobs()[0]["id"], "succeed")
    shown = running.finish().ok()
    assert shown.text.count(" validating_files · ") <= 2, shown.text
    hint = " · Ctrl-C ends the wait, not the job; FTJOBS_WAIT=0 in the environment disables waiting\n"
    assert shown.text.count(hint) == 1, "how not to wait"
