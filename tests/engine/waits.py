"""What the stories about waiting share: programs, and a command that is in the middle of a wait."""

from __future__ import annotations

import os
import signal
from typing import Any

from tests.engine.cli import Running, Stack
from tests.support.server import Server

LOOK = "GET /fine_tuning/jobs"

MODEL_ONLY = """
data = ft.FineTuningFile("data", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data, seed=SEED, **MORE)
model = ft.FineTunedModel("a", job=job, **MODEL_MORE)
pulumi.export("model", model.name)
"""

APPLICATION = """
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

class Deploying(ResourceProvider):
    def create(self, props): return CreateResult("app", {"model": props["model"]})
    def diff(self, id, olds, news): return DiffResult(changes=olds["model"] != news["model"])
    def update(self, id, olds, news): return UpdateResult({"model": news["model"]})

class App(Resource):
    model: pulumi.Output[str]
    def __init__(self, name, model, opts=None):
        super().__init__(Deploying(), name, {"model": model}, opts)

"""
"""Something that is deployed with a model's name."""

CONSUMED = (
    APPLICATION
    + MODEL_ONLY
    + """
app = App("app", model.id)
pulumi.export("app", app.model)
"""
)
"""A job, its model, and an application that is deployed with the model's id."""

SEVERAL = """
data = ft.FineTuningFile("data", path="rows.jsonl")
for number in range(COUNT):
    job = ft.FineTuningJob(f"job{number}", model=MODEL, training_file=data, seed=number)
    ft.FineTunedModel(f"job{number}", job=job)
"""


def story(stack: Stack, text: str = MODEL_ONLY, **values: Any) -> None:
    """Set one of the programs above, with its usual values where none are given."""
    stack.program(text, **({"SEED": 1, "MORE": {}, "MODEL_MORE": {}} | values))


def waiting(stack: Stack, server: Server, *flags: str, jobs: int = 1, **environment: str) -> Running:
    """An update that has created this many jobs and begun to wait for them."""
    server.clear_journal()
    running = stack.start("up", "--yes", "--skip-preview", *flags, **environment)
    running.until(
        lambda: len(server.posts()) == jobs and running.text.count("validating_files · ") >= jobs,
        "the first look of the wait",
    )
    return running


def interrupt_the_program(running: Running) -> None:
    """What Pulumi does to the program after Ctrl-C, unless it is over before: nothing can wait for that."""
    os.kill(the_program(running), signal.SIGINT)


def the_program(running: Running) -> int:
    """The process that runs the user's program."""
    (program,) = (pid for pid, words in running._plugins() if "pulumi-language-python-exec" in words)
    return program


def looks(server: Server) -> int:
    """How often the jobs were listed since the last one was submitted."""
    calls = server.calls()
    posts = [place for place, call in enumerate(calls) if call == "POST /fine_tuning/jobs"]
    return calls[posts[-1] + 1 :].count(LOOK)


def consumed(stack: Stack) -> str:
    """The model that the application runs on."""
    return str(stack.resources("Resource")["app"]["outputs"]["model"])


def outputs(stack: Stack) -> dict[str, Any]:
    """The stack's outputs."""
    found: dict[str, Any] = stack.run("stack", "output", "--json").json
    return found
