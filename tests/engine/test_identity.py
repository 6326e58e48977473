"""One declaration is one job: lost states, reverts, other stacks, other names."""

from __future__ import annotations

from collections.abc import Callable

from tests.engine.cli import Stack
from tests.engine.programs import JOB, JOB_AND_MODEL
from tests.support.server import Server

TWINS = """
class Team(pulumi.ComponentResource):
    def __init__(self, kind):
        super().__init__(f"story:teams:{kind}", kind)
        ft.FineTuningJob("job", model=MODEL, training_file=data, seed=1, opts=pulumi.ResourceOptions(parent=self))

data = ft.FineTuningFile("data", path="rows.jsonl")
Team("Red")
Team("Blue")
"""


def statuses(server: Server) -> dict[str, str]:
    """Every job's status by id."""
    return {job["id"]: job["status"] for job in server.jobs()}


def job_ids(stack: Stack) -> dict[str, str]:
    """The ids of the jobs in the state by URN."""
    return {urn: id_ for urn, id_ in stack.ids().items() if id_.startswith("ftjob-")}


def test_twins_in_two_components_each_get_their_own_job_back(stack: Stack, server: Server) -> None:
    stack.program(TWINS)
    stack.up().ok()
    before = job_ids(stack)
    assert len(set(before.values())) == 2
    stack.lose_the_state()
    stack.up().ok()
    assert job_ids(stack) == before
    assert len(server.posts()) == 2


def test_a_lost_state_takes_everything_back(stack: Stack, server: Server) -> None:
    server.clock(per_poll=3600)
    stack.program(JOB_AND_MODEL, SEED=1)
    stack.up().ok()
    before = {urn: id_ for urn, id_ in stack.ids().items() if "providers" not in urn}
    stack.lose_the_state()
    shown = stack.up().ok()
    assert {urn: id_ for urn, id_ in stack.ids().items() if "providers" not in urn} == before
    assert (len(server.posts()), len(server.posts("/files"))) == (1, 1)
    assert "it has the same declaration, so no job was created" in shown.text
    assert "re-used file" in shown.text


def test_equal_names_in_two_backends_never_touch_each_other(
    new_stack: Callable[..., Stack], server: Server
) -> None:
    mine, yours = new_stack(), new_stack()
    for stack in (mine, yours):
        stack.program(JOB, SEED=1)
        stack.up().ok()
    assert mine.job_id() != yours.job_id()
    mine.program(JOB, SEED=2)
    first = mine.job_id()
    mine.up().ok()
    assert statuses(server)[first] == "cancelled"
    assert statuses(server)[yours.job_id()] == "validating_files"
    mine.destroy().ok()
    assert statuses(server)[yours.job_id()] == "validating_files"
    assert yours.refresh().ok().totals == {"unchanged": 3}


def test_a_renamed_stack_keeps_its_job(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    job_id = stack.job_id()
    stack.rename("prod")
    assert stack.preview().ok().totals == {"unchanged": 3}
    stack.up().ok()
    assert stack.job_id() == job_id
    assert statuses(server) == {job_id: "validating_files"}


def test_a_stack_id_survives_a_rename_and_a_lost_state(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:stackId", "team-blue/support")
    stack.program(JOB, SEED=1)
    stack.up().ok()
    job_id = stack.job_id()
    stack.rename("prod")
    stack.lose_the_state()
    stack.up().ok()
    assert stack.job_id() == job_id
    assert statuses(server) == {job_id: "validating_files"}


def test_after_a_destroy_a_succeeded_job_is_adopted(stack: Stack, server: Server) -> None:
    server.clock(per_poll=3600)
    stack.program(JOB_AND_MODEL, SEED=1)
    stack.up().ok()
    job_id = stack.job_id()
    shown = stack.destroy().ok()
    assert f"its model {server.jobs()[0]['fine_tuned_model']} stays at the service" in shown.text
    stack.up().ok()
    assert stack.job_id() == job_id
    assert len(server.posts()) == 1


def test_after_a_destroy_a_cancelled_job_is_created_again(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    old = stack.job_id()
    stack.destroy().ok()
    stack.up().ok()
    assert statuses(server) == {old: "cancelled", stack.job_id(): "validating_files"}


def test_reverting_a_retraining_takes_the_old_model_back(stack: Stack, server: Server) -> None:
    server.clock(per_poll=3600)
    stack.program(JOB_AND_MODEL, SEED=1)
    stack.up().ok()
    job_id, model = stack.job_id(), stack.resources("FineTunedModel")["a"]["id"]
    stack.program(JOB_AND_MODEL, SEED=2)
    stack.up().ok()
    assert stack.job_id() != job_id
    stack.program(JOB_AND_MODEL, SEED=1)
    shown = stack.up().ok()
    assert f"adopted job {job_id}" in shown.text
    assert (stack.job_id(), stack.resources("FineTunedModel")["a"]["id"]) == (job_id, model)
    assert len(server.posts()) == 2
    assert stack.preview().ok().totals == {"unchanged": 4}


def test_reverting_other_rows_takes_the_old_model_back(stack: Stack, server: Server) -> None:
    stack.program(JOB, SEED=1)
    stack.up().ok()
    job_id = stack.job_id()
    server.act(job_id, "succeed")
    stack.rows("red")
    stack.up().ok()
    stack.rows("blue")
    stack.up().ok()
    assert stack.job_id() == job_id
    assert len(server.posts()) == 2


def test_a_service_that_drops_metadata_is_never_asked_twice(stack: Stack, server: Server) -> None:
    server.settings(echo_metadata=False)
    server.fault("reset_after")
    stack.program(JOB, SEED=1)
    shown = stack.up().ok()
    (job,) = server.jobs()
    assert f"job {job['id']} is recognised by its file" in shown.text
    assert stack.job_id() == job["id"]
    stack.lose_the_state()
    stack.up().ok()
    assert stack.job_id() == job["id"]
    assert len(server.posts()) == 1


def test_without_metadata_and_without_a_file_of_this_stack_a_person_decides(
    stack: Stack, server: Server
) -> None:
    server.settings(echo_metadata=False)
    stack.program(JOB, SEED=1)
    stack.up().ok()
    file_id = stack.resources("FineTuningFile")["data"]["id"]
    by_id = f'ft.FineTuningJob("b", model=MODEL, training_file={file_id!r}, seed=2ADOPT)'
    stack.run("config", "set", "ftjobs:stackId", "another").ok()
    server.fault("reset_after")
    stack.program(by_id.replace("ADOPT", ""))
    shown = stack.up(
        "--target", f"urn:pulumi:{stack.name}::story::pulumi-python:dynamic/ftjobs:FineTuningJob::b"
    )
    job_id = server.jobs()[0]["id"]
    shown.failed("this service does not keep metadata", f'adopt_job_id="{job_id}"')
    assert len(server.posts()) == 2


def test_a_service_that_refuses_metadata_gets_the_job_without_and_we_say_so(
    stack: Stack, server: Server
) -> None:
    server.settings(accept_metadata=False)
    stack.program(JOB, SEED=1)
    shown = stack.up().ok()
    assert "does not keep metadata" in shown.text
    assert [job["id"] for job in server.jobs()] == [stack.job_id()]
    assert stack.up().ok().totals == {"unchanged": 3}
    assert stack.refresh().ok().totals == {"unchanged": 3}


def test_a_service_that_ignores_the_metadata_filter_loses_nothing(stack: Stack, server: Server) -> None:
    server.settings(metadata_filter=False)
    stack.program(JOB, SEED=1)
    stack.up().ok()
    job_id = stack.job_id()
    stack.lose_the_state()
    stack.up().ok()
    assert stack.job_id() == job_id
    assert len(server.posts()) == 1
