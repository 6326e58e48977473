"""kill -9, lost answers and Ctrl-C with the plugin: always one job, in the state, and alive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.cli import Running, closing
from tests.engine.conftest import Corner
from tests.engine.yaml_stack import YamlStack, a_file, a_job, a_model, kill_plugin

JOBS = "/fine_tuning/jobs"
WHO: dict[str, Callable[[Running], None]] = {"the CLI": Running.kill_cli, "the plugin": kill_plugin}


def one_living_job(stack: YamlStack, server: Corner) -> None:
    """The service has one job, it goes on, and the state has it."""
    assert {job["id"]: job["status"] for job in server.jobs()} == {stack.job_id(): "validating_files"}


MOMENTS: dict[str, Callable[[Corner, Running], object]] = {
    "before the POST": lambda server, _running: f"GET {JOBS}" in server.calls(),
    "before its answer": lambda server, _running: server.jobs(),
    "after its answer": lambda _server, running: "validating_files" in running.text,
}
"""When it happens: the last one is in the model's wait, with the job in the state."""


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("moment", MOMENTS)
def test_after_a_kill_an_up_has_one_job(yaml_stack: YamlStack, server: Corner, who: str, moment: str) -> None:
    waits = {"m": a_model()} if moment == "after its answer" else {}
    yaml_stack.declare({"data": a_file(), "a": a_job(), **waits})
    if moment == "before the POST":
        server.fault("hold_before", method="GET", path=JOBS)
    elif moment == "before its answer":
        server.fault("hold_after")
    running = yaml_stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: MOMENTS[moment](server, running), "the moment to kill")
    WHO[who](running)
    if who == "the plugin":
        running.finish().failed()
    server.clear_faults()
    yaml_stack.unlock()
    if waits:
        one_living_job(yaml_stack, server)
        server.clock(per_poll=3600)

    yaml_stack.up().ok()

    assert [job["id"] for job in server.jobs()] == [yaml_stack.job_id()]
    assert server.jobs()[0]["status"] == ("succeeded" if waits else "validating_files")
    assert len(server.posts()) == 1


def test_of_two_machines_that_create_at_once_the_oldest_job_is_kept(
    yaml_stack: YamlStack, tmp_path: Path, server: Corner
) -> None:
    other = YamlStack(tmp_path / "copy", url=server.url, scope=server.project, project="story", stack="test")
    server.fault("hold", count=2)
    with closing(other):
        running = []
        for stack in (yaml_stack, other):
            stack.config("ftjobs:stackId", "team-blue/support")
            stack.declare({"data": a_file(), "a": a_job()})
            running.append(stack.start("up", "--yes", "--skip-preview"))
        running[0].until(lambda: server.faults()[0]["struck"] == 2, "both creates")
        server.release()
        for one in running:
            one.finish().ok()
        assert yaml_stack.job_id() == other.job_id()

    assert {job["id"]: job["status"] for job in server.jobs()}.pop(yaml_stack.job_id()) == "validating_files"
    assert sorted(job["status"] for job in server.jobs()) == ["cancelled", "validating_files"]


def test_timeouts_and_protection_end_commands_and_no_job(yaml_stack: YamlStack, server: Corner) -> None:
    server.settings(cancel="async", cancel_delay=600.0)
    short = {"customTimeouts": {"create": "1s", "delete": "1s"}}
    resources = {"data": a_file(), "a": a_job() | {"options": {**short, "protect": True}}}
    yaml_stack.declare({**resources, "m": a_model() | {"options": short}})

    yaml_stack.up().failed("after 1s it is validating_files. Raise the timeout")
    one_living_job(yaml_stack, server)
    yaml_stack.destroy().failed("protect")
    one_living_job(yaml_stack, server)

    yaml_stack.run("state", "unprotect", "--all", "--yes").ok()
    yaml_stack.destroy().failed("accepted the cancel but is still validating_files after 1s")
    one_living_job(yaml_stack, server)
    server.settings(cancel="sync")
    yaml_stack.destroy().ok()
    assert [job["status"] for job in server.jobs()] == ["cancelled"]


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
    count = 100
    server.fault("reset_after", count=None, probability=0.05, seed=7)
    yaml_stack.declare({"data": a_file()} | {f"job{n}": a_job(seed=n) for n in range(count)})

    yaml_stack.up("--parallel", "64").ok()

    assert sum(fault["struck"] for fault in server.faults()) >= 2
    assert len(server.jobs()) == count
    assert {job["id"] for job in server.jobs()} == {r["id"] for r in yaml_stack.resources().values()}


def test_a_forced_replacement_keeps_the_running_job(yaml_stack: YamlStack, server: Corner) -> None:
    yaml_stack.declare({"data": a_file(), "a": a_job()})
    yaml_stack.up().ok()
    urn, data = yaml_stack.resources()["a"]["urn"], yaml_stack.resources("FineTuningFile")["data"]["urn"]

    yaml_stack.up("--replace", urn).ok()
    yaml_stack.up("--target-replace", urn).failed("whether it is this declaration cannot be compared", data)
    one_living_job(yaml_stack, server)
    yaml_stack.up("--target-replace", urn, "--target", data).ok()
    yaml_stack.run("state", "taint", urn, "--yes").ok()
    yaml_stack.up().ok()

    one_living_job(yaml_stack, server)
