"""One declaration is one job: whatever happens to the answer of the POST."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import AnswerLost, ApiError, Busy, Refused
from pulumi_ftjobs.api.submit import LOOKS, TRIES
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.server import Server
from tests.support.submits import Stack


@pytest.fixture
def stack(client: Client) -> Stack:
    """A stack with one declaration, its training file uploaded."""
    return Stack(client)


def ids(server: Server, project: str) -> list[str]:
    return [job["id"] for job in server.jobs(project)]


def test_a_declaration_is_posted_once_with_both_pairs(stack: Stack, server: Server, project: str) -> None:
    submission = stack.submit()
    (job,) = server.jobs(project)
    assert submission.job["id"] == job["id"]
    assert (submission.adopted, submission.marked, submission.notes) == (False, True, [])
    assert job["metadata"] == {STACK_KEY: stack.name, DECLARATION_KEY: stack.declaration()}
    assert len(server.posts()) == 1


LOST_AFTER = [
    {"kind": "reset_after"},
    {"kind": "timeout_after", "seconds": 0.3},
    {"kind": "status", "status": 500, "commit": True},
    {"kind": "status", "status": 502, "commit": True},
    {"kind": "status", "status": 504, "commit": True},
    {"kind": "html", "commit": True},
    {"kind": "unreadable"},
    {"kind": "truncate"},
]


@pytest.mark.parametrize("fault", LOST_AFTER, ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}")
def test_a_job_whose_answer_was_lost_is_found_and_not_bought_again(
    server: Server, project: str, time: Time, fault: dict[str, Any]
) -> None:
    client = make_client(server.url, time, project=project, read_timeout=0.15)
    stack = Stack(client)
    server.fault(**fault)
    submission = stack.submit()
    client.close()
    assert [submission.job["id"]] == ids(server, project)
    assert submission.adopted
    assert any("found again" in note for note in submission.notes)
    assert len(server.posts()) == 1


LOST_BEFORE = [
    {"kind": "reset_before"},
    {"kind": "timeout_before", "seconds": 0.3},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 429, "code": "rate_limit_exceeded"},
    {"kind": "status", "status": 409},
    {"kind": "html"},
    {"kind": "unreadable", "commit": False},
]


@pytest.mark.parametrize("fault", LOST_BEFORE, ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}")
def test_a_create_that_never_arrived_is_sent_again_after_a_look(
    server: Server, project: str, time: Time, fault: dict[str, Any]
) -> None:
    client = make_client(server.url, time, project=project, read_timeout=0.15)
    stack = Stack(client)
    server.fault(**fault)
    submission = stack.submit()
    client.close()
    assert [submission.job["id"]] == ids(server, project)
    assert len(server.posts()) == 2


def test_between_two_posts_the_service_is_asked_each_time(stack: Stack, server: Server, project: str) -> None:
    server.fault("reset_before", count=2)
    stack.submit()
    calls = [call for call in server.calls() if "files" not in call]
    looks = ["GET /fine_tuning/jobs"] * len(LOOKS)
    young = "GET /fine_tuning/jobs"
    post = "POST /fine_tuning/jobs"
    assert calls == [looks[0], post, *looks, young, post, *looks, young, post]
    assert len(ids(server, project)) == 1


def test_a_second_lost_answer_is_found_too(stack: Stack, server: Server, project: str) -> None:
    server.fault("reset_before")
    server.fault("reset_after")
    submission = stack.submit()
    assert [submission.job["id"]] == ids(server, project)
    assert len(server.posts()) == 2


def test_a_commit_that_shows_late_is_waited_for(
    stack: Stack, server: Server, project: str, time: Time
) -> None:
    stack.index.jobs()
    server.fault("reset_after")
    server.fault("status", "GET", status=200, body={"object": "list", "data": [], "has_more": False}, count=2)
    submission = stack.submit()
    assert [submission.job["id"]] == ids(server, project)
    assert time.sleeps == list(LOOKS[1:])
    assert len(server.posts()) == 1


def test_patience_with_a_service_that_loses_everything_ends(
    stack: Stack, server: Server, project: str
) -> None:
    server.fault("reset_before", count=None)
    with pytest.raises(AnswerLost, match="run the command again: it looks for the result"):
        stack.submit()
    assert len(server.posts()) == TRIES
    assert ids(server, project) == []


def test_nothing_is_sent_again_while_the_service_cannot_be_asked(
    stack: Stack, server: Server, project: str
) -> None:
    stack.index.jobs()
    server.fault("reset_after")
    server.fault("status", "GET", status=500, count=None)
    with pytest.raises(AnswerLost):
        stack.submit()
    assert len(server.posts()) == 1
    server.clear_faults()
    stack.fresh_process()
    assert stack.submit().adopted
    assert len(ids(server, project)) == 1


REFUSALS: list[tuple[dict[str, Any], type[ApiError]]] = [
    ({"status": 400, "param": "training_file"}, Refused),
    ({"status": 403, "code": "training_not_available"}, Refused),
    ({"status": 429, "code": "insufficient_quota"}, Refused),
    ({"status": 429, "code": "daily_rate_limit_exceeded"}, Refused),
    ({"status": 429, "headers": {"Retry-After": "600"}}, Busy),
    ({"status": 500, "headers": {"x-should-retry": "false"}}, AnswerLost),
]


@pytest.mark.parametrize(("answer", "cls"), REFUSALS, ids=lambda value: str(value)[:60])
def test_a_refusal_is_final(
    stack: Stack, server: Server, answer: dict[str, Any], cls: type[ApiError]
) -> None:
    server.fault("status", count=None, **answer)
    with pytest.raises(cls):
        stack.submit()
    assert len(server.posts()) == 1


def test_a_wish_to_wait_is_obeyed_before_the_second_post(stack: Stack, server: Server, time: Time) -> None:
    server.fault("status", status=429, headers={"Retry-After": "7"})
    stack.submit()
    assert time.sleeps == [7.0]


# -- services without our pairs ------------------------------------------------------------------


def test_a_service_that_drops_metadata_is_noticed(stack: Stack, server: Server) -> None:
    server.settings(echo_metadata=False)
    submission = stack.submit()
    assert not submission.marked
    assert "cannot be found again" in submission.notes[0]


def test_a_lost_answer_without_metadata_stops_with_the_candidates(
    stack: Stack, server: Server, project: str
) -> None:
    server.settings(echo_metadata=False, metadata_filter=False)
    server.fault("reset_after")
    with pytest.raises(AnswerLost) as raised:
        stack.submit()
    (job_id,) = ids(server, project)
    assert f'adopt_job_id="{job_id}"' in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(server.posts()) == 1


def test_a_lost_create_that_never_arrived_is_sent_again_also_without_metadata(
    stack: Stack, server: Server, project: str
) -> None:
    server.settings(echo_metadata=False, metadata_filter=False)
    server.fault("reset_before")
    submission = stack.submit()
    assert [submission.job["id"]] == ids(server, project)
    assert len(server.posts()) == 2


def test_a_service_that_refuses_metadata_gets_the_job_without_it(
    stack: Stack, server: Server, project: str
) -> None:
    server.settings(accept_metadata=False)
    submission = stack.submit()
    assert [submission.job["id"]] == ids(server, project)
    assert not submission.marked
    assert "metadata" not in server.posts()[-1]["body"]
    assert len(server.posts()) == 2


def test_the_users_own_metadata_is_not_dropped_silently(stack: Stack, server: Server, project: str) -> None:
    server.settings(accept_metadata=False)
    with pytest.raises(Refused, match="metadata"):
        stack.submit(metadata={"team": "support"})
    assert ids(server, project) == []


def test_a_lost_answer_to_the_create_without_metadata_stops_too(
    stack: Stack, server: Server, project: str
) -> None:
    server.settings(accept_metadata=False)
    server.fault("reset_after", skip=1)
    with pytest.raises(AnswerLost, match="adopt_job_id="):
        stack.submit()
    assert len(ids(server, project)) == 1


def test_a_server_that_ignores_the_filter_is_filtered_here(
    client: Client, server: Server, project: str
) -> None:
    server.settings(metadata_filter=False)
    mine, other = Stack(client), Stack(client, name="v1:o/p/other")
    theirs = other.submit().job["id"]
    made = mine.submit().job["id"]
    mine.fresh_process()
    assert [job["id"] for job in mine.index.jobs()] == [made]
    assert mine.submit().job["id"] == made
    assert sorted(ids(server, project)) == sorted([made, theirs])


# -- adoption ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "adopted"),
    [(None, True), ("pause", True), ("succeed", True), ("fail", False), ("cancel", False)],
)
def test_a_later_process_takes_back_what_is_worth_it(
    stack: Stack, server: Server, project: str, action: str | None, adopted: bool
) -> None:
    first = stack.submit().job["id"]
    if action:
        server.act(first, action)
    stack.fresh_process()
    again = stack.submit()
    assert again.adopted is adopted
    assert (again.job["id"] == first) is adopted
    assert len(ids(server, project)) == (1 if adopted else 2)


def test_a_job_whose_model_was_deleted_is_trained_again(stack: Stack, client: Client, server: Server) -> None:
    first = stack.submit().job["id"]
    model = server.act(first, "succeed")["fine_tuned_model"]
    client.delete_model(model)
    stack.fresh_process()
    assert stack.submit().job["id"] != first


def test_going_back_to_an_earlier_declaration_takes_back_its_job(
    stack: Stack, server: Server, project: str
) -> None:
    first = stack.submit(seed=1).job["id"]
    server.act(first, "succeed")
    stack.submit(seed=2)
    stack.fresh_process()
    assert stack.submit(seed=1).job["id"] == first
    assert len(ids(server, project)) == 2


def test_another_stack_s_equal_declaration_is_not_adopted(
    client: Client, server: Server, project: str
) -> None:
    one, two = Stack(client), Stack(client, name="v1:o/p/other")
    assert one.submit().job["id"] != two.submit().job["id"]


def test_another_resource_s_equal_declaration_is_not_adopted(client: Client, server: Server) -> None:
    one, two = Stack(client), Stack(client, resource="sales")
    assert one.submit().job["id"] != two.submit().job["id"]


# -- superseded jobs -----------------------------------------------------------------------------


def test_an_unfinished_job_of_an_earlier_declaration_is_cancelled(
    stack: Stack, server: Server, project: str
) -> None:
    old = stack.submit(seed=1).job["id"]
    new = stack.submit(seed=2).job["id"]
    (note,) = stack.submitter.cancel_superseded(stack.declaration(seed=2), stack.urn)
    assert old in note
    assert server.job(old)["status"] == "cancelled"
    assert server.job(new)["status"] != "cancelled"


def test_a_neighbour_s_job_is_left_alone(client: Client, server: Server) -> None:
    one, two = Stack(client), Stack(client, resource="sales")
    theirs = two.submit().job["id"]
    one.submit()
    assert one.submitter.cancel_superseded(one.declaration(), one.urn) == []
    assert server.job(theirs)["status"] != "cancelled"


@pytest.mark.parametrize("fault", [("POST", "/fine_tuning/jobs/*/cancel"), ("GET", "/fine_tuning/jobs")])
def test_a_cancel_that_fails_is_said_and_not_raised(
    stack: Stack, server: Server, fault: tuple[str, str]
) -> None:
    old = stack.submit(seed=1).job["id"]
    stack.submit(seed=2)
    method, path = fault
    if method == "GET":
        stack.fresh_process()
    server.fault("status", method, path, status=403, count=None)
    (note,) = stack.submitter.cancel_superseded(stack.declaration(seed=2), stack.urn)
    assert "could not" in note
    assert server.job(old)["status"] != "cancelled"
