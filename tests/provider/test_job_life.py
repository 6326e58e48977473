"""A job in the real provider process: check, diff, create, read, update, delete."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.provider.conftest import Own
from tests.support.engine import UNKNOWN, Failed, Host, hidden, running_host, settings
from tests.support.server import Server

JOB = "FineTuningJob"


def test_a_job_from_declaration_to_cancel(host: Host, own: Own, server: Server) -> None:
    checked = host.check(JOB, own.job(seed=3, suffix="support"))
    assert checked.failures == []
    job_id, outs = host.create(JOB, checked.inputs)
    assert outs["seed"] == 3
    assert outs["status"] == "validating_files"
    assert not host.diff(JOB, job_id, outs, checked.inputs).changes
    again_id, again = host.read(JOB, job_id, outs)
    assert (again_id, again["model"]) == (job_id, outs["model"])
    assert not host.diff(JOB, job_id, again, checked.inputs).changes
    with running_host(settings(server)) as later:
        later.delete(JOB, job_id, again)
        assert any(f"cancelled job {job_id}" in line for line in later.said(own.urn()))
    assert server.job(job_id)["status"] == "cancelled"


def test_every_number_comes_back_whole(host: Host, own: Own, server: Server) -> None:
    method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3.0, "batch_size": 1.0}}}
    host.create(JOB, own.job(seed=7.0, method=method))
    sent = server.posts()[-1]["body"]
    text = str(sent)
    assert "3.0" not in text
    assert "7.0" not in text


def test_a_gateway_that_drops_fields_is_noticed_on_the_job_s_row(
    host: Host, own: Own, server: Server
) -> None:
    server.fault("drop_fields", fields=["metadata", "method", "suffix"], count=None)
    method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}}
    job_id, outs = host.create(JOB, own.job(method=method, suffix="support"))
    (said,) = [line for line in host.said(own.urn()) if "is not what was declared" in line]
    assert "n_epochs is auto" in said
    assert f"`ftjobs cancel {job_id}`" in said
    same = own.job(method=method, suffix="support", training_file=outs["training_file"])
    with running_host(settings(server)) as later, pytest.raises(Failed, match=f'adopt_job_id="{job_id}"'):
        later.create(JOB, same)
    assert len(server.posts()) == 1


def test_create_returns_with_the_id_and_does_not_wait(host: Host, own: Own, server: Server) -> None:
    file_id = own.job()["training_file"]
    names = [f"{own.name}-{number}" for number in range(5)]
    inputs = [own.job(training_file=file_id) | hidden(JOB, name, stack=own.stack) for name in names]
    server.clear_journal()
    with ThreadPoolExecutor(6) as pool:
        creates = [pool.submit(host.create, JOB, item) for item in inputs]
        check = pool.submit(host.check, JOB, inputs[0])
        ids = {create.result()[0] for create in creates}
        assert check.result().failures == []
    assert len(ids) == 5
    calls = server.calls()
    assert calls.count("POST /fine_tuning/jobs") == 5
    assert not [call for call in calls if call.startswith("GET /fine_tuning/jobs/")], "nothing looks again"
    assert {server.job(job_id)["status"] for job_id in ids} == {"validating_files"}


def test_a_second_create_of_the_same_declaration_takes_the_job_over(
    host: Host, own: Own, server: Server
) -> None:
    inputs = own.job()
    first, _outs = host.create(JOB, inputs)
    with running_host(settings(server)) as later:
        second, _outs = later.create(JOB, inputs)
        assert any(f"adopted job {first}" in line for line in later.said(own.urn()))
    assert second == first
    assert len(server.posts()) == 1


def test_a_lost_answer_is_adopted_not_created_again(host: Host, own: Own, server: Server) -> None:
    inputs = own.job()
    server.fault("reset_after")
    job_id, _outs = host.create(JOB, inputs)
    assert len(server.posts()) == 1
    assert any("found again" in line for line in host.said(own.urn()))
    assert server.job(job_id)["status"] != "cancelled"


def test_an_older_declaration_s_running_job_is_cancelled_once_the_new_one_is_accepted(
    host: Host, own: Own, server: Server
) -> None:
    inputs = own.job(seed=1)
    old, _outs = host.create(JOB, inputs)
    new, _outs = host.create(JOB, {**inputs, "seed": 2})
    assert server.job(old)["status"] == "cancelled"
    assert server.job(new)["status"] != "cancelled"
    assert any(old in line and "supersedes" in line for line in host.said(own.urn()))


def test_retain_on_delete_keeps_the_older_job_running(host: Host, own: Own, server: Server) -> None:
    inputs = own.job(seed=1)
    old, _outs = host.create(JOB, inputs)
    host.create(JOB, {**inputs, "seed": 2, **own.program(JOB, retain=True)})
    assert server.job(old)["status"] != "cancelled"


def test_a_refused_create_has_not_cancelled_the_old_job(host: Host, own: Own, server: Server) -> None:
    inputs = own.job(seed=1)
    old, _outs = host.create(JOB, inputs)
    server.fault("status", status=400, param="training_file")
    with pytest.raises(Failed):
        host.create(JOB, {**inputs, "seed": 2})
    assert server.job(old)["status"] != "cancelled"


@pytest.mark.parametrize(
    "name", ["model", "training_file", "seed", "suffix", "method", "metadata", "triggers"]
)
def test_a_value_that_is_not_known_yet_passes_the_check_and_comes_back_unknown(
    host: Host, own: Own, name: str
) -> None:
    checked = host.check(JOB, {**own.job(training_file="file-1"), name: UNKNOWN})
    assert checked.failures == []
    assert checked.inputs[name] == UNKNOWN


def test_an_unknown_inside_a_value_stays_where_it_was(host: Host, own: Own) -> None:
    method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": UNKNOWN}}}
    inputs = {**own.job(training_file="file-1"), "method": method, "metadata": {"k": UNKNOWN}}
    checked = host.check(JOB, inputs)
    assert checked.failures == []
    assert checked.inputs["method"] == method
    assert checked.inputs["metadata"] == {"k": UNKNOWN}


def test_a_changed_input_replaces_and_the_row_says_why(host: Host, own: Own) -> None:
    inputs = own.job(seed=1)
    job_id, outs = host.create(JOB, inputs)
    diffed = host.diff(JOB, job_id, outs, {**inputs, "seed": 2})
    assert (diffed.changes, diffed.replaces) == (True, ["seed"])
    assert any("seed: 1 -> 2. Retrains, or adopts" in line for line in host.said(own.urn()))


def test_another_job_to_take_over_replaces_and_the_row_says_that_nothing_is_created(
    host: Host, own: Own
) -> None:
    inputs = own.job(seed=1)
    job_id, _ = host.create(JOB, inputs)
    inputs = {**inputs, "adopt_job_id": job_id}
    adopted, outs = host.create(JOB, inputs)
    diffed = host.diff(JOB, adopted, outs, {**inputs, "adopt_job_id": "ftjob-2"})
    assert (diffed.changes, diffed.replaces) == (True, ["adopt_job_id"])
    assert "adopt_job_id: changed. Adopts job ftjob-2; no job is created" in "".join(host.said(own.urn()))


def test_labels_are_an_update_that_says_what_the_service_keeps(host: Host, own: Own, server: Server) -> None:
    inputs = own.job()
    job_id, outs = host.create(JOB, inputs)
    news = {**inputs, "metadata": {"team": "support"}}
    diffed = host.diff(JOB, job_id, outs, news)
    assert (diffed.changes, diffed.replaces) == (True, [])
    updated = host.update(JOB, job_id, outs, news)
    assert not host.diff(JOB, job_id, updated, news).changes
    assert any(line.startswith("metadata: recorded here") for line in host.said(own.urn()))
    assert len(server.posts()) == 1


def test_three_mistakes_are_three_failures_that_name_no_engine_property(host: Host, own: Own) -> None:
    checked = host.check(JOB, {"seed": -1, "suffix": 5, **own.program(JOB)})
    assert len(checked.failures) >= 3
    assert set(checked.properties) == {""}, "the engine prints the value of a named property"


def test_pause_and_resume(host: Host, own: Own, server: Server) -> None:
    inputs = own.job()
    job_id, outs = host.create(JOB, inputs)
    assert host.update(JOB, job_id, outs, {**inputs, "paused": True})["status"] == "validating_files"
    assert any("it can be paused once it is running" in line for line in host.said(own.urn()))
    server.clock(advance=90)
    assert server.job(job_id)["status"] == "running"
    paused = host.update(JOB, job_id, outs, {**inputs, "paused": True})
    assert server.job(job_id)["status"] == "paused"
    assert not host.diff(JOB, job_id, paused, {**inputs, "paused": True}).changes
    host.update(JOB, job_id, paused, {**inputs, "paused": False})
    assert server.job(job_id)["status"] != "paused"


def test_a_new_job_that_cannot_be_paused_yet_says_so_and_the_setting_stays_open(
    host: Host, own: Own, server: Server
) -> None:
    inputs = host.check(JOB, own.job(paused=True)).inputs
    job_id, outs = host.create(JOB, inputs)
    when = "it can be paused once it is running and has made its first step. Run `pulumi up` again then"
    said = [line for line in host.said(own.urn()) if line.startswith("paused: ")]
    assert said == [f"paused: job {job_id} is validating_files; {when}"]
    assert host.diff(JOB, job_id, outs, inputs).changes
    assert host.said(own.urn())[-1] == ("paused: declared as True; last known status: validating_files")
    server.clock(advance=90)
    paused = host.update(JOB, job_id, outs, inputs)
    assert paused["status"] == server.job(job_id)["status"] == "paused"
    assert not host.diff(JOB, job_id, paused, inputs).changes
    server.act(job_id, "resume")
    _, read = host.read(JOB, job_id, paused)
    assert host.diff(JOB, job_id, read, inputs).changes, "resumed elsewhere"


def test_an_adopted_job_that_runs_is_paused_at_once(host: Host, own: Own, server: Server) -> None:
    inputs = own.job()
    job_id, _outs = host.create(JOB, inputs)
    server.clock(advance=90)
    with running_host(settings(server)) as later:
        _, outs = later.create(JOB, {**inputs, "paused": True})
    assert outs["status"] == server.job(job_id)["status"] == "paused"
    _, outs = host.create(JOB, {**inputs, "paused": False, "adopt_job_id": job_id})
    assert outs["status"] == server.job(job_id)["status"] != "paused"
    assert len(server.posts()) == 1


def test_a_job_that_is_over_paused_is_satisfied_and_the_state_learns_its_end(
    host: Host, own: Own, server: Server
) -> None:
    inputs = host.check(JOB, own.job(paused=True)).inputs
    job_id, outs = host.create(JOB, inputs)
    assert host.diff(JOB, job_id, outs, inputs).changes
    server.act(job_id, "succeed")
    updated = host.update(JOB, job_id, outs, inputs)
    assert updated["status"] == "succeeded"
    assert f"paused: job {job_id} is over (succeeded), there is nothing to pause" in host.said(own.urn())
    assert not host.diff(JOB, job_id, updated, inputs).changes


def test_a_refresh_shows_that_a_job_declared_as_paused_is_not(host: Host, own: Own, server: Server) -> None:
    inputs = own.job(paused=True)
    job_id, outs = host.create(JOB, inputs)
    with running_host(settings(server)) as later:
        _, read = later.read(JOB, job_id, outs)
        assert later.diff(JOB, job_id, read, inputs).changes
    assert server.job(job_id)["status"] == "validating_files", "nothing was paused"
    assert not host.diff(JOB, job_id, {**read, "status": "paused"}, inputs).changes


def test_a_pause_before_the_first_step_says_when_it_is_possible(host: Host, own: Own, server: Server) -> None:
    inputs = own.job()
    job_id, outs = host.create(JOB, inputs)
    server.clock(advance=90)
    server.fault("status", path="/fine_tuning/jobs/*/pause", status=400, message="Not before its first step.")
    updated = host.update(JOB, job_id, outs, {**inputs, "paused": True})
    assert updated["status"] == "running"
    host.check(JOB, {**inputs, "paused": True}, inputs)
    assert host.diff(JOB, job_id, updated, {**inputs, "paused": True}).changes, "the next update asks again"
    assert host.said(own.urn())[0] == (
        f"paused: asking job {job_id} to pause (HTTP 400): Not before its first step; it can be paused once it is "
        "running and has made its first step. Run `pulumi up` again then"
    )


def test_a_pause_whose_answer_was_lost_counts(host: Host, own: Own, server: Server) -> None:
    inputs = own.job()
    job_id, outs = host.create(JOB, inputs)
    server.clock(advance=90)
    server.fault("reset_after", path="/fine_tuning/jobs/*/pause")
    updated = host.update(JOB, job_id, outs, {**inputs, "paused": True})
    assert updated["status"] == "paused"


def test_adopt_job_id_takes_a_job_over_and_creates_nothing(host: Host, own: Own, server: Server) -> None:
    inputs = own.job()
    theirs, _outs = host.create(JOB, inputs)
    server.clear_journal()
    job_id, outs = host.create(JOB, {**inputs, "adopt_job_id": theirs, "metadata": {"k": "v"}})
    assert job_id == theirs
    assert server.posts() == []
    assert not host.diff(JOB, job_id, outs, {**inputs, "metadata": {"k": "v"}}).changes


def test_adopt_job_id_names_every_difference_the_service_tells(
    host: Host, own: Own, server: Server, answers: str
) -> None:
    theirs, _outs = host.create(JOB, own.job(suffix="one"))
    other = own.job(adopt_job_id=theirs, model="gpt-4.1-2025-04-14", suffix="two")
    with pytest.raises(Failed) as raised:
        host.create(JOB, other)
    last = str(raised.value).strip().splitlines()[-1]
    assert "model" in last
    assert ("suffix" in last) == (answers == "wild")  # the published schema has no word for the suffix
    assert "no job was created" in last
    assert len(server.posts()) == 1


def test_a_renamed_job_is_not_superseded_by_another_one_under_its_old_name(
    host: Host, own: Own, server: Server
) -> None:
    """Its pairs still have the old name."""
    inputs = own.job(seed=1)
    job_id, outs = host.create(JOB, inputs)
    renamed = {**inputs, **own.program(JOB, urn=f"{own.urn()}-b")}
    with running_host(settings(server)) as later:
        later.check(JOB, renamed)
        assert not later.diff(JOB, job_id, outs, renamed).changes
        another = later.create(JOB, later.check(JOB, {**inputs, "seed": 2}).inputs)[0]
    assert {server.job(one)["status"] for one in (job_id, another)} == {"validating_files"}


def test_a_job_that_another_resource_keeps_is_not_adopted(host: Host, own: Own, server: Server) -> None:
    inputs = own.job(seed=1)
    job_id, outs = host.create(JOB, inputs)
    renamed = {**inputs, **own.program(JOB, urn=f"{own.urn()}-b")}
    with running_host(settings(server)) as later:
        later.check(JOB, renamed)
        later.diff(JOB, job_id, outs, renamed)
        other = later.create(JOB, later.check(JOB, inputs).inputs)[0]
    assert other != job_id
    assert {server.job(one)["status"] for one in (job_id, other)} == {"validating_files"}
