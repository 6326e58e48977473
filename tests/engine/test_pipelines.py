"""The lines of the pipelines in examples/gitops, run as the two services run them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT
from tests.engine.cli import Stack
from tests.support.comments import Place, variables
from tests.support.http_server import serving
from tests.support.server import Server

GITOPS = ROOT / "examples" / "gitops"
GITHUB = yaml.safe_load((GITOPS / ".github" / "workflows" / "fine-tuning.yml").read_text())["jobs"]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
GITLAB = yaml.safe_load((GITOPS / ".gitlab-ci.yml").read_text())


def shells(service: str, job: str) -> list[str]:
    """What a job runs, shell by shell, but for installing packages: this environment has them."""
    if service == "gitlab":
        return ["\n".join(GITLAB[job]["script"])]
    return [step["run"] for step in GITHUB[job]["steps"] if "pip" not in step.get("run", "pip")]


def play(folder: Path, text: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run lines as both services do: in bash, with -e and pipefail."""
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def example(new_stack: Callable[..., Stack]) -> Stack:
    """The stack `prod` of a copy of the example."""
    stack = new_stack(project="gitops", stack="prod")
    shutil.copytree(GITOPS, stack.folder, dirs_exist_ok=True)
    return stack


@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_a_request_is_previewed_without_a_key_and_its_one_comment_follows_it(
    example: Stack, server: Server, service: str
) -> None:
    example.config("ftjobs:prices", '{"gpt-4.1-mini": 5}')
    del example.environment["OPENAI_API_KEY"]
    program = example.folder / "__main__.py"
    with serving(Place()) as place:
        environment: dict[str, Any] = example.environment | variables(service, place.url)
        environment |= {"STACK": "prod"}

        def run() -> list[int]:
            """Every shell's exit code; GitHub comments after a failure too."""
            return [play(example.folder, text, environment).returncode for text in shells(service, "preview")]

        assert set(run()) == {0}
        assert "1 job would train, about 0.0" in place.notes[0]["body"]
        program.write_text(program.read_text().replace("_usd=5", "_usd=0.001"))
        failed, *after = run()
        assert failed != 0
        assert set(after) <= {0}
        (note,) = place.notes
    assert "the preview fails, no job can be created" in note["body"]
    assert "max_estimated_cost_usd" in note["body"]
    assert server.journal() == []


def test_the_action_previews_reviews_and_keeps_one_comment(
    example: Stack, server: Server, tmp_path: Path
) -> None:
    """Its own shell lines, in the order of its steps; GitHub runs the last one after a failure too."""
    example.config("ftjobs:prices", '{"gpt-4.1-mini": 5}')
    del example.environment["OPENAI_API_KEY"]
    install, *steps = ACTION["runs"]["steps"]
    assert install["run"] == 'pip install --quiet "${GITHUB_ACTION_PATH}[cli,tokens]"'
    program = example.folder / "__main__.py"
    summary, outputs = tmp_path / "summary.md", tmp_path / "outputs"
    with serving(Place()) as place:
        environment: dict[str, Any] = example.environment | variables("github", place.url)
        environment |= {"STACK": "prod", "GITHUB_ACTION_PATH": str(ROOT)}
        environment |= {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(outputs)}
        codes = [play(example.folder, step["run"], environment).returncode for step in steps]
        assert codes == [0, 0]
        assert outputs.read_text() == f"comment={example.folder / 'comment.md'}\n"
        assert "1 job would train, about 0.0" in summary.read_text()
        program.write_text(program.read_text().replace("_usd=5", "_usd=0.001"))
        codes = [play(example.folder, step["run"], environment).returncode for step in steps]
        assert (codes[0] != 0, codes[1]) == (True, 0)
        (note,) = place.notes
    assert "the preview fails, no job can be created" in note["body"]
    assert server.journal() == []


@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_a_fork_is_previewed_without_state_and_secrets(
    example: Stack, server: Server, tmp_path: Path, service: str
) -> None:
    own = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "OPENAI_API_KEY", "OPENAI_BASE_URL")
    environment = {name: value for name, value in example.environment.items() if name not in own}
    summary = tmp_path / "summary.md"
    environment |= {"FTJOBS_TODAY": "2026-11-23", "GITHUB_STEP_SUMMARY": str(summary)}
    environment |= GITHUB["preview-of-a-fork"]["env"] if service == "github" else {}
    for leftover in example.folder.glob("Pulumi.*.yaml"):
        leftover.unlink()
    (text,) = shells(service, "preview-of-a-fork")
    seen = play(example.folder, text, environment)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "1 job would train, about" in (summary.read_text() if service == "github" else seen.stdout)
    assert server.journal() == []
