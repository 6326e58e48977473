"""Every example, copied and run as it stands: it trains, a second `up` trains nothing, destroy leaves nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.cli import Stack
from tests.support.gateway import gateway
from tests.support.keys import KEY
from tests.support.server import Server

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ROW = {"messages": [{"role": "user", "content": "New?"}, {"role": "assistant", "content": "Yes."}]}
Example = Callable[..., Stack]


@pytest.fixture
def example(new_stack: Callable[..., Stack]) -> Example:
    """A stack `dev` of one example, in a copy of its folder."""

    def copy(name: str, project: str | None = None, **wish: Any) -> Stack:
        stack = new_stack(project=project or name, stack="dev", **wish)
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
    with gateway(server.url, "/tuning/api") as url:
        stack.environment["OPENAI_BASE_URL"] = url
        stack.preview().failed("no price is known for llama-3-8b-instruct")
        stack.config("ftjobs:prices", '{"llama-3": 0.5}')
        lives_its_life(stack, server)
    assert server.posts()[0]["body"]["lora"] == {"r": 16, "alpha": 32}


def test_an_existing_job_is_taken_over_and_nothing_is_bought(
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
    assert f"took over job {elsewhere.job_id()}" in stack.up().ok().text
    assert set(stack.up().ok().totals) == {"unchanged"}
    assert len(server.posts()) == 1
    program = stack.folder / "__main__.py"
    program.write_text(program.read_text().replace('suffix="support"', 'suffix="other"'))
    stack.lose_the_state()
    stack.config("adopt-existing-job:jobId", elsewhere.job_id())
    stack.up().failed("suffix is another", "nothing was bought")


def test_a_consumer_changes_only_when_the_model_does(example: Example, server: Server) -> None:
    stack = example("consume-model")
    settings = stack.folder / "app.json"
    stack.up().ok()
    first = json.loads(settings.read_text())["model"]
    assert set(stack.up().ok().totals) == {"unchanged"}

    server.clock(mode="stepped", per_poll=0)
    stack.config("consume-model:learningRateMultiplier", "2")
    waiting = stack.start("up", "--yes", "--skip-preview")
    waiting.until(lambda: len(server.posts()) == 2, "the second job")
    server.act(server.jobs()[0]["id"], "fail", code="invalid_training_file")
    waiting.finish().failed("whatever uses an earlier model keeps it")
    assert json.loads(settings.read_text())["model"] == first

    server.clock(per_poll=3600)
    stack.config("consume-model:learningRateMultiplier", "3")
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
    assert "training_file other rows" in stack.preview().ok().text
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
