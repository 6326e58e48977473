"""Only a 404 of a service that deletes jobs empties the state; a delete ends in "over", or says why not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.provider.conftest import IMPATIENT, Own
from tests.support.engine import Failed, Host, running_host, settings
from tests.support.keys import OTHER_KEY
from tests.support.server import Server

JOB = "FineTuningJob"
OWN_PATH = "/fine_tuning/jobs"


@pytest.fixture
def made(host: Host, own: Own, server: Server) -> tuple[str, dict[str, Any]]:
    """A job made by another process than the one that reads and deletes it."""
    from pulumi_ftjobs.api.stack_index import StackIndex  # noqa: PLC0415
    from pulumi_ftjobs.api.submission import JobRequest  # noqa: PLC0415
    from pulumi_ftjobs.api.submit import Submitter  # noqa: PLC0415
    from pulumi_ftjobs.lifecycle.identity import declared_digests  # noqa: PLC0415
    from pulumi_ftjobs.lifecycle.job_outputs import job_outputs  # noqa: PLC0415

    props = own.job()
    submitter = Submitter(own.client, StackIndex(own.client, own.stack), own.stack, lambda _urn, _text: None)
    job = submitter.submit(JobRequest(props, own.urn())).job
    record: Any = {"declared": declared_digests(props), "target": own.client.target.identity}
    server.clear_journal()
    return job["id"], job_outputs(job, props, record)


TROUBLE: list[dict[str, Any]] = [
    *[{"kind": "status", "status": status} for status in (400, 401, 403, 408, 409, 429, 500, 502, 503)],
    {"kind": "html"},
    {"kind": "html", "status": 200},
    {"kind": "unreadable"},
    {"kind": "truncate"},
    {"kind": "reset_before"},
]


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda rule: f"{rule['kind']}-{rule.get('status', '')}")
def test_no_trouble_but_a_404_touches_the_state(
    host: Host, server: Server, made: tuple[str, dict[str, Any]], trouble: dict[str, Any]
) -> None:
    job_id, state = made
    server.fault(method="GET", path=OWN_PATH, count=None, **trouble)
    with pytest.raises(Failed) as raised:
        host.read(JOB, job_id, state)
    last = str(raised.value).strip().splitlines()[-1]
    assert "; " in last, "what to do now"


def test_a_job_that_is_gone_leaves_the_state(
    host: Host, server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    job_id, state = made
    server.settings(permanent_jobs=False)
    server.act(job_id, "vanish")
    assert host.read(JOB, job_id, state) == ("", {})


def test_a_service_that_never_deletes_jobs_is_not_believed(
    server: Server, made: tuple[str, dict[str, Any]], own: Own
) -> None:
    job_id, state = made
    server.act(job_id, "vanish")
    with running_host(settings(server, profile="openai"), preamble=IMPATIENT) as strict:
        for call in (strict.read, strict.delete):
            with pytest.raises(Failed) as raised:
                call(JOB, job_id, state)
            last = str(raised.value).strip().splitlines()[-1]
            assert "is not visible with this key" in last
            assert "pulumi state delete" in last
        assert strict.said(own.urn()) == []


def test_another_target_in_force_refuses_and_names_both(
    server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    job_id, state = made
    with running_host(settings(server, project="proj_other"), preamble=IMPATIENT) as elsewhere:
        for call in (elsewhere.read, elsewhere.delete):
            with pytest.raises(Failed) as raised:
                call(JOB, job_id, state)
            last = str(raised.value).strip().splitlines()[-1]
            assert f"lives at {server.url}," in last
            assert f"point to {server.url}?project=proj_other" in last
    assert server.journal() == []


def test_a_read_of_a_finished_job_brings_its_end(
    host: Host, server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    job_id, state = made
    server.act(job_id, "succeed")
    _id, outs = host.read(JOB, job_id, state)
    assert outs["status"] == "succeeded"
    assert outs["fine_tuned_model"].startswith("ft:")
    assert "error" not in outs


def test_a_get_of_a_job_that_is_not_there_is_an_error(host: Host, own: Own) -> None:
    with pytest.raises(Failed, match="HTTP 404"):
        host.read(JOB, "ftjob-nowhere", own.program(JOB, get=True))


def test_many_reads_are_answered_from_one_listing(
    host: Host, server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    job_id, state = made
    for _ in range(5):
        host.read(JOB, job_id, state)
    assert server.calls() == ["GET /fine_tuning/jobs"]


def said(host: Host, own: Own) -> str:
    (line,) = host.said(own.urn())
    return line


def test_a_delete_cancels_and_says_so(
    host: Host, own: Own, server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    job_id, state = made
    host.delete(JOB, job_id, state)
    assert server.job(job_id)["status"] == "cancelled"
    assert said(host, own).startswith(f"cancelled job {job_id} (validating_files before)")


@pytest.mark.parametrize(
    ("action", "words"), [("succeed", "succeeded"), ("fail", "failed"), ("cancel", "cancelled")]
)
def test_a_delete_of_a_job_that_is_over_has_nothing_to_do(
    host: Host, own: Own, server: Server, made: tuple[str, dict[str, Any]], action: str, words: str
) -> None:
    job_id, state = made
    server.act(job_id, action)
    host.delete(JOB, job_id, state)
    assert words in said(host, own)
    assert "nothing to cancel" in said(host, own)
    assert not [call for call in server.calls() if call.endswith("/cancel")]


def test_a_delete_of_a_job_that_is_gone_is_done(
    host: Host, own: Own, server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    job_id, state = made
    server.settings(permanent_jobs=False)
    server.act(job_id, "vanish")
    host.delete(JOB, job_id, state)
    assert said(host, own) == f"job {job_id} no longer exists at the service: there is nothing to cancel"


def test_an_asynchronous_cancel_is_waited_for(
    host: Host, own: Own, server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    job_id, state = made
    server.settings(cancel="async", cancel_delay=10.0)
    server.clock(per_poll=4.0)
    host.delete(JOB, job_id, state)
    assert server.job(job_id)["status"] == "cancelled"
    assert said(host, own).startswith(f"cancelled job {job_id}")
    assert server.calls().count(f"GET /fine_tuning/jobs/{job_id}") >= 2


def test_a_job_that_succeeds_before_its_cancel_arrives_is_over(
    host: Host, own: Own, server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    job_id, state = made
    still = {**server.job(job_id), "status": "running"}
    server.act(job_id, "succeed")
    listed = {"object": "list", "data": [still], "has_more": False}
    server.fault("status", "GET", OWN_PATH, status=200, body=listed)
    host.delete(JOB, job_id, state)
    assert "has succeeded before the cancel arrived" in said(host, own)


@pytest.mark.parametrize("status", [400, 403, 409, 422])
def test_a_refused_cancel_of_a_running_job_is_never_called_done(
    host: Host, own: Own, server: Server, made: tuple[str, dict[str, Any]], status: int
) -> None:
    job_id, state = made
    server.fault("status", "POST", f"{OWN_PATH}/*/cancel", status=status, count=None)
    with pytest.raises(Failed, match=f"HTTP {status}"):
        host.delete(JOB, job_id, state)
    assert host.said(own.urn()) == []
    assert server.job(job_id)["status"] != "cancelled"


@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "unreadable", "html"])
def test_a_cancel_whose_answer_is_lost_is_asked_again(
    host: Host, server: Server, made: tuple[str, dict[str, Any]], kind: str
) -> None:
    job_id, state = made
    server.fault(kind, "POST", f"{OWN_PATH}/*/cancel")
    host.delete(JOB, job_id, state)
    assert server.job(job_id)["status"] == "cancelled"


def test_an_id_that_this_process_made_is_not_taken_down(host: Host, own: Own, server: Server) -> None:
    inputs = own.job()
    job_id, outs = host.create(JOB, inputs)
    host.delete(JOB, job_id, outs)
    assert server.job(job_id)["status"] != "cancelled"
    assert ": still declared" in said(host, own)


def test_an_id_that_a_programs_diff_kept_is_not_taken_down(
    host: Host, own: Own, server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    job_id, state = made
    checked = host.check(JOB, {**own.job(training_file=state["training_file"])})
    assert not host.diff(JOB, job_id, state, checked.inputs).changes
    host.delete(JOB, job_id, state)
    assert server.job(job_id)["status"] != "cancelled"


def test_a_refreshs_diff_proves_nothing(
    host: Host, own: Own, server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    job_id, state = made
    host.diff(JOB, job_id, state, own.job(training_file=state["training_file"]))
    host.delete(JOB, job_id, state)
    assert server.job(job_id)["status"] == "cancelled"


def test_a_job_that_this_process_cancelled_is_not_taken_over_again(
    host: Host, own: Own, server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    """A forced replacement that deletes first: the listing of a moment ago still shows the job running."""
    job_id, state = made
    assert host.read(JOB, job_id, state)[0] == job_id
    host.delete(JOB, job_id, state)
    again, _outs = host.create(JOB, own.job(training_file=state["training_file"]))
    assert again != job_id
    assert server.job(again)["status"] != "cancelled"


def test_a_job_that_this_process_saw_gone_is_not_taken_over(
    host: Host, own: Own, server: Server, made: tuple[str, dict[str, Any]]
) -> None:
    job_id, state = made
    assert host.read(JOB, job_id, state)[0] == job_id
    server.settings(permanent_jobs=False)
    server.act(job_id, "vanish")
    host.delete(JOB, job_id, state)
    again, _outs = host.create(JOB, own.job(training_file=state["training_file"]))
    assert again != job_id


def test_a_404_with_another_key_than_the_one_it_was_made_with_is_not_believed(
    server: Server, host: Host, own: Own
) -> None:
    job_id, state = host.create(JOB, own.job())
    server.settings(permanent_jobs=False)
    server.act(job_id, "vanish")
    with running_host(settings(server, apiKey=OTHER_KEY), preamble=IMPATIENT) as other:
        for call in (other.read, other.delete):
            with pytest.raises(Failed) as raised:
                call(JOB, job_id, state)
            assert "last seen with another key" in str(raised.value)
    with running_host(settings(server), preamble=IMPATIENT) as same:
        assert same.read(JOB, job_id, state) == ("", {})


def test_a_rotated_key_that_sees_the_job_is_the_key_from_then_on(
    server: Server, host: Host, own: Own
) -> None:
    job_id, state = host.create(JOB, own.job())
    server.settings(permanent_jobs=False)
    with running_host(settings(server, apiKey=OTHER_KEY), preamble=IMPATIENT) as other:
        _id, seen = other.read(JOB, job_id, state)
    server.act(job_id, "vanish")
    with running_host(settings(server, apiKey=OTHER_KEY), preamble=IMPATIENT) as later:
        assert later.read(JOB, job_id, seen) == ("", {})


def test_many_deletes_share_one_listing_and_each_unfinished_job_needs_its_cancel_and_a_look(
    host: Host, own: Own, server: Server
) -> None:
    inputs = [own.job(seed=seed) | own.program(JOB) for seed in range(12)]
    for number, item in enumerate(inputs):
        item["__program"] = {"stack": own.stack, "urn": f"{own.urn()}-{number}"}
    made = [host.create(JOB, item) for item in inputs]
    for job_id, _outs in made[:6]:
        server.act(job_id, "succeed")
    with running_host(settings(server)) as later:
        server.clear_journal()
        for job_id, outs in made:
            later.delete(JOB, job_id, outs)
    calls = server.calls()
    assert calls.count("GET /fine_tuning/jobs") == 1
    assert len([call for call in calls if call.endswith("/cancel")]) == 6
    assert len(calls) == 13
