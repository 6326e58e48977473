"""kill -9 and lost answers at every moment of a purchase: always one job, in the state, and alive."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.cli import Running, Stack
from tests.engine.programs import JOB, JOB_AND_MODEL, MANY
from tests.support.server import Server

JOBS = "/fine_tuning/jobs"

WHO: dict[str, Callable[[Running], None]] = {
    "the CLI": Running.kill_cli,
    "the provider": Running.kill_provider,
}


def one_living_job(stack: Stack, server: Server) -> None:
    """The service has one job, it goes on, and the state has it."""
    assert {job["id"]: job["status"] for job in server.jobs()} == {stack.job_id(): "validating_files"}


def killed(stack: Stack, server: Server, who: str, moment: Callable[[], object]) -> None:
    """Start an update, kill it at a moment, and tidy up as a user would."""
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(moment, "the moment to kill")
    WHO[who](running)
    if who == "the provider":
        running.finish().failed()
    server.clear_faults()
    stack.unlock()


@pytest.mark.parametrize("who", WHO)
def test_killed_before_the_post_an_up_creates_the_job_once(stack: Stack, server: Server, who: str) -> None:
    stack.program(JOB, SEED=1)
    server.fault("hold_before", method="GET", path=JOBS)
    killed(stack, server, who, lambda: f"GET {JOBS}" in server.calls())
    stack.up().ok()
    one_living_job(stack, server)


@pytest.mark.parametrize("who", WHO)
def test_killed_before_the_answer_an_up_takes_the_job_back(stack: Stack, server: Server, who: str) -> None:
    stack.program(JOB, SEED=1)
    server.fault("hold_after")
    killed(stack, server, who, server.jobs)
    shown = stack.up().ok()
    one_living_job(stack, server)
    assert len(server.posts()) == 1
    assert f"adopted job {stack.job_id()}" in shown.text


@pytest.mark.parametrize("who", WHO)
def test_killed_after_the_answer_an_up_has_the_job(stack: Stack, server: Server, who: str) -> None:
    stack.program(
        JOB
        + """
ft.FineTuningJob("b", model=MODEL, training_file=data, seed=2, opts=pulumi.ResourceOptions(depends_on=[job]))
""",
        SEED=1,
    )
    server.fault("hold_before", skip=1)
    killed(stack, server, who, lambda: len(server.posts()) == 2)
    first = server.jobs()[-1]["id"]
    stack.up().ok()
    assert stack.job_id("a") == first
    assert {job["id"] for job in server.jobs()} == {stack.job_id("a"), stack.job_id("b")}
    assert {job["status"] for job in server.jobs()} == {"validating_files"}


def test_killed_while_waiting_an_up_waits_on_for_the_same_job(stack: Stack, server: Server) -> None:
    stack.program(JOB_AND_MODEL, SEED=1)
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: server.calls().count(f"GET {JOBS}") > 1, "the first look of the wait")
    running.stop()
    stack.unlock()
    server.clock(per_poll=3600)
    stack.up().ok()
    assert len(server.posts()) == 1
    assert stack.resources("FineTunedModel")["a"]["id"] == server.jobs()[0]["fine_tuned_model"]


def test_ctrl_c_while_waiting_leaves_the_job_alone_and_in_the_state(stack: Stack, server: Server) -> None:
    stack.program(JOB_AND_MODEL, SEED=1)
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: server.calls().count(f"GET {JOBS}") > 1, "the first look of the wait")
    running.interrupt()
    running.finish().failed()
    one_living_job(stack, server)
    server.clock(per_poll=3600)
    stack.up().ok()
    assert len(server.posts()) == 1


def test_ctrl_c_while_the_job_is_submitted_waits_for_its_id(stack: Stack, server: Server) -> None:
    server.fault("hold_after")
    stack.program(JOB, SEED=1)
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(server.jobs, "the job")
    running.interrupt()
    server.release()
    running.finish().failed()
    one_living_job(stack, server)
    assert stack.up().ok().totals == {"unchanged": 3}


def test_ctrl_c_pressed_twice_loses_the_answer_and_not_the_job(stack: Stack, server: Server) -> None:
    server.fault("hold_after")
    stack.program(JOB, SEED=1)
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(server.jobs, "the job")
    running.interrupt()
    running.until(lambda: "cancel" in running.text.lower(), "the first Ctrl-C")
    running.interrupt()
    running.finish().failed()
    assert stack.resources() == {}
    server.clear_faults()
    stack.up().ok()
    one_living_job(stack, server)
    assert len(server.posts()) == 1


@pytest.mark.parametrize(
    ("fault", "reported"),
    [
        ({"kind": "reset_after"}, "the job was found again"),
        ({"kind": "status", "status": 429, "headers": {"retry-after-ms": "20"}}, ""),
    ],
    ids=lambda value: "-".join(str(part) for part in value.values()) if isinstance(value, dict) else "",
)
def test_one_lost_answer_is_one_job_within_the_same_up(
    stack: Stack, server: Server, fault: dict[str, object], reported: str
) -> None:
    """Every other way to lose it is in tests/api/test_submit.py, and on the host in the fault matrix."""
    server.fault(**fault)  # type: ignore[arg-type]
    stack.program(JOB, SEED=1)
    shown = stack.up().ok()
    assert reported in shown.text
    one_living_job(stack, server)
    assert len(server.posts()) == (1 if reported else 2)


def test_a_create_that_never_arrived_is_not_sent_again_in_that_command(stack: Stack, server: Server) -> None:
    server.fault("reset_before")
    stack.program(JOB, SEED=1)
    stack.up().failed("a job may have been created", "nothing was sent again. Run `pulumi up` again")
    assert server.jobs() == []
    assert len(server.posts()) == 1
    stack.up().ok()
    one_living_job(stack, server)


def test_two_updates_at_once_buy_one_job(stack: Stack, server: Server) -> None:
    server.fault("hold_after")
    stack.program(JOB, SEED=1)
    first = stack.start("up", "--yes", "--skip-preview")
    first.until(server.jobs, "the job")
    stack.up().failed("the stack is currently locked by 1 lock(s)")
    assert len(server.posts()) == 1
    server.release()
    first.finish().ok()
    assert stack.up().ok().totals == {"unchanged": 3}
    one_living_job(stack, server)
    assert len(server.posts()) == 1


def test_a_power_cut_without_checkpoints_loses_no_job_and_creates_none_twice(
    stack: Stack, server: Server
) -> None:
    fast_lane = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
    server.fault("delay", count=None, seconds=0.05)
    stack.program(MANY, COUNT=60)
    running = stack.start("up", "--yes", "--skip-preview", **fast_lane)
    running.until(lambda: len(server.jobs()) >= 20, "a third of the jobs")
    running.stop()
    created = {job["id"] for job in server.jobs()}
    assert 20 <= len(created) < 60
    stack.unlock()
    stack.up(**fast_lane).ok()
    made = {job["id"] for job in server.jobs()}
    assert created <= made
    assert len(made) == 60
    assert {job["id"] for job in stack.resources().values()} == made


def test_a_hundred_jobs_with_lost_answers_are_a_hundred_jobs(stack: Stack, server: Server) -> None:
    server.fault("reset_after", count=None, probability=0.05, seed=7)
    stack.program(MANY, COUNT=100)
    stack.up().ok()
    assert sum(fault["struck"] for fault in server.faults()) >= 2
    made = {job["id"] for job in server.jobs()}
    assert len(made) == 100
    assert {job["id"] for job in stack.resources().values()} == made
