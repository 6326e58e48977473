"""Jobs are counted at a service whose answers, listings and cancels cannot be believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.commands import DECLARED, JOB, create, created, delete, read
from tests.support.engine import FAST_SLEEP, Failed, hidden, running_host, settings
from tests.support.second_server import HTTPAnswer, SecondServer, second_server

pytestmark = pytest.mark.slow

API_ERROR = {"error": {"message": "try again later"}}
RETRY = {"x-should-retry": "true"}
BUSY_PAGE = HTTPAnswer(429, "<html><h1>Too Many Requests</h1></html>")


@pytest.fixture
def service() -> Iterator[SecondServer]:
    with second_server() as running:
        yield running


@pytest.mark.parametrize("status", [400, 404, 405, 413, 421, 422, 425, 451, 520, 522, 524, 529])
def test_a_service_that_asks_for_a_retry_after_it_created_the_job_gets_none(
    service: SecondServer, status: int
) -> None:
    service.bugs.lost_answers = [HTTPAnswer(status, API_ERROR, RETRY)]
    create(service)
    job_id, _ = created(service)
    assert list(service.jobs) == [job_id]


def test_a_rate_limit_page_of_a_proxy_is_no_proof_that_nothing_was_created(service: SecondServer) -> None:
    service.bugs.lost_answers, service.bugs.listing_lag = [BUSY_PAGE], 3
    create(service)
    assert len(service.jobs) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_before_a_busy_service_is_asked_again_its_listing_is_read_after_the_pause(
    service: SecondServer, status: int
) -> None:
    service.bugs.lost_answers, service.bugs.listing_lag = [HTTPAnswer(status, API_ERROR)], 1
    create(service)
    assert len(service.jobs) == 1


def test_a_listing_without_metadata_proves_nothing_after_another_job_was_created(
    service: SecondServer,
) -> None:
    service.bugs.bare_listing = True
    created(service)
    with running_host(settings(service.url), preamble=FAST_SLEEP) as host:
        other = DECLARED | {"seed": 8} | hidden(JOB, "other")
        host.create(JOB, host.check(JOB, other).inputs)
        with pytest.raises(Exception, match="adopt_job_id"):
            host.create(JOB, host.check(JOB, DECLARED).inputs)
    assert len(service.jobs) == 2


@pytest.mark.parametrize("pages", ["filtered late", "no has_more"])
def test_a_lost_state_finds_its_job_behind_pages_without_it(service: SecondServer, pages: Any) -> None:
    job_id, _ = created(service)
    for number in range(150):
        foreign = service.jobs[job_id] | {"id": f"foreign-{number}", "metadata": None, "seed": number + 100}
        service.jobs[f"foreign-{number}"] = foreign
    service.bugs.pages = pages
    service.bugs.ignores_filter = pages == "no has_more"
    assert created(service)[0] == job_id
    assert len(service.jobs) == 151


def test_a_service_that_refuses_metadata_gets_one_job_through_a_lost_answer(service: SecondServer) -> None:
    service.bugs.refuses_metadata, service.bugs.lost_answers = True, ["reset"]
    create(service)
    create(service)
    assert len(service.jobs) == 1


def test_a_cancel_without_a_route_is_no_proof_that_the_job_is_gone(service: SecondServer) -> None:
    state = created(service)
    service.bugs.cancel = "no route"
    assert "no longer exists" not in delete(service, state)
    service.bugs.cancel = "works"
    delete(service, state)
    assert service.unfinished() == []


def test_an_answer_about_another_job_is_no_cancel(service: SecondServer) -> None:
    state = created(service)
    service.bugs.cancel = "another job"
    assert not delete(service, state).startswith("cancelled")
    assert service.unfinished() == [state[0]]


def test_an_adopted_job_without_pairs_is_gone_only_when_no_listing_shows_it(service: SecondServer) -> None:
    job_id, _ = created(service)
    service.jobs["plain"] = service.jobs[job_id] | {"id": "plain", "metadata": None}
    state = created(service, adopt_job_id="plain")
    assert state[0] == "plain"
    service.bugs.lost_jobs = {"plain"}
    assert read(service, state) != ""
    assert "no longer exists" not in delete(service, state)
    service.bugs.lost_jobs = set()
    delete(service, state)
    assert service.jobs["plain"]["status"] == "cancelled"


def test_a_duplicate_that_vanished_does_not_hide_what_became_of_the_job(service: SecondServer) -> None:
    state = created(service)
    service.jobs["twin"] = service.jobs[state[0]] | {"id": "twin", "created_at": 2_000_000_000}
    service.bugs.lost_jobs = {"twin"}
    said = delete(service, state)
    assert f"cancelled job {state[0]}" in said
    assert "twin" in said


def test_a_cancel_that_is_only_said_to_have_worked_is_no_end_of_the_job(service: SecondServer) -> None:
    state = created(service)
    service.bugs.cancel = "optimistic"
    assert "accepted the cancel but is still running" in delete(service, state)
    service.bugs.cancel = "works"
    assert delete(service, state).startswith(f"cancelled job {state[0]}")
    assert service.unfinished() == []


def test_a_superseded_job_is_called_cancelled_only_when_a_read_shows_it(service: SecondServer) -> None:
    service.bugs.cancel = "optimistic"
    with running_host(settings(service.url), preamble=FAST_SLEEP) as host:
        old, _ = host.create(JOB, host.check(JOB, DECLARED).inputs)
        host.create(JOB, host.check(JOB, DECLARED | {"seed": 8}).inputs)
        assert f"asked job {old} to cancel, and it is still running" in "\n".join(host.said())
    assert len(service.unfinished()) == 2


def test_a_refresh_works_by_id_where_every_listing_fails_and_asks_for_one_listing(
    service: SecondServer,
) -> None:
    first, second = created(service), created(service, seed=8, **hidden(JOB, "other"))
    service.bugs.listing_fails = True
    service.calls.clear()
    with running_host(settings(service.url), preamble=FAST_SLEEP) as host:
        assert [host.read(JOB, *state)[0] for state in (first, second)] == [first[0], second[0]]
    listings = [call for call in service.calls if call == "GET /fine_tuning/jobs"]
    assert len(listings) == 5, "one listing, with its attempts"


def test_a_known_service_that_refuses_metadata_after_all_gets_one_job(service: SecondServer) -> None:
    service.bugs.refuses_metadata = True
    strict = settings(service.url, profile="openai")
    inputs = DECLARED | {"model": "gpt-4o-mini-2024-07-18"}
    with running_host(strict, preamble=FAST_SLEEP) as host:
        host.create(JOB, host.check(JOB, inputs).inputs)
    with running_host(strict, preamble=FAST_SLEEP) as host, pytest.raises(Failed, match="adopt_job_id"):
        host.create(JOB, host.check(JOB, inputs).inputs)
    assert len(service.jobs) == 1


ODD_IDS = ["a/../b/{}", "100%25-{}", "x\ny\x1b[31m{}", "x" * 300 + "{}", "ü {}?a=b#c"]


@pytest.mark.parametrize("form", ODD_IDS, ids=ascii)
def test_a_job_with_an_odd_id_is_created_adopted_read_and_cancelled(service: SecondServer, form: str) -> None:
    service.bugs.job_id = form
    state = created(service)
    assert created(service)[0] == state[0] == read(service, state)
    said = delete(service, state)
    assert said.startswith("cancelled job ")
    assert all(line.isprintable() for line in said.splitlines())
    assert [job["status"] for job in service.jobs.values()] == ["cancelled"]


def test_an_id_that_no_request_can_hold_is_recorded_and_never_called_cancelled(service: SecondServer) -> None:
    service.bugs.job_id = ".."
    state = created(service)
    assert created(service)[0] == state[0]
    assert "'..' is not an id" in delete(service, state)
    assert len(service.unfinished()) == 1
