"""One declaration is one job: whatever happens to the answer of the POST."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.duplicate_jobs import DuplicateGuard
from pulumi_ftjobs.api.errors import AnswerLost, ApiError, Busy, Refused
from pulumi_ftjobs.api.submission import ChoiceNeeded, JobRequest, Submission
from pulumi_ftjobs.api.submit import LOOK_DEADLINE
from pulumi_ftjobs.lifecycle.adoption import candidates
from pulumi_ftjobs.lifecycle.identity import upload_name
from pulumi_ftjobs.lifecycle.job_request import create_body
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.gateway import gateway
from tests.support.rows import upload
from tests.support.server import Server
from tests.support.submits import Stack


@pytest.fixture
def stack(client: Client) -> Stack:
    """A stack with one declaration, its training file uploaded."""
    return Stack(client)


@contextmanager
def mangling_gateway(service: str, mangle: Callable[[str], str]) -> Iterator[str]:
    """A gateway that changes the values of metadata on their way back, and ignores the filter."""

    def change(call: str, answer: bytes) -> bytes:
        body = json.loads(answer)
        for job in body.get("data", [body]):
            pairs = job.get("metadata")
            if isinstance(pairs, dict):
                job["metadata"] = {name: mangle(value) for name, value in pairs.items()}
        return json.dumps(body).encode()

    with gateway(service, "/mangled", change=change) as (url, _taken):
        yield url


def ids(server: Server, project: str) -> list[str]:
    return [job["id"] for job in server.jobs(project)]


def test_a_declaration_is_posted_once_with_both_pairs(stack: Stack, server: Server, project: str) -> None:
    submission = stack.submit()
    (job,) = server.jobs(project)
    assert submission.job["id"] == job["id"]
    assert (submission.adopted, submission.marked, stack.said) == (False, True, [])
    assert job["metadata"] == {STACK_KEY: stack.name, DECLARATION_KEY: stack.declaration()}
    assert len(server.posts()) == 1


LOST_AFTER = [
    {"kind": "reset_after"},
    {"kind": "timeout_after", "seconds": 0.3},
    {"kind": "status", "status": 500, "commit": True},
    {"kind": "status", "status": 502, "commit": True},
    {"kind": "status", "status": 504, "commit": True},
    {"kind": "status", "status": 408, "commit": True},
    {"kind": "status", "status": 409, "commit": True},
    {"kind": "status", "status": 429, "code": "rate_limit_exceeded", "commit": True},
    {"kind": "status", "status": 503, "commit": True},
    {"kind": "html", "commit": True},
    {"kind": "unreadable"},
    {"kind": "truncate"},
]


@pytest.mark.parametrize("fault", LOST_AFTER, ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}")
def test_a_job_whose_answer_was_lost_is_found_and_not_created_again(
    server: Server, project: str, time: Time, fault: dict[str, Any]
) -> None:
    client = make_client(server.url, time, project=project, read_timeout=0.15)
    stack = Stack(client)
    server.fault(**fault)
    submission = stack.submit()
    client.close()
    assert [submission.job["id"]] == ids(server, project)
    assert submission.adopted
    assert any("found again" in note for note in stack.said)
    assert len(server.posts()) == 1


NEVER_ARRIVED = [
    {"kind": "reset_before"},
    {"kind": "timeout_before", "seconds": 0.3},
    {"kind": "status", "status": 500},
    *(
        pytest.param(fault, marks=pytest.mark.slow)  # 45 looks each; those above are as many decisions
        for fault in (
            {"kind": "status", "status": 502},
            {"kind": "status", "status": 408},
            {"kind": "status", "status": 409},
            {"kind": "html"},
            {"kind": "unreadable", "commit": False},
        )
    ),
]


@pytest.mark.parametrize("fault", NEVER_ARRIVED, ids=str)
def test_a_create_without_an_answer_is_looked_for_and_not_sent_again_in_that_command(
    server: Server, project: str, time: Time, fault: dict[str, Any]
) -> None:
    client = make_client(server.url, time, project=project, read_timeout=0.15)
    stack = Stack(client)
    server.fault(**fault)
    with pytest.raises(AnswerLost, match=r"nothing was sent again. Run `pulumi up` again"):
        stack.submit()
    assert sum(time.sleeps) == pytest.approx(LOOK_DEADLINE)
    assert len(server.posts()) == 1
    stack.fresh_process()
    assert [stack.submit().job["id"]] == ids(server, project)
    client.close()


@pytest.mark.parametrize(
    "refusal", [{"status": 503}, {"status": 429, "code": "rate_limit_exceeded"}], ids=["503", "429"]
)
def test_a_busy_service_is_asked_for_the_job_before_the_create_is_sent_again(
    stack: Stack, server: Server, project: str, refusal: dict[str, Any]
) -> None:
    server.fault("status", count=2, **refusal)
    submission = stack.submit()
    look, post = "GET /fine_tuning/jobs", "POST /fine_tuning/jobs"
    calls = [call for call in server.calls() if "files" not in call]
    between = calls[calls.index(post) + 1 : len(calls) - calls[::-1].index(post)]
    assert between.count(post) == 2
    assert all(look in pair for pair in itertools.pairwise(between))
    assert [submission.job["id"]] == ids(server, project)


@pytest.mark.parametrize("looks", [1, 8, 14])
def test_a_job_that_the_listing_shows_late_is_waited_for(
    stack: Stack, server: Server, project: str, time: Time, looks: int
) -> None:
    empty = {"object": "list", "data": [], "has_more": False}
    server.settings(metadata_filter=True)
    stack.submit(seed=99)  # the service is seen to keep metadata
    server.fault("reset_after")
    server.fault("status", "GET", status=200, body=empty, count=looks, skip=0)
    stack.index.keeps_metadata = True
    submission = stack.submit()
    assert submission.adopted
    assert sum(time.sleeps) > looks - 1
    assert len(ids(server, project)) == 2
    assert len(server.posts()) == 2


def test_nothing_is_sent_again_while_the_service_cannot_be_asked(
    stack: Stack, server: Server, project: str
) -> None:
    stack.index.jobs()
    stack.index.all_jobs()
    server.fault("reset_after")
    server.fault("status", "GET", status=500, count=None)
    with pytest.raises(AnswerLost, match="the service could not be asked for it"):
        stack.submit()
    assert len(server.posts()) == 1
    server.clear_faults()
    stack.fresh_process()
    assert stack.submit().adopted
    assert len(ids(server, project)) == 1


def test_where_jobs_cannot_be_listed_nothing_is_sent_unless_the_user_allows_it(
    stack: Stack, server: Server, project: str
) -> None:
    server.fault("status", "GET", status=500, count=None)
    with pytest.raises(AnswerLost, match=r"no job was sent.*ftjobs:createWithoutListing"):
        stack.submit()
    assert server.posts() == []
    submission = stack.submitter.submit(replace(stack.request(), listing_is_optional=True))
    assert "sent without a look for an existing job" in stack.said[0]
    assert ids(server, project) == [submission.job["id"]]


def test_a_lost_answer_is_not_sent_again_where_jobs_cannot_be_listed(stack: Stack, server: Server) -> None:
    server.fault("status", "GET", status=500, count=None)
    server.fault("reset_after")
    with pytest.raises(AnswerLost, match="the service could not be asked for it"):
        stack.submitter.submit(replace(stack.request(), listing_is_optional=True))
    assert len(server.posts()) == 1


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


def test_a_request_to_wait_is_obeyed_before_the_second_post(stack: Stack, server: Server, time: Time) -> None:
    server.fault("status", status=429, headers={"Retry-After": "7"})
    stack.submit()
    assert time.sleeps == [7.0]


# -- services without our pairs ------------------------------------------------------------------


def test_a_service_that_drops_metadata_is_noticed(stack: Stack, server: Server) -> None:
    server.settings(echo_metadata=False)
    submission = stack.submit()
    assert not submission.marked
    assert "does not keep metadata" in stack.said[0]


@pytest.mark.parametrize("mangle", [lambda value: value[:20], str.lower], ids=["cut", "lower"])
def test_pairs_that_come_back_changed_are_lost_ones(
    client: Client, server: Server, mangle: Callable[[str], str]
) -> None:
    server.settings(metadata_filter=False)
    with mangling_gateway(server.url, mangle) as url:
        own = make_client(url, Time(), project=client.target.project)
        stack = Stack(own, name="v1:Org/Project/Dev")
        assert not stack.submit().marked
        stack.fresh_process()
        with pytest.raises(ChoiceNeeded):
            stack.submit()
        own.close()
    assert len(server.posts()) == 1


def test_a_lost_answer_without_metadata_stops_with_the_candidates(
    stack: Stack, server: Server, project: str
) -> None:
    server.settings(echo_metadata=False, metadata_filter=False)
    server.fault("reset_after")
    with pytest.raises(ChoiceNeeded) as raised:
        stack.submit()
    (job_id,) = ids(server, project)
    assert f'adopt_job_id="{job_id}"' in str(raised.value)
    assert "\n" not in str(raised.value)
    stack.fresh_process()
    with pytest.raises(ChoiceNeeded):
        stack.submit()
    assert len(server.posts()) == 1


def test_a_person_who_names_the_candidate_in_triggers_trains_beside_it(
    stack: Stack, server: Server, project: str
) -> None:
    server.settings(echo_metadata=False, metadata_filter=False)
    first = stack.submit().job["id"]
    stack.fresh_process()
    second = stack.submit(triggers=[first]).job["id"]
    assert sorted(ids(server, project)) == sorted([first, second])


def test_a_candidate_that_is_known_to_be_another_resource_s_is_none(stack: Stack, server: Server) -> None:
    server.settings(echo_metadata=False, metadata_filter=False)
    first = stack.submit().job["id"]
    stack.fresh_process()
    request = JobRequest(stack.props, stack.urn, others=frozenset({first}))
    assert stack.submitter.submit(request).job["id"] != first


@pytest.mark.parametrize(
    "differing", [{"seed": 8}, {"suffix": "other"}, {"method": {"type": "dpo"}}], ids=str
)
def test_a_job_that_differs_is_no_candidate_as_far_as_the_service_shows_it(
    stack: Stack, server: Server, answers: str, differing: dict[str, Any]
) -> None:
    server.settings(echo_metadata=False, metadata_filter=False)
    job = stack.submit(seed=7, suffix="one").job
    assert candidates([job], {**stack.props, "seed": 7, "suffix": "one"}, stack.name)
    others = candidates([job], {**stack.props, "seed": 7, "suffix": "one", **differing}, stack.name)
    is_shown = answers == "wild" or "suffix" not in differing  # the published schema has no suffix in a job
    assert bool(others) is not is_shown


def test_without_metadata_a_job_on_this_stack_s_own_upload_is_adopted(
    client: Client, server: Server, project: str
) -> None:
    server.settings(echo_metadata=False, metadata_filter=False)
    stack = Stack(client)
    name = upload_name("rows.jsonl", stack.name, "sha256:" + "ab" * 32)
    stack.props["training_file"] = upload(client, name=name)
    server.fault("reset_after")
    first = stack.submit()
    assert first.adopted
    stack.fresh_process()
    assert stack.submit().job["id"] == first.job["id"]
    server.act(first.job["id"], "succeed")
    stack.fresh_process()
    assert stack.submit().job["id"] == first.job["id"]
    assert len(ids(server, project)) == 1


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
    with pytest.raises(ChoiceNeeded, match="adopt_job_id="):
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
def test_a_later_process_adopts_what_is_worth_it(
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
    other = stack.submit(seed=1).job["id"]
    server.act(other, "succeed")  # so that the service is seen to list fine-tuned models
    first = stack.submit().job["id"]
    model = server.act(first, "succeed")["fine_tuned_model"]
    client.delete_model(model)
    stack.fresh_process()
    assert stack.submit().job["id"] != first


UNPROVABLE = [
    {"kind": "html", "path": "/models/*"},
    {"kind": "status", "status": 404, "path": "/models"},
    {"kind": "status", "status": 403, "path": "/models*"},
]


@pytest.mark.parametrize("fault", UNPROVABLE, ids=lambda fault: f"{fault['kind']}{fault['path']}")
def test_a_model_that_cannot_be_proven_to_be_gone_is_no_reason_to_train_again(
    stack: Stack, client: Client, server: Server, fault: dict[str, Any]
) -> None:
    first = stack.submit().job["id"]
    client.delete_model(server.act(first, "succeed")["fine_tuned_model"])
    stack.fresh_process()
    server.fault(method="GET", count=None, **fault)
    again = stack.submit()
    assert again.job["id"] == first
    assert "cannot be proven" in stack.said[0]


# -- duplicates ----------------------------------------------------------------------------------


def test_of_two_jobs_of_one_declaration_made_at_once_the_oldest_is_kept(
    client: Client, server: Server, project: str
) -> None:
    one, two = Stack(client), Stack(client)
    two.props = one.props
    for stack in (one, two):
        stack.index.jobs()  # both look before either creates
    first = one.submit()
    server.clock(advance=5)
    second = two.submit()
    assert second.adopted
    assert second.job["id"] == first.job["id"]
    assert any("of the same declaration is older" in text for text in two.said)
    assert sorted(job["status"] for job in server.jobs(project)) == ["cancelled", "validating_files"]


def test_beside_an_adopted_job_no_other_of_its_declaration_goes_on(
    stack: Stack, server: Server, project: str
) -> None:
    running = stack.submit().job["id"]
    renamed = JobRequest(stack.props, stack.urn.replace("::support", "::helpdesk"))
    finished = stack.submitter.submit(renamed).job["id"]
    server.act(finished, "succeed")
    stack.fresh_process()
    adopted = stack.submitter.submit(JobRequest(stack.props, renamed.urn, [stack.urn]))
    assert adopted.job["id"] == finished
    assert stack.said == [
        f"cancelled job {running} (validating_files before): job {finished} is this declaration already"
    ]
    assert server.job(running)["status"] == "cancelled"


def test_a_job_of_another_resource_goes_on_beside_an_adopted_one(stack: Stack, server: Server) -> None:
    others = stack.submit().job["id"]
    renamed = JobRequest(stack.props, stack.urn.replace("::support", "::helpdesk"))
    server.act(stack.submitter.submit(renamed).job["id"], "succeed")
    stack.fresh_process()
    stack.submitter.submit(JobRequest(stack.props, renamed.urn, [stack.urn], others=frozenset({others})))
    assert server.job(others)["status"] != "cancelled"


def test_of_two_jobs_of_one_second_the_one_that_the_service_lists_last_is_the_oldest(
    client: Client, server: Server, project: str
) -> None:
    first, later = Stack(client), [Stack(client) for _ in range(3)]
    for stack in later:
        stack.props = first.props
        stack.index.jobs()  # all look before any of them creates
    made = first.submit().job["id"]
    assert {stack.submit().job["id"] for stack in later} == {made}
    assert sorted(job["status"] for job in server.jobs(project)) == [*["cancelled"] * 3, "validating_files"]


def test_many_creates_at_once_are_looked_after_together(client: Client, server: Server) -> None:
    stack = Stack(client)
    server.clear_journal()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda seed: stack.submit(seed=seed).job["id"], range(20)))
    assert len(set(made)) == 20
    assert server.calls().count("GET /fine_tuning/jobs") <= 5, "two before, one after the first and the last"


@pytest.mark.parametrize("last", ["is refused", "is adopted"])
def test_a_duplicate_is_found_although_the_last_create_makes_no_job(
    client: Client, server: Server, project: str, last: str
) -> None:
    one, two = Stack(client), Stack(client)
    two.props = one.props
    first = one.submit().job["id"]
    server.clock(advance=5)
    kept = two.submit(seed=3).job["id"]
    two.fresh_process()
    waits, entered = threading.Event(), threading.Event()

    def slow_create() -> Submission:
        entered.set()
        waits.wait(10)
        if last == "is refused":
            raise Refused("creating the job")
        return Submission({"id": kept}, adopted=True)

    guard = DuplicateGuard(client, two.index, lambda _urn, text: two.said.append(text))
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(guard.run, two.request(seed=3), slow_create)
        entered.wait(10)
        younger = client.create_job(
            create_body(two.props, client.target.profile, stack=two.name, declaration=two.declaration())
        ).facts()
        guard.run(two.request(), lambda: Submission(younger))
        assert two.said == []
        waits.set()
        slow.exception()
    assert any(
        f"job {first} of the same declaration was created at the same time" in text for text in two.said
    )


# -- names ---------------------------------------------------------------------------------------


def test_a_renamed_resource_finds_its_job_by_its_alias(stack: Stack, server: Server, project: str) -> None:
    first = stack.submit().job["id"]
    stack.fresh_process()
    renamed = JobRequest(stack.props, stack.urn.replace("::support", "::helpdesk"), [stack.urn])
    assert stack.submitter.submit(renamed).job["id"] == first
    later = JobRequest({**stack.props, "seed": 2}, renamed.urn, [stack.urn])
    stack.submitter.submit(later)
    stack.submitter.end_superseded(later)
    (note,) = stack.said
    assert first in note


def test_going_back_to_an_earlier_declaration_adopts_its_job(
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
    stack.submitter.end_superseded(stack.request(seed=2))
    (note,) = stack.said
    assert old in note
    assert server.job(old)["status"] == "cancelled"
    assert server.job(new)["status"] != "cancelled"


def test_a_neighbour_s_job_is_left_alone(client: Client, server: Server) -> None:
    one, two = Stack(client), Stack(client, resource="sales")
    theirs = two.submit().job["id"]
    one.submit()
    one.submitter.end_superseded(one.request())
    assert one.said == []
    assert server.job(theirs)["status"] != "cancelled"


@pytest.mark.parametrize(
    ("action", "said"),
    [("succeed", "has succeeded before it could be cancelled"), ("cancel", "cancelled job")],
)
def test_a_superseded_job_that_is_over_by_now_is_said_to_be(
    stack: Stack, server: Server, action: str, said: str
) -> None:
    old = stack.submit(seed=1).job["id"]
    stack.submit(seed=2)
    server.act(old, action)
    stack.submitter.end_superseded(stack.request(seed=2))
    (note,) = stack.said
    assert said in note


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
    stack.submitter.end_superseded(stack.request(seed=2))
    (note,) = stack.said
    assert "could not" in note
    assert server.job(old)["status"] != "cancelled"
