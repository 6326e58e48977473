"""One declaration is one job at a server that shares no code with ours and has bugs on purpose.

Every command is a provider separate process, as with the CLI; a lost state is a create without what came before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.commands import JOB, create, created, delete
from tests.support.engine import FAST_SLEEP, Failed, running_host, settings
from tests.support.second_server import SecondServer, second_server

pytestmark = pytest.mark.slow


@pytest.fixture
def service() -> Iterator[SecondServer]:
    with second_server() as running:
        yield running


@pytest.mark.parametrize("lost", ["reset", 408, 409, 429, 500, 502, 503, 504])
def test_a_refusal_after_the_work_was_done_is_one_job(service: SecondServer, lost: Any) -> None:
    service.bugs.lost_answers = [lost]
    create(service)
    job_id, _ = created(service)
    assert list(service.jobs) == [job_id]


@pytest.mark.parametrize("lag", [1, 3])
def test_a_listing_that_lags_behind_a_lost_answer_is_waited_for(service: SecondServer, lag: int) -> None:
    service.bugs.listing_lag = lag
    service.bugs.lost_answers = ["reset"]
    create(service)
    assert len(service.jobs) == 1


def test_a_job_that_never_shows_up_after_a_lost_answer_stops_the_command(service: SecondServer) -> None:
    service.bugs.listing_lag = 10_000
    service.bugs.lost_answers = ["reset"]
    assert isinstance(create(service), str)
    assert len(service.jobs) == 1


@pytest.mark.parametrize("created_at", ["seconds", "missing", "an hour slow", "milliseconds"])
def test_without_metadata_a_lost_answer_is_decided_by_a_person_in_every_later_command_too(
    service: SecondServer, created_at: Any
) -> None:
    service.bugs.metadata = "dropped"
    service.bugs.created_at = created_at
    service.bugs.lost_answers = [503]
    for _ in range(2):
        text = create(service)
        assert isinstance(text, str)
        assert "adopt_job_id" in text
    assert len(service.jobs) == 1


@pytest.mark.parametrize("metadata", ["upper case", "cut at 20"])
def test_pairs_that_come_back_changed_never_make_a_second_job(service: SecondServer, metadata: Any) -> None:
    service.bugs.metadata = metadata
    create(service)
    create(service)
    assert len(service.jobs) == 1


@pytest.mark.parametrize("created_at", ["seconds", "milliseconds", "missing"])
@pytest.mark.parametrize("pages", ["honest", "last page again"])
def test_a_lost_state_finds_its_job_among_foreign_ones(
    service: SecondServer, created_at: Any, pages: Any
) -> None:
    service.bugs.ignores_filter = True
    service.bugs.created_at = created_at
    job_id, _ = created(service)
    for number in range(150):
        foreign = service.jobs[job_id] | {"id": f"foreign-{number}", "metadata": None, "seed": number + 100}
        service.jobs[f"foreign-{number}"] = foreign
    service.bugs.pages = pages
    assert created(service)[0] == job_id
    assert len(service.jobs) == 151


@pytest.mark.parametrize("named", [True, False])
def test_a_model_that_cannot_be_proven_to_exist_is_not_trained_again(
    service: SecondServer, named: bool
) -> None:
    service.bugs.models_route = False
    job_id, _ = created(service)
    service.finish(job_id)
    if not named:
        service.jobs[job_id]["fine_tuned_model"] = None
    create(service)
    assert list(service.jobs) == [job_id]


def test_a_page_of_html_with_a_404_makes_no_job_gone(service: SecondServer) -> None:
    state = created(service)
    service.bugs.not_found = "html"
    service.bugs.hidden = True
    delete(service, state)
    with running_host(settings(service.url), preamble=FAST_SLEEP) as host, pytest.raises(Failed):
        host.read(JOB, *state)
    service.bugs.hidden = False
    assert "cancelled" in delete(service, state)
    assert service.unfinished() == []


def test_destroy_says_an_error_where_only_the_proxy_answered(service: SecondServer) -> None:
    state = created(service)
    service.bugs.not_found, service.bugs.hidden = "html", True
    assert "gone" not in delete(service, state)


def test_twins_are_one_job_after_the_next_command(service: SecondServer) -> None:
    job_id, outs = created(service)
    service.jobs["twin"] = service.jobs[job_id] | {"id": "twin", "created_at": 2_000_000_000}
    delete(service, (job_id, outs))
    assert service.unfinished() == []
