"""One declaration is one job: duplicates, aliases, deletes before replacements, moved entries, proxies."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.engine.cli import Stack
from tests.engine.programs import JOB
from tests.support.gateway import gateway
from tests.support.keys import KEY
from tests.support.server import Server

RENAMED = """
data = ft.FineTuningFile("data", path="rows.jsonl")
ft.FineTuningJob("b", model=MODEL, training_file=data, seed=1, opts=pulumi.ResourceOptions(
    aliases=[pulumi.Alias(name="a")]))
"""
MOVED = """
class Team(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("story:teams:Team", "blue")
        ft.FineTuningJob("a", model=MODEL, training_file=data, seed=1, opts=pulumi.ResourceOptions(
            parent=self, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]))

data = ft.FineTuningFile("data", path="rows.jsonl")
Team()
"""
DELETED_FIRST = """
data = ft.FineTuningFile("data", path="rows.jsonl")
ft.FineTuningJob("a", model=MODEL, training_file=data, seed=SEED, opts=pulumi.ResourceOptions(
    delete_before_replace=True))
"""


def statuses(server: Server) -> dict[str, str]:
    """Every job's status by id."""
    return {job["id"]: job["status"] for job in server.jobs()}


def post_again(server: Server, stack: Stack) -> str:
    """Create what the stack has created once more, as a second machine would; the new job's id."""
    body = json.dumps(server.posts()[-1]["body"])
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    headers = {
        "authorization": f"Bearer {KEY}",
        "content-type": "application/json",
        "openai-project": stack.environment["OPENAI_PROJECT_ID"],
    }
    connection.request("POST", "/v1/fine_tuning/jobs", body, headers)
    made = json.loads(connection.getresponse().read())["id"]
    connection.close()
    return str(made)


def test_a_destroy_ends_the_duplicate_of_its_job_and_says_so(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    job_id, other = stack.job_id(), post_again(server, stack)
    shown = stack.destroy().ok()
    assert f"cancelled job {other}, a duplicate of {job_id}" in shown.text
    assert statuses(server) == {job_id: "cancelled", other: "cancelled"}


def test_a_refresh_names_the_duplicate_of_a_job(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    other = post_again(server, stack)
    assert f"job {other} of the same declaration is unfinished too" in stack.refresh().ok().text
    assert len(statuses(server)) == 2


def test_of_two_machines_that_create_at_once_the_oldest_job_is_kept(
    new_stack: Callable[..., Stack], server: Server
) -> None:
    stacks = [new_stack(), new_stack()]
    for stack in stacks:
        stack.config("ftjobs:stackId", "team-blue/support")
        stack.program(JOB, SEED=1)
    server.fault("hold", count=2)
    running = [stack.start("up", "--yes", "--skip-preview") for stack in stacks]
    running[0].until(lambda: server.faults()[0]["struck"] == 2, "both creates")
    server.release()
    for one in running:
        one.finish().ok()
    assert sorted(statuses(server).values()) == ["cancelled", "validating_files"]
    assert stacks[0].job_id() == stacks[1].job_id()


@pytest.mark.parametrize("program", [RENAMED, MOVED], ids=["renamed", "moved into a component"])
def test_a_job_with_an_alias_survives_a_lost_state_and_a_forced_replacement(
    stack: Stack, server: Server, program: str
) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    job_id = stack.job_id()
    stack.program(program)
    stack.up().ok()
    (urn,) = [one for one, id_ in stack.ids().items() if id_ == job_id]
    stack.up("--replace", urn).ok()
    assert statuses(server) == {job_id: "validating_files"}
    stack.lose_the_state()
    stack.up().ok()
    assert job_id in stack.ids().values()
    assert statuses(server) == {job_id: "validating_files"}


@pytest.mark.parametrize("how", ["--replace", "--target-replace", "taint"])
def test_a_forced_replacement_that_deletes_first_keeps_the_running_job(
    stack: Stack, server: Server, how: str
) -> None:
    stack.program(DELETED_FIRST, SEED=1)
    stack.up().ok()
    job_id, urn = stack.job_id(), stack.resources()["a"]["urn"]
    if how == "taint":
        stack.run("state", "taint", urn, "--yes").ok()
        stack.up().ok()
    else:
        stack.up(how, urn).ok()
    assert statuses(server) == {job_id: "validating_files"}
    assert stack.job_id() == job_id
    stack.program(DELETED_FIRST, SEED=2)
    stack.up().ok()
    assert statuses(server) == {job_id: "cancelled", stack.job_id(): "validating_files"}


def test_an_entry_moved_to_another_stack_does_not_cancel_the_first_stack_s_job(
    stack: Stack, server: Server
) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    job_id, urn = stack.job_id(), stack.resources()["a"]["urn"]
    stack.run("stack", "init", "other", "--no-select").ok()
    stack.run("state", "move", "--source", stack.name, "--dest", "other", "--yes", urn).ok()
    stack.up().ok()  # the program is unchanged: the first stack adopts its job
    assert stack.job_id() == job_id
    first, stack.name = stack.name, "other"
    stack.destroy().failed(f"job {job_id} was declared by stack {first}", "it was not cancelled")
    assert statuses(server) == {job_id: "validating_files"}


@pytest.mark.parametrize("command", ["refresh", "destroy"])
def test_a_404_of_a_proxy_drops_nothing(stack: Stack, server: Server, command: str) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    job_id = stack.job_id()
    server.fault("status", "GET", "/fine_tuning/jobs*", status=404, body="<h1>Not Found</h1>", count=None)
    server.fault("status", "POST", "/fine_tuning/jobs/*", status=404, body="<h1>Not Found</h1>", count=None)
    getattr(stack, command)().failed("job")
    server.clear_faults()
    assert stack.job_id() == job_id
    assert statuses(server) == {job_id: "validating_files"}


def test_a_refresh_says_which_job_it_dropped_and_why(stack: Stack, server: Server) -> None:
    server.settings(permanent_jobs=False)
    stack.program(JOB, SEED=1)
    stack.up().ok()
    job_id = stack.job_id()
    server.act(job_id, "vanish")
    shown = stack.refresh().ok()
    assert f"job {job_id} no longer exists at the service (HTTP 404, and not in its listing)" in shown.text
    assert stack.resources() == {}


def without_metadata(call: str, answer: bytes) -> bytes:
    """What a gateway makes of every answer that could hold a job's metadata."""
    if "/fine_tuning/jobs" not in call:
        return answer
    return answer.replace(b'"metadata"', b'"dropped_metadata"')


def test_without_metadata_a_lost_state_is_recovered_by_the_uploaded_file(
    new_stack: Callable[..., Stack], server: Server
) -> None:
    server.settings(metadata_filter=False)
    with gateway(server.url, "/plain", change=without_metadata) as (url, _):
        stack = new_stack(url=url)
        stack.program(JOB, SEED=1)
        stack.up().ok()
        job_id = stack.job_id()
        stack.lose_the_state()
        stack.up().ok()
        assert stack.job_id() == job_id
        assert statuses(server) == {job_id: "validating_files"}
