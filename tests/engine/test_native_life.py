"""The life of native resources, declared in YAML: preview, up, change, failure, refresh, import, destroy."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

from tests.engine.cli import MODEL, Result
from tests.engine.conftest import Corner
from tests.engine.yaml_stack import YamlStack, a_file, a_job, a_model, up_to_the_end
from tests.support.keys import KEY, OTHER_KEY


def detailed(shown: Result, name: str) -> dict[str, str]:
    """The detailed diff of one resource in a JSON preview: kinds by property path."""
    (step,) = [step for step in shown.json["steps"] if step["urn"].endswith(f"::{name}")]
    return {path: change["kind"] for path, change in (step.get("detailedDiff") or {}).items()}


def test_a_job_and_its_model_live_from_preview_to_destroy(yaml_stack: YamlStack, server: Corner) -> None:
    yaml_stack.declare({"data": a_file(), "a": a_job(), "m": a_model()}, {"model": "${m.name}"})

    offline = yaml_stack.preview(OPENAI_API_KEY="").ok()
    assert offline.totals == {"to create": 4}
    assert not server.journal()

    first = up_to_the_end(yaml_stack, server).ok()
    assert first.totals == {"created": 4}
    assert yaml_stack.resources("FineTunedModel")["m"]["outputs"]["status"] == "succeeded"

    server.clear_journal()
    assert yaml_stack.preview("--expect-no-changes").ok().totals == {"unchanged": 4}
    assert not server.journal()
    assert yaml_stack.refresh("--expect-no-changes").ok().totals == {"unchanged": 4}
    assert yaml_stack.job()["fineTunedModel"] == yaml_stack.resources("FineTunedModel")["m"]["id"]

    assert yaml_stack.destroy().ok().totals == {"deleted": 4}
    assert len(server.jobs()) == 1


def test_a_retraining_that_fails_keeps_the_old_model_and_says_why(
    yaml_stack: YamlStack, server: Corner
) -> None:
    outputs = {"model": "${m.name}"}
    yaml_stack.declare({"data": a_file(), "a": a_job(), "m": a_model()}, outputs)
    up_to_the_end(yaml_stack, server).ok()
    old = yaml_stack.resources("FineTunedModel")["m"]["id"]

    changed = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 4}}}
    yaml_stack.declare({"data": a_file(), "a": a_job(method=changed), "m": a_model()}, outputs)
    planned = yaml_stack.preview("--json").ok()
    assert detailed(planned, "a") == {"method.supervised.hyperparameters.n_epochs": "add-replace"}

    failed = up_to_the_end(yaml_stack, server, "fail")
    failed.failed("has failed", "Nothing trains again")
    assert "Traceback" not in failed.text
    assert yaml_stack.resources("FineTunedModel")["m"]["id"] == old

    again = yaml_stack.up()
    again.failed("has failed")
    assert len(server.jobs()) == 2, "a failed job trains again only when an input changes"
    assert yaml_stack.resources("FineTunedModel")["m"]["id"] == old


def test_existing_objects_are_imported_with_nothing_left_to_do(yaml_stack: YamlStack, server: Corner) -> None:
    yaml_stack.declare({"data": a_file(deletionPolicy="retain"), "a": a_job(), "m": a_model()})
    up_to_the_end(yaml_stack, server).ok()
    job_id, file_id = yaml_stack.job_id(), yaml_stack.resources("FineTuningFile")["data"]["id"]
    yaml_stack.lose_the_state()
    yaml_stack.declare({})

    for kind, name, identity in (
        ("FineTuningFile", "data", file_id),
        ("FineTuningJob", "a", job_id),
        ("FineTunedModel", "m", job_id),
    ):
        yaml_stack.run(
            "import",
            f"ftjobs:index:{kind}",
            name,
            identity,
            "--yes",
            "--protect=false",
            "--out",
            f"{name}.yaml",
        ).ok()
    generated = [
        yaml.safe_load((yaml_stack.folder / f"{name}.yaml").read_text()) for name in ("data", "a", "m")
    ]
    yaml_stack.declare({name: resource for one in generated for name, resource in one["resources"].items()})

    assert yaml_stack.preview("--expect-no-changes").ok().totals == {"unchanged": 4}
    assert len(server.jobs()) == 1


def test_package_add_takes_the_installed_executable(yaml_stack: YamlStack) -> None:
    yaml_stack.declare({})
    plugin = Path(sys.executable).with_name("pulumi-resource-ftjobs")

    added = yaml_stack.run("package", "add", str(plugin))

    # The last step is the language host's, and the one that can be built from Go modules lacks it.
    assert "Successfully generated an SDK for the ftjobs package" in added.text
    assert added.code == 0 or "linking package: method Link not implemented" in added.text
    assert "version: 0.1.0" in next((yaml_stack.folder / "sdks" / "ftjobs").iterdir()).read_text()


def test_every_mistake_is_reported_at_once_in_the_users_own_names(
    yaml_stack: YamlStack, server: Corner
) -> None:
    yaml_stack.config("ftjobs:profile", "openai")
    wrong = {"model": MODEL, "seed": -1, "suffix": "x" * 65, "maxEstimatedCostUsd": -2}
    yaml_stack.declare({"a": {"type": "ftjobs:FineTuningJob", "properties": wrong}})

    shown = yaml_stack.preview()

    shown.failed("trainingFile: is required", "seed:", "suffix:", "maxEstimatedCostUsd:")
    assert "Traceback" not in shown.text
    assert not server.posts()


def test_data_and_cost_are_checked_in_the_first_preview(yaml_stack: YamlStack) -> None:
    yaml_stack.config("ftjobs:prices", json.dumps({MODEL: 5}))
    yaml_stack.config("ftjobs:profile", "openai")
    for count, problem in ((3, "at least 10"), (12, "maxEstimatedCostUsd")):
        rows = [
            {"messages": [{"role": "user", "content": f"{n}?"}, {"role": "assistant", "content": "b"}]}
            for n in range(count)
        ]
        yaml_stack.declare(
            {
                "data": {"type": "ftjobs:FineTuningFile", "properties": {"content": rows}},
                "a": a_job(maxEstimatedCostUsd=0.0000001),
            }
        )
        yaml_stack.preview().failed(problem)


def test_a_secret_input_is_nowhere_in_clear(yaml_stack: YamlStack) -> None:
    owner = {"fn::secret": "zebracrossing"}
    yaml_stack.declare({"data": a_file(), "a": a_job(metadata={"owner": owner})})

    yaml_stack.up().ok()

    assert not yaml_stack.files_that_hold("zebracrossing")


def test_destroy_uses_the_key_of_today(yaml_stack: YamlStack, server: Corner) -> None:
    yaml_stack.config("ftjobs:apiKey", KEY, secret=True)
    yaml_stack.declare({"data": a_file(), "a": a_job()})
    yaml_stack.up(OPENAI_API_KEY="").ok()

    server.settings(keys={OTHER_KEY: ""})
    yaml_stack.config("ftjobs:apiKey", OTHER_KEY, secret=True)
    yaml_stack.destroy(OPENAI_API_KEY="").ok()

    assert [job["status"] for job in server.jobs()] == ["cancelled"]


def test_a_declared_providers_new_key_is_used_in_the_same_update(
    yaml_stack: YamlStack, server: Corner
) -> None:
    def declare(key: str, seed: int) -> None:
        account = {"apiKey": key, "baseUrl": server.url, "project": server.project}
        of_eu = {"options": {"provider": "${eu}"}}
        eu = {"type": "pulumi:providers:ftjobs", "properties": account}
        yaml_stack.declare({"eu": eu, "data": a_file() | of_eu, "a": a_job(seed=seed) | of_eu})

    declare(KEY, 1)
    yaml_stack.up(OPENAI_API_KEY="").ok()
    server.settings(keys={OTHER_KEY: ""})
    declare(OTHER_KEY, 2)
    yaml_stack.up(OPENAI_API_KEY="").ok()

    assert sorted(job["seed"] for job in server.jobs()) == [1, 2]
    assert yaml_stack.up(OPENAI_API_KEY="").ok().totals == {"unchanged": 4}


def test_awaiting_a_job_holds_no_worker_of_the_engine(yaml_stack: YamlStack, server: Corner) -> None:
    awaited = {"fn::invoke": {"function": "ftjobs:awaitJob", "arguments": {"jobId": "${a.id}"}}}
    model = {"type": "ftjobs:FineTunedModel", "properties": {"jobId": "${trained.jobId}"}}
    resources = {"data": a_file(), "a": a_job(), "m": model, "later": a_job(seed=2)}
    yaml_stack.declare(resources, variables={"trained": awaited})

    running = yaml_stack.start("up", "--yes", "--skip-preview", "--parallel", "1")
    running.until(lambda: len(server.jobs()) == 2, "the other job, while the first one is awaited")
    server.act(next(job["id"] for job in server.jobs() if job["seed"] == 1), "succeed")
    running.finish().ok()

    assert yaml_stack.resources("FineTunedModel")["m"]["outputs"]["status"] == "succeeded"


def test_a_replaced_job_is_cancelled_at_the_end_of_the_update_unless_it_is_retained(
    yaml_stack: YamlStack, server: Corner
) -> None:
    def declare(seed: int, *, retain: bool) -> None:
        job = a_job(seed=seed) | {"options": {"retainOnDelete": retain}}
        yaml_stack.declare({"data": a_file(), "a": job})

    declare(1, retain=True)
    yaml_stack.up().ok()
    retained = yaml_stack.job_id()
    declare(2, retain=False)
    yaml_stack.up().ok()
    assert {job["seed"]: job["status"] for job in server.jobs()} == {
        1: "validating_files",
        2: "validating_files",
    }
    declare(3, retain=False)
    shown = yaml_stack.up().ok()
    assert f"job {retained} of an earlier declaration is validating_files" in shown.text
    assert {job["seed"]: job["status"] for job in server.jobs()} == {
        1: "validating_files",
        2: "cancelled",
        3: "validating_files",
    }


def test_a_job_that_was_renamed_outlives_another_one_under_its_old_name(
    yaml_stack: YamlStack, server: Corner
) -> None:
    yaml_stack.declare({"data": a_file(), "a": a_job()})
    yaml_stack.up().ok()
    first = yaml_stack.job_id()
    renamed = a_job() | {"options": {"aliases": [yaml_stack.resources("FineTuningJob")["a"]["urn"]]}}
    yaml_stack.declare({"data": a_file(), "b": renamed})
    yaml_stack.up().ok()
    for seed in (2, 3):
        yaml_stack.declare({"data": a_file(), "b": a_job(), "a": a_job(seed=seed)})
        yaml_stack.up().ok()
    assert {job["seed"]: job["status"] for job in server.jobs()} == {
        1: "validating_files",
        2: "cancelled",
        3: "validating_files",
    }
    assert first in yaml_stack.ids().values()
