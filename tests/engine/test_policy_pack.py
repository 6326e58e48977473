"""The policy example's pack, started by the real engine: what it refuses is not created."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT
from tests.engine.cli import Result, Stack
from tests.support.server import Server

PACK = ROOT / "examples" / "policy" / "pack"
DEAR = '{"gpt-4.1-mini": 1000000}'
CHEAP = '{"gpt-4.1-mini": 5, "gpt-4o-mini": 5}'
GOOD: dict[str, Any] = {
    "BASE": "gpt-4.1-mini-2025-04-14",
    "METADATA": {"team": "support", "cost-center": "4711"},
    "EPOCHS": 3,
    "PROTECT": False,
    "TRIGGERS": None,
}
PROGRAM = """
data = ft.FineTuningFile("rows", path="rows.jsonl")
method = ft.supervised(n_epochs=EPOCHS)
job = ft.FineTuningJob(
    "a", model=BASE, training_file=data, method=method, metadata=METADATA, triggers=TRIGGERS
)
ft.FineTunedModel("a", job=job, opts=pulumi.ResourceOptions(protect=PROTECT))
"""
JOBS = """
data = ft.FineTuningFile("rows", path="rows.jsonl")
method = ft.supervised(n_epochs=EPOCHS)
for n in range(6):
    ft.FineTuningJob(f"a{n}", model=BASE, training_file=data, method=method, metadata=METADATA, seed=n)
"""
Story = Callable[..., Stack]


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack as this engine starts it: since 3.255 as an executable file, before that as a folder with its `venv`."""
    said = subprocess.run(["pulumi", "version"], capture_output=True, text=True, check=True).stdout
    if tuple(map(int, said.strip().lstrip("v").split(".")[:2])) >= (3, 255):
        return PACK / "__main__.py"
    folder = tmp_path_factory.mktemp("policy") / "pack"
    shutil.copytree(PACK, folder)
    (folder / "venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture
def story(new_stack: Callable[..., Stack], server: Server) -> Story:
    """A stack with one job and its model, that keeps every rule but for what a test changes."""
    server.clock(per_poll=3600)

    def make(text: str = PROGRAM, *, name: str = "dev", prices: str | None = CHEAP, **changes: Any) -> Stack:
        stack = new_stack(stack=name)
        stack.program(text, **(GOOD | changes))
        if prices:
            stack.config("ftjobs:prices", prices)
        return stack

    return make


Guarded = Callable[..., Result]


@pytest.fixture
def guarded(pack: Path) -> Guarded:
    """`pulumi up` or `pulumi preview` with the pack; `config` is its configuration by rule, `_` for `-`."""

    def run(stack: Stack, command: str, **config: Any) -> Result:
        flags = ["--policy-pack", str(pack)]
        if config:
            file = stack.folder / "policy.json"
            file.write_text(json.dumps({rule.replace("_", "-"): value for rule, value in config.items()}))
            flags += ["--policy-pack-config", str(file)]
        return stack.up(*flags) if command == "up" else stack.preview(*flags)

    return run


def violations(result: Result, level: str = "mandatory") -> list[tuple[str, str]]:
    """Rule and sentence of what the engine shows under `Policies:`."""
    lines = [line.strip() for line in result.text.partition("Policies:\n")[2].splitlines()]
    found = []
    for number, line in enumerate(lines):
        if line.startswith(f"- [{level}]"):
            found.append((line.split()[2], lines[number + 2]))
    return found


def test_a_stack_that_keeps_the_rules_is_trained(story: Story, guarded: Guarded, server: Server) -> None:
    done = guarded(story(name="prod", PROTECT=True), "up").ok()
    assert violations(done) == violations(done, "advisory") == []
    assert "✅ fine-tuning@v1.0.0" in done.text
    assert len(server.posts()) == 1


@pytest.mark.parametrize(
    ("rule", "sentence", "changes"),
    [
        (
            "allowed-base",
            "model gpt-4o-mini-2024-07-18 is not one of gpt-4.1-mini, ft:gpt-4.1-mini",
            {"BASE": "gpt-4o-mini-2024-07-18"},
        ),
        ("required-metadata", "metadata lacks cost-center", {"METADATA": {"team": "support"}}),
        ("cost-of-a-job", "the cost of this job is not known: set ftjobs:prices", {"prices": None}),
    ],
)
def test_what_breaks_a_rule_is_refused_in_one_sentence_and_not_created(
    story: Story, guarded: Guarded, server: Server, rule: str, sentence: str, changes: dict[str, Any]
) -> None:
    stack = story(**changes)
    for command in ("preview", "up"):
        refused = guarded(stack, command).failed("❌ fine-tuning@v1.0.0")
        assert violations(refused) == [(rule, sentence)]
        assert server.posts() == []


def test_an_expensive_job_is_refused_twice(story: Story, guarded: Guarded, server: Server) -> None:
    refused = guarded(story(prices=DEAR), "up").failed()
    job, stack = sorted(violations(refused))
    assert job == ("cost-of-a-job", "this job may cost 718.20 USD, more than 50.00")
    assert stack[0] == "cost-of-a-stack"
    assert server.posts() == []


def test_jobs_that_are_too_expensive_together_are_not_created_beyond_the_limit(
    story: Story, guarded: Guarded, server: Server
) -> None:
    stack = story(JOBS, prices='{"gpt-4.1-mini": 64000}')
    reported = "with this job the stack's jobs may cost {} USD together, more than 200.00"
    assert sorted(violations(guarded(stack, "preview").failed())) == [
        ("cost-of-a-stack", reported.format("229.80")),
        ("cost-of-a-stack", reported.format("275.76")),
    ]
    assert server.posts() == []
    assert ("cost-of-a-stack", reported.format("229.80")) in violations(guarded(stack, "up").failed())
    assert len(server.posts()) <= 4


def test_an_unprotected_model_is_refused_in_production_before_its_job_is_created(
    story: Story, guarded: Guarded, server: Server
) -> None:
    refused = guarded(story(name="prod"), "preview").failed()
    assert violations(refused) == [
        ("protected-in-production", "declare it with opts=pulumi.ResourceOptions(protect=True) in prod")
    ]
    assert server.posts() == []


def test_a_protected_model_is_trained_again_only_after_it_has_been_unprotected(
    story: Story, guarded: Guarded, server: Server
) -> None:
    stack = story(name="prod", PROTECT=True)
    guarded(stack, "up").ok()
    stack.program(PROGRAM, **(GOOD | {"PROTECT": True, "EPOCHS": 4}))
    guarded(stack, "preview").failed("unable to replace resource", "currently marked for protection")
    assert len(server.posts()) == 1
    (model,) = stack.resources("FineTunedModel").values()
    stack.run("state", "unprotect", model["urn"], "--yes", "--stack", stack.name).ok()
    guarded(stack, "preview").ok()
    guarded(stack, "up").ok()
    (model,) = stack.resources("FineTunedModel").values()
    assert (model["protect"], len(server.posts())) == (True, 2)


def test_a_rule_that_the_config_makes_advisory_only_warns(
    story: Story, guarded: Guarded, server: Server
) -> None:
    done = guarded(story(METADATA=None), "up", required_metadata="advisory").ok()
    assert violations(done, "advisory") == [("required-metadata", "metadata lacks team, cost-center")]
    assert len(server.posts()) == 1


def test_the_config_of_the_pack_changes_the_limits(story: Story, guarded: Guarded, server: Server) -> None:
    stack = story(name="live", prices=DEAR)
    wide = {"cost_of_a_job": {"usd": 1000}, "cost_of_a_stack": {"usd": 1000}}
    assert violations(guarded(stack, "preview", **wide).ok()) == []
    narrow = {
        "allowed_base": {"bases": ["gpt-4o"]},
        "required_metadata": {"keys": ["owner"]},
        "cost_of_a_job": {"usd": 575.5},
        "cost_of_a_stack": {"usd": 1000},
        "protected_in_production": {"stacks": ["live"]},
    }
    assert sorted(violations(guarded(stack, "preview", **narrow).failed())) == [
        ("allowed-base", "model gpt-4.1-mini-2025-04-14 is not one of gpt-4o"),
        ("cost-of-a-job", "this job may cost 718.20 USD, more than 575.50"),
        ("protected-in-production", "declare it with opts=pulumi.ResourceOptions(protect=True) in live"),
        ("required-metadata", "metadata lacks owner"),
    ]
    assert server.posts() == []


def test_a_misspelt_limit_is_not_taken_for_none(story: Story, guarded: Guarded) -> None:
    refused = guarded(story(), "preview", cost_of_a_job={"USD": 1}).failed()
    assert violations(refused) == [
        ("cost-of-a-job", "the policy config sets USD, which this rule does not have: it has usd")
    ]


def test_a_job_that_has_its_model_is_not_trained_again_unasked_though_the_state_calls_it_unfinished(
    story: Story, server: Server
) -> None:
    stack = story()

    def gate() -> subprocess.CompletedProcess[str]:
        shown = stack.preview("--json").ok().text
        text = shown[shown.index("{") : shown.rindex("}") + 1]
        command = [sys.executable, str(PACK / "gate.py")]
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)

    stack.up().ok()
    assert stack.job()["status"] == "validating_files"  # seen before the wait, and not refreshed since
    assert gate().returncode == 0
    stack.program(PROGRAM, **(GOOD | {"EPOCHS": 4}))
    reported = gate()
    assert reported.returncode == 1
    assert reported.stdout.startswith("job a has succeeded and would train again (method")
    assert reported.stdout.endswith("): change `triggers` too\n")
    stack.program(PROGRAM, **(GOOD | {"EPOCHS": 4, "TRIGGERS": "2026-11"}))
    assert gate().returncode == 0
    assert len(server.posts()) == 1


def test_the_pack_starts_as_a_folder_too_as_an_official_language_host_runs_it(tmp_path: Path) -> None:
    command = [sys.executable, str(PACK), "127.0.0.1:1"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as pack:
        assert pack.stdout is not None
        try:
            assert 0 < int(pack.stdout.readline()) < 65536
        finally:
            pack.kill()
