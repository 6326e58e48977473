"""Gone, or only not visible: the state never forgets a job because of a wrong key or a wrong place."""

from __future__ import annotations

import pytest

from tests.engine.cli import Stack
from tests.engine.programs import JOB
from tests.support.keys import KEY, OTHER_KEY
from tests.support.server import Server, running_server


def with_a_job(stack: Stack) -> str:
    """An update that makes one job."""
    stack.program(JOB, SEED=1)
    stack.up().ok()
    return stack.job_id()


def refuse_the_old_key(server: Server) -> None:
    """From now on the service knows the new key only."""
    server.settings(keys={KEY: ""})


@pytest.mark.parametrize(
    "place",
    [{"OPENAI_PROJECT_ID": "proj_elsewhere"}, {"OPENAI_ORG_ID": "org-elsewhere"}],
    ids=["another project", "another organization"],
)
def test_with_another_scope_in_force_refresh_and_destroy_refuse_and_name_both(
    stack: Stack, server: Server, place: dict[str, str]
) -> None:
    job_id = with_a_job(stack)
    elsewhere = next(iter(place.values()))
    for command in (stack.refresh, stack.destroy):
        shown = command(**place).failed(
            f"job {job_id} lives at {server.url}", elsewhere, "nothing is changed"
        )
        assert stack.environment["OPENAI_PROJECT_ID"] in shown.text
    assert stack.job_id() == job_id
    assert server.job(job_id)["status"] == "validating_files"
    stack.destroy().ok()


def test_with_another_service_in_force_refresh_and_destroy_refuse_and_name_both(
    stack: Stack, server: Server
) -> None:
    job_id = with_a_job(stack)
    with running_server() as other:
        for command in (stack.refresh, stack.destroy):
            command(OPENAI_BASE_URL=other.url).failed(f"job {job_id} lives at {server.url}", other.url)
        assert other.journal() == []
    assert stack.job_id() == job_id


def test_where_jobs_are_permanent_a_404_is_not_believed(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:profile", "openai")
    job_id = with_a_job(stack)
    server.act(job_id, "vanish")
    sentence = f"job {job_id} is not visible with this key"
    stack.refresh().failed(sentence, "this service never deletes jobs", "pulumi state delete")
    stack.destroy().failed(sentence, "neither stopped nor dropped")
    assert stack.job_id() == job_id
    assert stack.preview().ok().totals == {"unchanged": 3}


def test_with_a_key_of_another_project_a_permanent_job_is_not_forgotten(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:profile", "openai")
    mine = stack.environment.pop("OPENAI_PROJECT_ID")
    server.settings(keys={KEY: f"org-ftjobs/{mine}", OTHER_KEY: "org-ftjobs/proj_elsewhere"})
    job_id = with_a_job(stack)
    stack.refresh(OPENAI_API_KEY=OTHER_KEY).failed(f"job {job_id} is not visible with this key")
    stack.destroy(OPENAI_API_KEY=OTHER_KEY).failed("neither stopped nor dropped")
    assert stack.job_id() == job_id
    stack.destroy().ok()
    assert server.job(job_id)["status"] == "cancelled"


def test_where_jobs_can_vanish_destroy_says_that_it_was_gone(stack: Stack, server: Server) -> None:
    job_id = with_a_job(stack)
    server.act(job_id, "vanish")
    assert (
        f"job {job_id} no longer exists at the service: there is nothing to cancel"
        in stack.destroy().ok().text
    )


@pytest.mark.parametrize(
    ("fault", "reported"),
    [
        ({"kind": "status", "status": 401, "code": "invalid_api_key"}, "(HTTP 401, invalid_api_key"),
        ({"kind": "status", "status": 403}, "use a key with the scopes"),
        ({"kind": "html"}, "the answer is a web page"),
    ],
    ids=["401", "403", "HTML"],
)
def test_a_service_that_does_not_tell_empties_no_state(
    stack: Stack, server: Server, fault: dict[str, object], reported: str
) -> None:
    job_id = with_a_job(stack)
    server.fault(**{"method": "*", "path": "*", "count": None, **fault})  # type: ignore[arg-type]
    stack.refresh().failed(reported)
    assert stack.job_id() == job_id
    server.clear_faults()
    assert stack.refresh().ok().totals == {"unchanged": 3}


def test_a_key_rotated_since_the_last_up_works_from_the_environment(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:apiKey", OTHER_KEY, secret=True)
    job_id = with_a_job(stack)
    refuse_the_old_key(server)
    stack.destroy().ok()
    assert server.job(job_id)["status"] == "cancelled"


def test_a_key_rotated_since_the_last_up_works_from_the_fresh_config(stack: Stack, server: Server) -> None:
    stack.config("ftjobs:apiKey", OTHER_KEY, secret=True)
    job_id = with_a_job(stack)
    refuse_the_old_key(server)
    stack.config("pulumi-python:apiKey", stack.environment.pop("OPENAI_API_KEY"), secret=True)
    stack.destroy().ok()
    assert server.job(job_id)["status"] == "cancelled"


def test_a_rotated_key_that_only_the_config_knows_needs_the_program_and_we_say_so(
    stack: Stack, server: Server
) -> None:
    stack.config("ftjobs:apiKey", OTHER_KEY, secret=True)
    job_id = with_a_job(stack)
    refuse_the_old_key(server)
    stack.config("ftjobs:apiKey", stack.environment.pop("OPENAI_API_KEY"), secret=True)
    stack.destroy().failed("--run-program")
    assert server.job(job_id)["status"] == "validating_files"
    stack.destroy("--run-program").ok()
    assert server.job(job_id)["status"] == "cancelled"
