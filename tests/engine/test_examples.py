"""Every example, copied and run as it stands: it trains, a second `up` trains nothing, destroy leaves nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.docs.pages import blocks
from tests.engine.cli import Stack
from tests.engine.yaml_stack import YamlStack
from tests.support.gateway import gateway
from tests.support.keys import KEY
from tests.support.server import Server

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ROW = {"messages": [{"role": "user", "content": "New?"}, {"role": "assistant", "content": "Yes."}]}
Example = Callable[..., Stack]


@pytest.fixture
def example(new_stack: Callable[..., Stack]) -> Example:
    """A stack `dev` of one example, in a copy of its folder."""

    def copy(name: str, project: str | None = None, **wanted: Any) -> Stack:
        stack = new_stack(project=project or name, stack="dev", **wanted)
        shutil.copytree(EXAMPLES / name, stack.folder, dirs_exist_ok=True)
        return stack

    return copy


@pytest.fixture(autouse=True)
def prompt_jobs(server: Server) -> None:
    """A job is done when it is looked at."""
    server.clock(per_poll=3600)


def outputs(stack: Stack) -> dict[str, Any]:
    """The outputs of a stack."""
    return dict(stack.run("stack", "output", "--json", "--stack", stack.name).ok().json)


def lives_its_life(stack: Stack, server: Server, *, jobs: int = 1) -> dict[str, Any]:
    """Train, train nothing more, and end; returns the outputs."""
    stack.preview().ok()
    assert server.posts() == []
    stack.up().ok()
    assert len(server.posts()) == jobs
    assert set(stack.up().ok().totals) == {"unchanged"}
    assert len(server.posts()) == jobs
    found = outputs(stack)
    assert set(stack.destroy().ok().totals) == {"deleted"}
    return found


@pytest.mark.parametrize("name", ["quickstart", "dpo", "reinforcement"])
def test_one_job_becomes_one_model(example: Example, server: Server, name: str) -> None:
    found = lives_its_life(example(name), server)
    assert found["fine_tuned_model"].startswith("ft:")


def test_what_trains_for_real_is_tried_on_a_simulated_service_first(example: Example, server: Server) -> None:
    server.settings(any_model=True)
    stack = example("train-for-real")
    stack.config("ftjobs:prices", '{"tiny": 0}')
    assert lives_its_life(stack, server)["status"] == "succeeded"


def test_a_yaml_program_lives_through_the_plugin(yaml_stack: YamlStack, server: Server) -> None:
    shutil.copytree(EXAMPLES / "yaml-quickstart", yaml_stack.folder, dirs_exist_ok=True)
    program = yaml.safe_load((yaml_stack.folder / "Pulumi.yaml").read_text())
    yaml_stack.declare(program["resources"], program["outputs"])
    found = lives_its_life(yaml_stack, server)
    assert found["fineTunedModel"].startswith("ft:")


def test_a_sweep_exports_the_best_of_its_models(example: Example, server: Server) -> None:
    found = lives_its_life(example("hyperparameter-sweep"), server, jobs=4)
    assert len(found["table"]) == 4
    assert found["best_model"] == found["best"]["model"]


def test_several_models_each_live_on_their_own_row(example: Example, server: Server) -> None:
    stack = example("several-models")
    stack.up().ok()
    before = outputs(stack)["models"]
    assert set(before) == {"argparse", "statistics", "str"}
    program = stack.folder / "__main__.py"
    program.write_text(program.read_text().replace('    "statistics": {"n_epochs": 3, "seed": 1},\n', ""))
    assert stack.up().ok().totals == {"deleted": 3, "unchanged": 7}
    del before["statistics"]
    assert outputs(stack)["models"] == before
    assert len(server.posts()) == 3


def test_two_accounts_share_a_stack_and_nothing_else(example: Example, server: Server) -> None:
    stack = example("two-accounts")
    for name in ("research", "product"):
        stack.config(f"two-accounts:{name}Key", KEY, secret=True)
        stack.config(f"two-accounts:{name}Project", f"{server.project}_{name}")  # type: ignore[attr-defined]
    found = lives_its_life(stack, server, jobs=2)
    assert found["research"] != found["product"]
    asked = {request["headers"]["openai-project"] for request in server.posts()}
    assert {name.rpartition("_")[2] for name in asked} == {"research", "product"}


def test_azure_is_spoken_to_in_its_own_words(example: Example, server: Server) -> None:
    stack = example("azure")
    del stack.environment["OPENAI_API_KEY"], stack.environment["OPENAI_BASE_URL"]
    stack.environment |= {"AZURE_OPENAI_API_KEY": KEY, "AZURE_OPENAI_ENDPOINT": f"{server.root}/openai/v1"}
    stack.config("ftjobs:profile", "azure")
    lives_its_life(stack, server)
    request = server.posts()[0]
    assert request["path"] == "/openai/v1/fine_tuning/jobs"
    assert "api-key" in request["headers"]
    assert request["body"]["trainingType"] == "Developer"


def test_a_compatible_server_may_live_under_any_path(example: Example, server: Server) -> None:
    server.settings(any_model=True)
    stack = example("compatible-server")
    with gateway(server.url, "/tuning/api", own_field="lora") as (url, taken):
        stack.environment["OPENAI_BASE_URL"] = url
        stack.preview().failed("no price is known for llama-3-8b-instruct")
        stack.config("ftjobs:prices", '{"llama-3": 0.5}')
        lives_its_life(stack, server)
    assert taken == [{"r": 16, "alpha": 32}]


def test_the_compatible_server_may_be_the_simulated_one(example: Example, server: Server) -> None:
    server.settings(any_model=True)
    stack = example("compatible-server")
    stack.config("ftjobs:prices", '{"llama-3": 0.5}')
    stack.config("compatible-server:loraRank", "0")
    lives_its_life(stack, server)


def test_an_existing_job_is_taken_over_and_nothing_is_created(
    example: Example, new_stack: Callable[..., Stack], server: Server
) -> None:
    elsewhere = new_stack(project="elsewhere")
    shutil.copytree(EXAMPLES / "adopt-existing-job" / "data", elsewhere.folder / "data")
    elsewhere.program(
        'data = ft.FineTuningFile("d", path="data/support.jsonl")\n'
        'ft.FineTuningJob("a", model=MODEL, training_file=data, suffix="support")'
    )
    elsewhere.up().ok()
    stack = example("adopt-existing-job")
    stack.config("adopt-existing-job:jobId", elsewhere.job_id())
    assert f"adopted job {elsewhere.job_id()}" in stack.up().ok().text
    assert set(stack.up().ok().totals) == {"unchanged"}
    assert len(server.posts()) == 1
    program = stack.folder / "__main__.py"
    program.write_text(program.read_text().replace('suffix="support"', 'suffix="support", seed=7'))
    stack.lose_the_state()
    stack.config("adopt-existing-job:jobId", elsewhere.job_id())
    stack.up().failed("seed is ", "no job was created")


def test_a_consumer_changes_only_when_the_model_does(example: Example, server: Server) -> None:
    stack = example("consume-model")
    settings = stack.folder / "app.json"
    stack.up().ok()
    first = json.loads(settings.read_text())["model"]
    assert set(stack.up().ok().totals) == {"unchanged"}

    server.clock(mode="stepped", per_poll=0)
    stack.config("consume-model:epochs", "2")
    waiting = stack.start("up", "--yes", "--skip-preview")
    waiting.until(lambda: len(server.posts()) == 2, "the second job")
    server.act(server.jobs()[0]["id"], "fail", code="invalid_training_file")
    waiting.finish().failed("resources that use an earlier model keep it")
    assert json.loads(settings.read_text())["model"] == first

    server.clock(per_poll=3600)
    stack.config("consume-model:epochs", "4")
    stack.up().ok()
    assert json.loads(settings.read_text())["model"] == outputs(stack)["fine_tuned_model"] != first


def test_a_candidate_serves_once_it_is_promoted(example: Example, server: Server) -> None:
    train = example("promote/train", "promote-train")
    train.up().ok()
    candidate = outputs(train)["fine_tuned_model"]
    serve = example("promote/serve", "promote-serve")
    serve.environment["PULUMI_BACKEND_URL"] = train.environment["PULUMI_BACKEND_URL"]
    serve.run("stack", "init", serve.name).ok()
    serve.config("promote-serve:trainingStack", "organization/promote-train/dev")
    serve.up().ok()
    assert outputs(serve)["serving"] == candidate
    train.config("promote-train:epochs", "4")
    train.up().ok()
    assert outputs(serve)["serving"] == candidate
    serve.up().ok()
    assert outputs(serve)["serving"] == outputs(train)["fine_tuned_model"] != candidate


def test_new_rows_train_again_and_a_renamed_file_does_not(example: Example, server: Server) -> None:
    stack = example("retrain-on-new-data")
    stack.config("ftjobs:prices", '{"gpt-4.1-mini": 5}')
    stack.up().ok()
    first = outputs(stack)
    data = stack.folder / "data"
    (data / "2026-10.jsonl").rename(data / "2026-10-final.jsonl")
    assert set(stack.preview().ok().totals) == {"unchanged"}
    (data / "2026-11.jsonl").write_text(json.dumps(ROW) + "\n")
    assert "training_file: contents changed" in stack.preview().ok().text
    stack.up().ok()
    second = outputs(stack)
    assert (second["rows"], len(server.posts())) == (first["rows"] + 1, 2)
    assert second["fine_tuned_model"] != first["fine_tuned_model"]


def test_a_model_that_did_not_learn_is_not_used(example: Example, server: Server) -> None:
    stack = example("retrain-on-new-data")
    stack.config("ftjobs:prices", '{"gpt-4.1-mini": 5}')
    program = stack.folder / "__main__.py"
    program.write_text(program.read_text().replace("WORST_LOSS = 2.5", "WORST_LOSS = 0.0"))
    stack.up().failed("its model is not accepted", "train_loss")
    assert len(stack.resources()) == 1


def steps(workflow: Path, job: str) -> list[dict[str, Any]]:
    """The steps of one job of a GitHub workflow that call Pulumi."""
    found = yaml.safe_load(workflow.read_text())["jobs"][job]["steps"]
    return [step for step in found if "pulumi" in step.get("run", "") and "gh " not in step["run"]]


def test_the_pipeline_reviews_submits_records_and_finds_drift(example: Example, server: Server) -> None:
    stack = example("gitops")
    stack.config("ftjobs:prices", '{"gpt-4.1-mini": 5}')
    workflow = stack.folder / ".github" / "workflows" / "fine-tuning.yml"

    def play(job: str) -> subprocess.CompletedProcess[str]:
        (step,) = [step for step in steps(workflow, job) if "pip install" not in step["run"]]
        own = {name: value for name, value in step.get("env", {}).items() if "{{" not in value}
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", step["run"]],
            cwd=stack.folder,
            env=stack.environment | {"STACK": stack.name} | own,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    stack.environment["OPENAI_API_KEY"] = ""
    seen = play("preview")
    assert seen.returncode == 0, seen.stdout + seen.stderr
    comment = (stack.folder / "comment.md").read_text()
    assert "### Fine-tuning: 1 job would train, about 0.0" in comment
    assert server.journal() == []

    stack.environment["OPENAI_API_KEY"] = KEY
    server.clock(mode="stepped", per_poll=0)
    submitted = play("deploy")
    assert submitted.returncode == 0, submitted.stdout
    assert "keeps running at the service" in submitted.stdout
    server.act(server.jobs()[0]["id"], "succeed")
    recorded = play("deploy")
    assert recorded.returncode == 0, recorded.stdout
    assert outputs(stack)["fine_tuned_model"] == server.jobs()[0]["fine_tuned_model"]
    assert len(server.posts()) == 1

    stack.refresh().ok()
    assert play("drift").returncode == 0
    server.act(server.jobs()[0]["id"], "vanish")
    assert play("drift").returncode != 0


def test_both_pipelines_run_the_same_commands() -> None:
    github = EXAMPLES / "gitops" / ".github" / "workflows" / "fine-tuning.yml"
    gitlab = yaml.safe_load((EXAMPLES / "gitops" / ".gitlab-ci.yml").read_text())
    assert (
        "pull_request_target" not in yaml.safe_load(github.read_text())[True]
    )  # YAML reads the key `on` as true
    for job in ("preview", "deploy", "drift"):
        there = "\n".join(step["run"] for step in steps(github, job))
        command = next(line for line in gitlab[job]["script"] if line.startswith("pulumi"))
        assert command.partition(" || ")[0] in there


def test_the_policy_stack_keeps_its_rules_and_a_retraining_must_be_asked_for(
    example: Example, server: Server
) -> None:
    stack = example("policy/stack", "policy")
    stack.config("ftjobs:prices", '{"gpt-4.1-mini": 5}')
    gate = [sys.executable, str(EXAMPLES / "policy" / "pack" / "gate.py")]

    def said() -> subprocess.CompletedProcess[str]:
        shown = stack.preview("--json").ok().text
        text = shown[shown.index("{") : shown.rindex("}") + 1]
        return subprocess.run(gate, input=text, capture_output=True, text=True, timeout=60, check=False)

    assert (said().returncode, said().stdout) == (0, "")
    planned = stack.preview("--json").ok().json["steps"]
    (job,) = [
        step["newState"]["inputs"] for step in planned if step["urn"].endswith("FineTuningJob::support")
    ]
    rules = policy_rules()
    for rule in (rules.allowed_base, rules.required_metadata, rules.cost_of_a_job):
        assert rule(job) == []
    stack.up().ok()
    stack.refresh().ok()
    stack.config("policy:epochs", "4")
    asked = said()
    assert (asked.returncode, "change `triggers` too" in asked.stdout) == (1, True)
    stack.config("policy:retrain", "2026-11")
    assert said().returncode == 0
    assert len(server.posts()) == 1


def policy_rules() -> ModuleType:
    """The module of the policy pack's rules."""
    spec = spec_from_file_location("rules", EXAMPLES / "policy" / "pack" / "rules.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_example_is_run_by_a_test_and_says_how_to_run_it() -> None:
    projects = [path.parent for path in EXAMPLES.rglob("Pulumi.yaml")]
    text = "".join(path.read_text("utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))
    for project in projects:
        name = project.relative_to(EXAMPLES).as_posix()
        assert f'"{name}"' in text, f"no test runs {name}"
        folder = project if (project / "README.md").exists() else project.parent
        assert "pulumi up" in (folder / "README.md").read_text(), f"{name} has no README"


def python_blocks(page: str) -> list[str]:
    """The programs a page shows."""
    return [block.text for block in blocks("python") if block.page == EXAMPLES.parent / page]


def test_the_project_of_the_readme_runs_as_it_stands(stack: Stack, server: Server) -> None:
    (program,) = python_blocks("README.md")
    (project,) = [block.text for block in blocks("yaml") if block.page == EXAMPLES.parent / "README.md"]
    (stack.folder / "Pulumi.yaml").write_text(
        project.replace("http://127.0.0.1:8080/v1", server.url).replace(
            "name: support", f"name: {stack.project}"
        )
    )
    assert len(program.strip().splitlines()) <= 20
    (stack.folder / "__main__.py").write_text(program)
    (stack.folder / "data").mkdir()
    shutil.copy(EXAMPLES / "azure" / "data" / "support.jsonl", stack.folder / "data")
    found = lives_its_life(stack, server)
    assert found["status"] == "succeeded"
    assert found["fine_tuned_model"].startswith("ft:gpt-4.1-mini-2025-04-14:")


WORKSPACE = """
import pathlib
import shutil

import pytest


@pytest.fixture
def workspace(tmp_path: pathlib.Path) -> pathlib.Path:
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    return tmp_path
"""


def test_the_tests_that_the_docs_advise_pass(stack: Stack, tmp_path: Path) -> None:
    """Mocks, the fixture `ftjobs_api`, and the Automation API with the real CLI."""
    for number, text in enumerate(python_blocks("docs/testing.md")):
        (tmp_path / f"test_advice{number}.py").write_text(text)
    example = repr(str(EXAMPLES / "quickstart"))
    (tmp_path / "conftest.py").write_text(WORKSPACE.replace("EXAMPLE", example))
    names = {"PATH", "PULUMI_HOME", "PULUMI_PYTHON_CMD", "PULUMI_SKIP_UPDATE_CHECK", "HOME"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={name: value for name, value in stack.environment.items() if name in names},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr
