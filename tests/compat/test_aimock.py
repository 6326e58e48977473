"""The provider's core against an independent server: aimock (`@copilotkit/aimock`, npm).

What it does otherwise than the service, found here: every read of a job moves it one state on, the metadata filter is
ignored, a create may not carry the settings of another method, and there are no checkpoints, pauses, permissions, model
routes or checks of keys and files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from pulumi_ftjobs.api.client import Client
from tests.support.aimock import installed, running_aimock
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.engine import FAST_SLEEP, Host, hidden, running_host, settings
from tests.support.gateway import gateway
from tests.support.rows import MODEL, rows, upload

pytestmark = pytest.mark.slow

JOB = "FineTuningJob"


@pytest.fixture(scope="module")
def aimock() -> Iterator[str]:
    executable = installed()
    if executable is None:
        reason = "needs aimock: scripts/install_test_tools.sh installs it where Node.js is"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with running_aimock(executable) as url:
        yield url


@pytest.fixture(scope="module")
def client(aimock: str) -> Iterator[Client]:
    found = make_client(aimock, Time())
    yield found
    found.close()


@pytest.fixture
def host(aimock: str) -> Iterator[Host]:
    with running_host(settings(aimock)) as found:
        yield found


def declaration(client: Client, name: str, **changes: object) -> dict[str, object]:
    return {"model": MODEL, "training_file": upload(client, rows(word=name)), **changes, **hidden(JOB, name)}


def test_a_job_is_created_read_to_its_end_and_left_alone_by_delete(
    aimock: str, host: Host, client: Client
) -> None:
    checked = host.check(JOB, declaration(client, "life", suffix="life"))
    assert checked.failures == []
    job_id, outs = host.create(JOB, checked.inputs)
    while client.job(job_id).status != "succeeded":
        pass
    with running_host(settings(aimock)) as later:
        _, outs = later.read(JOB, job_id, outs)
        assert not later.diff(JOB, job_id, outs, checked.inputs).changes
        later.delete(JOB, job_id, outs)

    assert outs["status"] == client.job(job_id).status == "succeeded"
    assert outs["fine_tuned_model"].startswith("ft:")


def test_a_running_job_is_cancelled_by_delete(aimock: str, host: Host, client: Client) -> None:
    inputs = host.check(JOB, declaration(client, "cancelled")).inputs
    job_id, outs = host.create(JOB, inputs)
    with running_host(settings(aimock)) as later:
        later.delete(JOB, job_id, outs)

    assert client.job(job_id).status == "cancelled"


def test_the_same_declaration_is_taken_over_though_the_filter_is_ignored(
    aimock: str, host: Host, client: Client
) -> None:
    inputs = host.check(JOB, declaration(client, "adopted")).inputs
    first, _ = host.create(JOB, inputs)
    before = len(list(client.jobs()))
    with running_host(settings(aimock)) as later:
        second, _ = later.create(JOB, inputs)

    assert second == first
    assert len(list(client.jobs())) == before


def test_an_answer_that_was_cut_is_one_job(aimock: str, client: Client) -> None:
    cut = iter([40])

    def change(call: str, answer: bytes) -> bytes:
        return answer[: next(cut, None)] if call == "POST /fine_tuning/jobs" else answer

    declared, before = declaration(client, "cut"), len(list(client.jobs()))
    with gateway(aimock, "/cut", change=change) as (url, _taken):
        for _ in range(2):
            with running_host(settings(url), preamble=FAST_SLEEP) as each:
                each.create(JOB, each.check(JOB, declared).inputs)
    assert len(list(client.jobs())) == before + 1


def test_a_changed_declaration_cancels_the_older_job_and_a_revert_adopts_a_finished_one(
    aimock: str, host: Host, client: Client
) -> None:
    first = declaration(client, "changed", seed=1)
    old, _ = host.create(JOB, host.check(JOB, first).inputs)
    with running_host(settings(aimock)) as later:
        new, _ = later.create(JOB, later.check(JOB, first | {"seed": 2}).inputs)
    assert client.job(old).status == "cancelled"
    while client.job(new).status != "succeeded":
        pass
    before = len(list(client.jobs()))
    with running_host(settings(aimock)) as reverted:
        assert reverted.create(JOB, reverted.check(JOB, first | {"seed": 2}).inputs)[0] == new
    assert len(list(client.jobs())) == before


def test_a_delete_ends_a_duplicate_too(aimock: str, host: Host, client: Client) -> None:
    job_id, outs = host.create(JOB, host.check(JOB, declaration(client, "twin")).inputs)
    job = next(job for job in client.jobs() if job.id == job_id).facts()
    body = {name: job[name] for name in ("model", "training_file", "metadata")}
    twin = client.create_job(body).id
    with running_host(settings(aimock)) as later:
        later.delete(JOB, job_id, outs)
    assert [client.job(one).status for one in (job_id, twin)] == ["cancelled", "cancelled"]


def test_a_job_that_is_not_there_is_gone(host: Host, client: Client) -> None:
    inputs = host.check(JOB, declaration(client, "gone")).inputs
    _, outs = host.create(JOB, inputs)

    assert host.read(JOB, "ftjob-never", outs)[0] == ""


def test_events_are_read(client: Client) -> None:
    created = client.create_job({"model": MODEL, "training_file": upload(client)})

    assert list(client.events(created.id))
