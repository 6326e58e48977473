"""kill -9, lost answers and Ctrl-C with the plugin: always one job, in the state, and alive."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.cli import Running
from tests.engine.conftest import Corner
from tests.engine.yaml_stack import YamlStack, a_file, a_job, a_model, kill_plugin

JOBS = "/fine_tuning/jobs"
WHO: dict[str, Callable[[Running], None]] = {"the CLI": Running.kill_cli, "the plugin": kill_plugin}


def one_living_job(stack: YamlStack, server: Corner) -> None:
    """The service has one job, it goes on, and the state has it."""
    assert {job["id"]: job["status"] for job in server.jobs()} == {stack.job_id(): "validating_files"}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("moment", ["before the POST", "before its answer"])
def test_after_a_kill_an_up_has_one_job(yaml_stack: YamlStack, server: Corner, who: str, moment: str) -> None:
    yaml_stack.declare({"data": a_file(), "a": a_job()})
    if moment == "before the POST":
        server.fault("hold_before", method="GET", path=JOBS)
    else:
        server.fault("hold_after")
    running = yaml_stack.start("up", "--yes", "--skip-preview")
    reached = server.jobs if moment == "before its answer" else lambda: f"GET {JOBS}" in server.calls()
    running.until(reached, "the moment to kill")
    WHO[who](running)
    if who == "the plugin":
        running.finish().failed()
    server.clear_faults()
    yaml_stack.unlock()

    yaml_stack.up().ok()

    one_living_job(yaml_stack, server)
    assert len(server.posts()) == 1


def test_a_lost_answer_is_looked_for_and_not_posted_again(yaml_stack: YamlStack, server: Corner) -> None:
    server.fault("reset_after")
    yaml_stack.declare({"data": a_file(), "a": a_job()})

    yaml_stack.up().ok()

    one_living_job(yaml_stack, server)
    assert len(server.posts()) == 1


def test_ctrl_c_ends_the_wait_and_the_next_up_continues_it(yaml_stack: YamlStack, server: Corner) -> None:
    yaml_stack.declare({"data": a_file(), "a": a_job(), "m": a_model()})
    running = yaml_stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: "validating_files" in running.text, "a wait")
    running.interrupt()
    shown = running.finish().failed("interrupted: stopped waiting for job")
    assert "pending" not in shown.text
    one_living_job(yaml_stack, server)

    server.act(yaml_stack.job_id(), "succeed")
    yaml_stack.up().ok()

    assert yaml_stack.resources("FineTunedModel")["m"]["outputs"]["status"] == "succeeded"
    assert len(server.posts()) == 1


def test_many_jobs_at_a_time_with_lost_answers_are_one_job_each(
    yaml_stack: YamlStack, server: Corner
) -> None:
    count = 40
    server.fault("reset_after", count=None, probability=0.05)
    yaml_stack.declare({"data": a_file()} | {f"job{n}": a_job(seed=n) for n in range(count)})

    yaml_stack.up("--parallel", "64").ok()

    assert len(server.jobs()) == count
    assert {job["id"] for job in server.jobs()} == {r["id"] for r in yaml_stack.resources().values()}
