"""The core life on each service's profile: create, wait, change nothing, replace, lost answer, destroy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.cli import Stack
from tests.engine.conftest import Corner
from tests.support.keys import KEY
from tests.support.server import Server, running_server

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SERVICES = ("openai", "azure", "bedrock", "nebius", "crusoe")
PROGRAMS = {"openai": "quickstart"}
"""The example of a service, where it is not called like it."""
CHANGES = {"openai": ('suffix="stdlib"', 'suffix="stdlib", seed=2'), "bedrock": ("n_epochs=1", "n_epochs=2")}
"""What makes another training of the example."""
Example = Callable[[str], Stack]


@pytest.fixture(scope="module")
def _service() -> Iterator[Server]:
    """One server that imitates all of them: each under a separate path."""
    with running_server(*(word for name in SERVICES for word in ("--as", name))) as running:
        yield running


@pytest.fixture
def server(_service: Server) -> Iterator[Corner]:
    """The service, whose jobs are finished when they are looked at."""
    _service.restore()
    _service.clock(mode="stepped", per_poll=3600)
    yield Corner(_service)
    _service.clear_faults()


@pytest.fixture
def example(new_stack: Callable[..., Stack], server: Corner) -> Example:
    """A stack of the example of one service, at that service."""

    def copy(name: str) -> Stack:
        program = PROGRAMS.get(name, name)
        stack = new_stack(project=program, stack="dev")
        shutil.copytree(EXAMPLES / program, stack.folder, dirs_exist_ok=True)
        path = "openai/v1" if name == "azure" else "v1"
        stack.environment |= {
            "OPENAI_BASE_URL": f"{server.root}/as/{name}/{path}",
            "AZURE_OPENAI_API_KEY": KEY,
        }
        stack.config("ftjobs:profile", name)
        if name == "nebius":  # a deployment becomes active by the clock, not by looking at jobs
            server.clock(mode="real", speed=3600)
        return stack

    return copy


def bodies(server: Server) -> list[dict[str, Any]]:
    """What was sent to create jobs, our metadata pairs left out."""
    return [
        {name: value for name, value in request["body"].items() if name != "metadata"}
        for request in server.posts()
    ]


SENT = {
    "openai": {"suffix": "stdlib"},
    "azure": {
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
        "suffix": "support",
        "trainingType": "Developer",
    },
    "bedrock": {
        "method": {
            "type": "reinforcement",
            "reinforcement": {
                "grader": {
                    "type": "lambda",
                    "lambda": {"function": "arn:aws:lambda:us-west-2:123456789012:function:grade-modules"},
                },
                "hyperparameters": {"n_epochs": 1},
            },
        }
    },
    "nebius": {"hyperparameters": {"n_epochs": 3, "lora_r": 16, "lora": True}, "suffix": "support"},
    "crusoe": {
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3, "lora_rank": 16}}},
        "suffix": "support",
    },
}


@pytest.mark.parametrize("name", SERVICES)
def test_a_job_lives_its_life_through_a_lost_answer_a_change_and_a_lost_state(
    example: Example, server: Corner, name: str
) -> None:
    stack = example(name)
    stack.preview().ok()
    assert server.posts() == []

    server.fault("reset_after")
    stack.up()
    stack.up().ok()
    assert len(server.posts()) == 1, json.dumps(bodies(server))
    (sent,) = bodies(server)
    assert {
        key: sent[key] for key in sent if key not in {"model", "training_file", "validation_file"}
    } == SENT[name]

    stack.refresh().ok()
    assert set(stack.up().ok().totals) == {"unchanged"}, "what the service answers is no difference"
    outputs = dict(stack.run("stack", "output", "--json", "--stack", stack.name).ok().json)
    assert outputs["fine_tuned_model"]
    assert len(server.posts()) == 1

    before, after = CHANGES.get(name, ("n_epochs=3", "n_epochs=2"))
    program = stack.folder / "__main__.py"
    program.write_text(program.read_text().replace(before, after))
    assert "Retrains" in stack.preview().ok().text
    stack.up().ok()
    assert len(server.posts()) == 2

    stack.lose_the_state()
    assert "adopted job" in stack.up().ok().text
    assert len(server.posts()) == 2, "a lost state trains nothing"
    assert set(stack.destroy().ok().totals) == {"deleted"}


@pytest.mark.parametrize("name", ["bedrock", "nebius"])
def test_a_killed_provider_is_one_job_also_without_metadata(
    example: Example, server: Corner, name: str
) -> None:
    stack = example(name)
    server.fault("hold_after")
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(server.posts, "the job is sent")
    running.kill_provider()
    running.finish().failed()
    server.clear_faults()
    stack.unlock()
    stack.up().ok()
    assert len(server.posts()) == 1, json.dumps(bodies(server))


def test_a_deployment_is_made_once_and_ends_with_the_model(example: Example, server: Corner) -> None:
    stack = example("nebius")
    stack.up().ok()
    assert len(server.posts("/v0/models")) == 1
    stack.destroy().ok()
    deleted = [one for one in server.journal() if one["method"] == "DELETE" and "/v0/models/" in one["path"]]
    assert len(deleted) == 1


def test_without_deploy_the_message_says_what_to_declare(example: Example, server: Corner) -> None:
    stack = example("nebius")
    program = stack.folder / "__main__.py"
    program.write_text(program.read_text().replace(", deploy=True", ""))
    stack.up().failed("at Nebius Token Factory its model has a name only once it is deployed", "deploy=True")
    assert len(server.posts()) == 1


def test_a_limit_is_compared_with_the_services_own_price(example: Example, server: Corner) -> None:
    stack = example("crusoe")
    program = stack.folder / "__main__.py"
    program.write_text(
        program.read_text().replace("max_estimated_cost_usd=5", "max_estimated_cost_usd=0.000001")
    )
    stack.preview().ok()
    stack.up().failed("no job was created", "more than max_estimated_cost_usd", "estimated by Crusoe")
    assert server.posts() == []
