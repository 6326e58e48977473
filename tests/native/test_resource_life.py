"""What each call of the engine does, against a real service on loopback."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.native.plugin_driver import (
    UNKNOWN,
    Driver,
    Refused,
    Values,
    reference,
    running_plugin,
    secret,
    settings,
)
from tests.support.keys import KEY, OTHER_KEY
from tests.support.rows import MODEL
from tests.support.server import Server

JOB, FILE, TUNED, PERMISSION = "FineTuningJob", "FineTuningFile", "FineTunedModel", "CheckpointPermission"


def job_on(plugin: Driver, data: str, **more: Any) -> tuple[str, Values, Values]:
    """A job that exists: its id, outputs and checked inputs."""
    file_id, _, _ = plugin.made(FILE, {"path": data}, name="data")
    rows = reference(plugin.urn(FILE, "data"), file_id)
    return plugin.made(JOB, {"model": MODEL, "trainingData": rows, "seed": 1, **more})


def ended(server: Server, job_id: str, action: str = "succeed") -> None:
    server.act(job_id, action)


def test_a_job_is_created_once_with_the_services_values_in_camel_case(
    plugin: Driver, server: Server, project: str, data: str
) -> None:
    job_id, outputs, inputs = job_on(plugin, data)

    assert [job["id"] for job in server.jobs(project)] == [job_id]
    assert inputs["trainingFileDigest"].startswith("v1:")
    assert outputs["trainingFile"] == inputs["trainingFile"]
    assert outputs["object"] == "fine_tuning.job"
    assert {"id", "__program"}.isdisjoint(outputs)


def test_the_first_preview_knows_the_data_that_a_job_refers_to(plugin: Driver, data: str) -> None:
    plugin.check(FILE, {"path": data}, name="data")

    checked = plugin.check(
        JOB, {"model": MODEL, "trainingData": reference(plugin.urn(FILE, "data"), ""), "seed": 1}
    )

    assert checked.failures == []
    assert checked.inputs["trainingFile"] == UNKNOWN
    assert checked.inputs["trainingFileDigest"].startswith("v1:")
    assert checked.inputs["estimatedTokens"] > 0
    _, outputs = plugin.create(JOB, checked.inputs, preview=True)
    assert (outputs["model"], outputs["status"]) == (MODEL, UNKNOWN)


def test_a_resource_where_its_id_is_expected_means_its_id(plugin: Driver, data: str) -> None:
    job_id, outputs, inputs = job_on(plugin, data)
    rows = reference(plugin.urn(FILE, "data"), inputs["trainingFile"])

    checked = plugin.check(JOB, {"model": MODEL, "trainingFile": rows, "seed": 1}, olds=inputs)
    tuned = plugin.check(TUNED, {"jobId": reference(plugin.urn(JOB), job_id)})

    assert (checked.inputs, checked.failures) == (inputs, [])
    assert not plugin.diff(JOB, job_id, outputs, inputs, checked.inputs).changes
    assert (tuned.inputs, tuned.failures) == ({"jobId": job_id}, [])


def test_nothing_changes_when_the_same_is_declared_again(plugin: Driver, data: str) -> None:
    job_id, outputs, inputs = job_on(plugin, data)

    assert not plugin.diff(JOB, job_id, outputs, inputs, inputs).changes


def test_a_replacement_names_the_property_path(plugin: Driver, data: str) -> None:
    job_id, outputs, inputs = job_on(plugin, data)
    method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 4}}}

    found = plugin.diff(JOB, job_id, outputs, inputs, {**inputs, "method": method, "seed": 2})

    assert found.replaces == ["method", "seed"]
    assert found.detailed == {
        "method.supervised.hyperparameters.n_epochs": "ADD_REPLACE",
        "seed": "UPDATE_REPLACE",
    }
    assert "Retrains" in plugin.said()


def test_ignored_data_changes_keep_the_recorded_file(plugin: Driver, data: str) -> None:
    job_id, outputs, inputs = job_on(plugin, data)
    other = reference(plugin.urn(FILE, "unseen"), "file-other")
    ignoring = {"model": MODEL, "seed": 1, "trainingData": other, "trainingFile": inputs["trainingFile"]}

    checked = plugin.check(JOB, ignoring, olds=inputs)

    assert checked.failures == []
    assert not plugin.diff(JOB, job_id, outputs, inputs, checked.inputs).changes


def test_a_file_and_its_data_are_not_declared_together(plugin: Driver, data: str) -> None:
    plugin.check(FILE, {"path": data}, name="data")
    both = {
        "model": MODEL,
        "trainingData": reference(plugin.urn(FILE, "data"), ""),
        "trainingFile": "file-x",
    }

    assert "trainingData: cannot be given together with trainingFile. Remove one of the two" in (
        plugin.check(JOB, both).failures
    )


def test_a_lost_state_gets_its_job_back(plugin: Driver, server: Server, project: str, data: str) -> None:
    job_id, _, inputs = job_on(plugin, data)

    again, _ = plugin.create(JOB, inputs)

    assert again == job_id
    assert len(server.jobs(project)) == 1


def test_a_model_waits_for_its_job_and_shows_how_far_it_is(plugin: Driver, server: Server, data: str) -> None:
    job_id, _, _ = job_on(plugin, data)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(plugin.made, TUNED, {"jobId": job_id})
        while "validating_files" not in plugin.said():
            assert not waiting.done(), waiting.result()
            time.sleep(0.05)
        ended(server, job_id)
        name, outputs, _ = waiting.result(30)

    assert name == outputs["name"]
    assert (outputs["jobId"], outputs["status"]) == (job_id, "succeeded")


def test_cancel_ends_a_wait_at_once_and_loses_nothing(plugin: Driver, server: Server, data: str) -> None:
    job_id, _, _ = job_on(plugin, data)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(plugin.made, TUNED, {"jobId": job_id})
        while "validating_files" not in plugin.said():
            time.sleep(0.05)
        started = time.monotonic()
        plugin.cancel()
        with pytest.raises(Refused, match=f"interrupted: stopped waiting for job {job_id}"):
            waiting.result(30)

    assert time.monotonic() - started < 5, "a wait ends with Cancel, not with the job"
    assert server.job(job_id)["status"] == "validating_files"


def test_a_timeout_ends_the_wait_and_not_the_job(plugin: Driver, server: Server, data: str) -> None:
    job_id, _, _ = job_on(plugin, data)
    inputs = plugin.check(TUNED, {"jobId": job_id}).inputs

    with pytest.raises(Refused, match=r"stopped waiting for job .* after 1s"):
        plugin.create(TUNED, inputs, timeout=1.0)

    assert server.job(job_id)["status"] == "validating_files"


def test_a_failed_job_has_no_model_and_says_why_in_one_line(
    plugin: Driver, server: Server, data: str
) -> None:
    job_id, _, _ = job_on(plugin, data)
    ended(server, job_id, "fail")

    with pytest.raises(Refused) as refused:
        plugin.made(TUNED, {"jobId": job_id})

    assert f"job {job_id} has failed" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [({"trainLossBelow": 1000}, None), ({"trainLossBelow": 0.0001}, "must be below 0.0001")],
)
def test_a_model_is_accepted_by_declared_bounds(
    plugin: Driver, server: Server, data: str, rules: Values, reason: str | None
) -> None:
    job_id, _, _ = job_on(plugin, data)
    ended(server, job_id)

    if reason is None:
        assert plugin.made(TUNED, {"jobId": job_id, "accept": rules})[0].startswith("ft:")
    else:
        with pytest.raises(Refused, match=reason):
            plugin.made(TUNED, {"jobId": job_id, "accept": rules})


def test_a_job_is_imported_with_nothing_left_to_change(plugin: Driver, data: str) -> None:
    made, _, _ = job_on(plugin, data, metadata={"team": "a"}, suffix="support")

    job_id, outputs, inputs = plugin.read(JOB, made)
    checked = plugin.check(JOB, inputs, olds=inputs)

    assert job_id == made
    assert inputs["metadata"] == {"team": "a"}
    assert checked.failures == []
    assert not plugin.diff(JOB, job_id, outputs, inputs, checked.inputs).changes


def test_a_file_is_imported_although_its_rows_are_not_on_this_machine(plugin: Driver, data: str) -> None:
    made, first, _ = plugin.made(FILE, {"path": data})

    file_id, outputs, inputs = plugin.read(FILE, made)
    checked = plugin.check(FILE, inputs, olds=inputs)

    assert (file_id, outputs["rowsDigest"]) == (made, first["rowsDigest"])
    assert checked.failures == []
    assert not plugin.diff(FILE, file_id, outputs, inputs, checked.inputs).changes


@pytest.mark.parametrize("by", ["its job", "its name"])
def test_a_model_is_imported_by_its_job_or_its_name(
    plugin: Driver, server: Server, data: str, by: str
) -> None:
    job_id, _, _ = job_on(plugin, data)
    ended(server, job_id)
    name, _, _ = plugin.made(TUNED, {"jobId": job_id})

    imported, outputs, inputs = plugin.read(TUNED, job_id if by == "its job" else name)

    assert (imported, inputs) == (name, {"jobId": job_id})
    assert not plugin.diff(TUNED, name, outputs, inputs, plugin.check(TUNED, inputs).inputs).changes


def test_a_permission_is_imported_by_its_checkpoint_and_project(
    plugin: Driver, server: Server, data: str
) -> None:
    job_id, _, _ = job_on(plugin, data)
    ended(server, job_id)
    listed = plugin.invoke("getFineTuningJobCheckpoints", {"id": job_id})["checkpoints"]
    declared = {"checkpoint": listed[0]["fineTunedModelCheckpoint"], "projectId": "proj_b"}
    made, _, _ = plugin.made(PERMISSION, declared)

    found, outputs, inputs = plugin.read(PERMISSION, f"{declared['checkpoint']}/proj_b")

    assert (found, inputs) == (made, declared)
    assert not plugin.diff(PERMISSION, made, outputs, inputs, plugin.check(PERMISSION, inputs).inputs).changes
    with pytest.raises(Refused, match="project proj_c has no permission for checkpoint"):
        plugin.read(PERMISSION, f"{declared['checkpoint']}/proj_c")
    with pytest.raises(Refused, match="as CHECKPOINT/PROJECT_ID"):
        plugin.read(PERMISSION, made)


def test_an_unknown_job_is_not_imported(plugin: Driver) -> None:
    with pytest.raises(Refused, match="404"):
        plugin.read(JOB, "ftjob-unknown")


def test_a_secret_input_stays_secret_in_the_outputs(plugin: Driver, data: str) -> None:
    file_id, _, _ = plugin.made(FILE, {"path": data}, name="data")

    checked = plugin.check(JOB, {"model": MODEL, "trainingFile": file_id, "suffix": secret("zebra")})
    _, outputs = plugin.create(JOB, checked.inputs)

    assert checked.inputs["suffix"] == secret("zebra")
    assert outputs["suffix"] == secret("zebra")
    assert "zebra" not in plugin.said()


def test_rows_that_are_declared_stay_out_of_the_inputs(plugin: Driver, tmp_path: Any) -> None:
    rows = [
        {"messages": [{"role": "user", "content": f"Shade {n}?"}, {"role": "assistant", "content": "zebra"}]}
        for n in range(12)
    ]

    checked = plugin.check(FILE, {"content": rows})

    assert checked.failures == []
    assert checked.inputs["rows"] == 12
    assert "zebra" not in str(checked.inputs)


def test_a_state_of_the_dynamic_provider_is_the_same_job(plugin: Driver, data: str) -> None:
    job_id, outputs, inputs = job_on(plugin, data)
    dynamic = {
        **{_snake(name): value for name, value in outputs.items()},
        "__provider": "pickled",
        "__program": {"urn": "urn", "stack": "v1:other"},
    }

    assert not plugin.diff(JOB, job_id, dynamic, {}, inputs).changes
    assert "run `pulumi up --refresh --run-program`" in plugin.said()
    _, refreshed, _ = plugin.read(JOB, job_id, dynamic, inputs)
    assert {"__provider", "__program", "training_file"}.isdisjoint(refreshed)
    assert refreshed["trainingFile"] == outputs["trainingFile"]


def test_destroying_an_unfinished_job_cancels_it(plugin: Driver, server: Server, data: str) -> None:
    job_id, outputs, _ = job_on(plugin, data)
    with running_plugin(_environment(server, job_id), plugin.stack) as later:
        later.configure({"stackId": plugin.stack})
        later.delete(JOB, job_id, outputs)

        assert server.job(job_id)["status"] == "cancelled"
        assert f"cancelled job {job_id}" in later.said()


def test_a_timeout_of_a_delete_keeps_a_job_whose_cancel_does_not_show(
    plugin: Driver, server: Server, data: str
) -> None:
    job_id, outputs, _ = job_on(plugin, data)
    server.settings(cancel="async", cancel_delay=600.0)
    with running_plugin(_environment(server, job_id), plugin.stack) as later:
        later.configure({"stackId": plugin.stack})
        with pytest.raises(
            Refused, match=r"accepted the cancel but is still \w+ after 1s; run the command again"
        ):
            later.delete(JOB, job_id, outputs, timeout=1.0)


def test_cancel_ends_the_wait_for_a_delete_s_effect(plugin: Driver, server: Server, data: str) -> None:
    job_id, outputs, _ = job_on(plugin, data)
    server.settings(cancel="async", cancel_delay=600.0)
    with running_plugin(_environment(server, job_id), plugin.stack) as later, ThreadPoolExecutor(1) as pool:
        later.configure({"stackId": plugin.stack})
        deleting = pool.submit(later.delete, JOB, job_id, outputs)
        while f"POST /fine_tuning/jobs/{job_id}/cancel" not in server.calls():
            time.sleep(0.05)
        later.cancel()
        with pytest.raises(Refused, match="stopped waiting for a cancel to take effect; it was sent"):
            deleting.result(30)


def _environment(server: Server, job_id: str) -> dict[str, str]:
    project = server.job(job_id)["project"].rpartition("/")[2]
    return {**settings(server), "OPENAI_PROJECT_ID": project}


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)


def test_the_key_of_today_is_used_on_a_destroy(server: Server, project: str, stack_name: str) -> None:
    today = {
        "PULUMI_CONFIG": f'{{"ftjobs:apiKey": "{KEY}", "ftjobs:stackId": "{stack_name}"}}',
        "OPENAI_BASE_URL": server.url,
        "OPENAI_PROJECT_ID": project,
    }
    server.settings(keys={KEY: ""})
    with running_plugin(today, stack_name) as plugin:
        plugin.configure({"apiKey": OTHER_KEY, "stackId": stack_name})
        assert plugin.invoke("getFineTuningJobs", {}) == {"ids": [], "jobs": []}
        plugin.configure({"apiKey": OTHER_KEY, "stackId": stack_name}, name="declared")
        with pytest.raises(Refused, match="401"):
            plugin.invoke("getFineTuningJobs", {})


def test_wrong_settings_are_reported_before_any_resource(server: Server, stack_name: str) -> None:
    today = {"PULUMI_CONFIG": '{"ftjobs:baseURL": "http://x", "ftjobs:wait": "maybe"}'}
    with running_plugin(settings(server) | today, stack_name) as plugin:
        problems = plugin.check_config({"wait": "maybe", "maxActiveJobs": "many"})

        assert [problem.partition(" must be ")[0] for problem in problems] == [
            "ftjobs:maxActiveJobs",
            "ftjobs:wait",
        ]
        assert (
            "ftjobs:baseURL: is not a setting and has no effect; did you mean ftjobs:baseUrl?"
            in plugin.said()
        )
        assert "ftjobs:maxActiveJobs must be" in plugin.check_config({"maxActiveJobs": "many"}, "eu")[0]


def test_on_pulumi_cloud_the_organization_is_asked_for_and_not_guessed(
    server: Server, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pulumi_ftjobs.operations.backend_url import backend_url  # noqa: PLC0415 - its cache is emptied

    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://api.pulumi.com")
    backend_url.cache_clear()
    try:
        with running_plugin(settings(server), "dev") as plugin:
            plugin.configure({})
            assert any(
                "ftjobs:pulumiOrganization" in line for line in plugin.check(FILE, {"path": data}).failures
            )
            plugin.configure({"pulumiOrganization": "acme"})
            assert plugin.check(FILE, {"path": data}).failures == []
    finally:
        backend_url.cache_clear()


def test_functions_answer_with_names_in_camel_case(plugin: Driver, server: Server, data: str) -> None:
    job_id, _, _ = job_on(plugin, data)
    ended(server, job_id)
    name, _, _ = plugin.made(TUNED, {"jobId": job_id})

    assert plugin.invoke("getFineTuningJob", {"id": job_id})["fineTunedModel"] == name
    assert plugin.invoke("getFineTuningJobs", {"status": "succeeded"})["jobs"][0]["fineTunedModel"] == name
    assert plugin.invoke("getFineTuningJobEvents", {"id": job_id, "limit": 2})["events"][0]["createdAt"] > 0
    assert (
        "fineTunedModelCheckpoint"
        in (plugin.invoke("getFineTuningJobCheckpoints", {"id": job_id})["checkpoints"][0])
    )
    assert plugin.invoke("getModel", {"name": name})["id"] == name
    with pytest.raises(Refused, match="limit"):
        plugin.invoke("getFineTuningJobs", {"limit": -1})


def test_awaiting_a_job_answers_at_once_in_a_preview_and_at_the_end_in_an_update(
    plugin: Driver, server: Server, data: str
) -> None:
    job_id, _, _ = job_on(plugin, data)

    assert plugin.invoke("awaitJob", {"jobId": job_id}, preview=True)["status"] == "validating_files"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(plugin.invoke, "awaitJob", {"jobId": job_id})
        ended(server, job_id)
        assert waiting.result(30)["status"] == "succeeded"
    with pytest.raises(Refused, match="timeout: must be a time"):
        plugin.invoke("awaitJob", {"jobId": job_id, "timeout": "soon"})


def test_jobs_beyond_the_accounts_limit_wait_for_a_slot(
    plugin: Driver, server: Server, project: str, data: str, stack_name: str
) -> None:
    plugin.configure({"stackId": stack_name, "maxActiveJobs": "1"})
    first, _, inputs = job_on(plugin, data)
    second = plugin.check(JOB, {**inputs, "seed": 2}, name="b").inputs
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(plugin.create, JOB, second, name="b")
        while "waiting for a slot (1 of 1 jobs active" not in plugin.said():
            assert not waiting.done()
            time.sleep(0.05)
        assert len(server.jobs(project)) == 1
        with pytest.raises(Refused, match=r"no slot was free within 1s .* no job was created"):
            plugin.create(JOB, {**second, "seed": 3}, name="c", timeout=1.0)
        assert len(server.jobs(project)) == 1
        ended(server, first)
        waiting.result(30)

    assert len(server.jobs(project)) == 2


def test_sixty_four_callers_at_a_time_do_not_stall(
    plugin: Driver, server: Server, project: str, data: str
) -> None:
    file_id, _, _ = plugin.made(FILE, {"path": data}, name="data")
    server.fault("delay", path="/fine_tuning/jobs", count=None, seconds=0.05)
    inputs = plugin.check(JOB, {"model": MODEL, "trainingFile": file_id}).inputs
    server.clear_journal()
    gate = threading.Barrier(64)

    def create(number: int) -> str:
        gate.wait()
        return plugin.create(JOB, {**inputs, "seed": number}, name=f"job{number}")[0]

    with ThreadPoolExecutor(64) as pool:
        ids = set(pool.map(create, range(64)))

    assert len(ids) == 64 == len(server.jobs(project))
    assert server.connections() <= 32 + 4, "the operator's own requests count too"


def test_a_superseded_job_is_cancelled_when_the_engine_deletes_it_and_not_before(
    plugin: Driver, server: Server, data: str
) -> None:
    """No plugin is sent the option to retain on delete."""
    old, outputs, inputs = job_on(plugin, data)
    changed = {**inputs, "seed": 2}
    with running_plugin(_environment(server, old), plugin.stack) as later:
        later.configure({"stackId": plugin.stack})
        assert later.diff(JOB, old, outputs, inputs, changed).replaces
        later.create(JOB, changed)
        assert server.job(old)["status"] == "validating_files"
        assert f"to cancel it now: `ftjobs cancel {old}`" in later.said()

        later.delete(JOB, old, outputs)
        assert server.job(old)["status"] == "cancelled"
