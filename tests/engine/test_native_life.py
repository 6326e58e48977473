"""The life of native resources, declared in YAML: preview, up, change, failure, refresh, import, destroy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.engine.cli import MODEL, Result
from tests.engine.conftest import Corner
from tests.engine.yaml_stack import YamlStack, a_file, a_job, a_model


@pytest.fixture
def stack(tmp_path: Path, server: Corner) -> Iterator[YamlStack]:
    """One YAML stack."""
    made = YamlStack(tmp_path / "yaml", url=server.url, scope=server.project, project="story", stack="test")
    with ExitStack() as opened:
        opened.callback(made.close)
        yield made


def up_to_the_end(stack: YamlStack, server: Corner, action: str = "succeed") -> Result:
    """Run an update that creates one job, and let the job end while its model waits."""
    before = {job["id"] for job in server.jobs()}
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: {job["id"] for job in server.jobs()} - before, "a job")
    (new,) = {job["id"] for job in server.jobs()} - before
    server.act(new, action)
    return running.finish()


def detailed(shown: Result, name: str) -> dict[str, str]:
    """The detailed diff of one resource in a JSON preview: kinds by property path."""
    (step,) = [step for step in shown.json["steps"] if step["urn"].endswith(f"::{name}")]
    return {path: change["kind"] for path, change in (step.get("detailedDiff") or {}).items()}


def test_a_job_and_its_model_live_from_preview_to_destroy(stack: YamlStack, server: Corner) -> None:
    stack.declare({"data": a_file(), "a": a_job(), "m": a_model()}, {"model": "${m.name}"})

    offline = stack.preview(OPENAI_API_KEY="").ok()
    assert offline.totals == {"to create": 4}
    assert not server.journal()

    first = up_to_the_end(stack, server).ok()
    assert first.totals == {"created": 4}
    assert stack.resources("FineTunedModel")["m"]["outputs"]["status"] == "succeeded"

    server.clear_journal()
    assert stack.preview("--expect-no-changes").ok().totals == {"unchanged": 4}
    assert not server.journal()
    assert stack.refresh("--expect-no-changes").ok().totals == {"unchanged": 4}
    assert stack.job()["fineTunedModel"] == stack.resources("FineTunedModel")["m"]["id"]

    assert stack.destroy().ok().totals == {"deleted": 4}
    assert len(server.jobs()) == 1


def test_a_retraining_that_fails_keeps_the_old_model_and_says_why(stack: YamlStack, server: Corner) -> None:
    outputs = {"model": "${m.name}"}
    stack.declare({"data": a_file(), "a": a_job(), "m": a_model()}, outputs)
    up_to_the_end(stack, server).ok()
    old = stack.resources("FineTunedModel")["m"]["id"]

    changed = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 4}}}
    stack.declare({"data": a_file(), "a": a_job(method=changed), "m": a_model()}, outputs)
    planned = stack.preview("--json").ok()
    assert detailed(planned, "a") == {"method.supervised.hyperparameters.n_epochs": "add-replace"}

    failed = up_to_the_end(stack, server, "fail")
    failed.failed("has failed", "Nothing trains again")
    assert "Traceback" not in failed.text
    assert stack.resources("FineTunedModel")["m"]["id"] == old

    again = stack.up()
    again.failed("has failed")
    assert len(server.jobs()) == 2, "a failed job trains again only when an input changes"
    assert stack.resources("FineTunedModel")["m"]["id"] == old


def test_existing_objects_are_imported_with_nothing_left_to_do(stack: YamlStack, server: Corner) -> None:
    stack.declare({"data": a_file(deletionPolicy="retain"), "a": a_job(), "m": a_model()})
    up_to_the_end(stack, server).ok()
    job_id, file_id = stack.job_id(), stack.resources("FineTuningFile")["data"]["id"]
    stack.lose_the_state()
    stack.declare({})

    for kind, name, identity in (
        ("FineTuningFile", "data", file_id),
        ("FineTuningJob", "a", job_id),
        ("FineTunedModel", "m", job_id),
    ):
        stack.run(
            "import",
            f"ftjobs:index:{kind}",
            name,
            identity,
            "--yes",
            "--protect=false",
            "--out",
            f"{name}.yaml",
        ).ok()
    found = {
        "data": stack.resources("FineTuningFile")["data"],
        "a": stack.resources("FineTuningJob")["a"],
        "m": stack.resources("FineTunedModel")["m"],
    }
    stack.declare(
        {name: {"type": r["type"], "properties": r["inputs"]} for name, r in found.items()},
    )

    assert stack.preview("--expect-no-changes").ok().totals == {"unchanged": 4}
    assert len(server.jobs()) == 1


def test_every_mistake_is_reported_at_once_in_the_users_own_names(stack: YamlStack, server: Corner) -> None:
    stack.config("ftjobs:profile", "openai")
    wrong = {"model": MODEL, "seed": -1, "suffix": "x" * 65, "maxEstimatedCostUsd": -2}
    stack.declare({"a": {"type": "ftjobs:FineTuningJob", "properties": wrong}})

    shown = stack.preview()

    shown.failed("trainingFile: is required", "seed:", "suffix:", "maxEstimatedCostUsd:")
    assert "Traceback" not in shown.text
    assert not server.posts()


def test_data_and_cost_are_checked_in_the_first_preview(stack: YamlStack) -> None:
    stack.config("ftjobs:prices", json.dumps({MODEL: 5}))
    stack.config("ftjobs:profile", "openai")
    few = [{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}] * 3
    stack.declare(
        {
            "data": {"type": "ftjobs:FineTuningFile", "properties": {"content": few}},
            "a": a_job(maxEstimatedCostUsd=0.0000001),
        }
    )

    shown = stack.preview()

    shown.failed("at least 10", "estimatedCostUsd")


def test_a_secret_input_is_nowhere_in_clear(stack: YamlStack) -> None:
    stack.declare({"data": a_file(), "a": a_job(suffix={"fn::secret": "zebracrossing"})})

    stack.up().ok()

    assert not stack.files_that_hold("zebracrossing")
