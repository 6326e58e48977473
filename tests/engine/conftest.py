"""What every test on the real engine gets: the CLI, a corner of a service, and separate stacks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.engine.cli import Stack, closing
from tests.engine.yaml_stack import YamlStack
from tests.support.kept import Kept
from tests.support.server import Server, running_server

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder runs the real CLI."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session", autouse=True)
def pulumi_on_path() -> Iterator[None]:
    """A Pulumi CLI first on PATH. Without one every test here fails: nothing is skipped."""
    script = [sys.executable, str(ROOT / "scripts" / "ensure_pulumi.py")]
    found = (
        subprocess.run(script, stdout=subprocess.PIPE, text=True, check=True).stdout.strip().splitlines()[-1]
    )
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{found}{os.pathsep}{before}"
    yield
    os.environ["PATH"] = before


class Corner(Server):
    """One project of a running service: what another test made there is not seen."""

    def __init__(self, whole: Server) -> None:
        self.__dict__.update(vars(whole))
        self.project = f"proj_{uuid4().hex[:12]}"

    def jobs(self, project: str | None = None) -> list[dict[str, Any]]:
        """The jobs of this project, or of another one."""
        return super().jobs(project or self.project)


@pytest.fixture(scope="session")
def _service(answers: str) -> Iterator[Server]:
    with running_server(answers=answers) as running:
        yield running


@pytest.fixture
def server(_service: Server) -> Iterator[Corner]:
    """A service whose clock stands still: jobs move when a test says so."""
    _service.restore()
    _service.clock(mode="stepped")
    yield Corner(_service)
    _service.clear_faults()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Kept:
    """What all stacks of this run share."""
    return Kept(tmp_path_factory.mktemp("kept"), forks=not pytestconfig.getoption("--plain-python"))


@pytest.fixture
def new_stack(tmp_path: Path, server: Corner, kept: Kept) -> Iterator[Callable[..., Stack]]:
    """Makes stacks; each has its own folder, home and state unless reported otherwise."""
    with ExitStack() as opened:
        made: list[Stack] = []

        def make(**wanted: Any) -> Stack:
            known = {
                "project": "story",
                "stack": "test",
                "url": server.url,
                "scope": server.project,
                "kept": kept,
            }
            made.append(Stack(tmp_path / f"stack{len(made)}", **(known | wanted)))
            return opened.enter_context(closing(made[-1]))

        yield make


@pytest.fixture
def stack(new_stack: Callable[..., Stack]) -> Stack:
    """One stack."""
    return new_stack()


@pytest.fixture
def yaml_stack(tmp_path: Path, server: Corner, kept: Kept) -> Iterator[YamlStack]:
    """One stack whose program is YAML, through the plugin."""
    made = YamlStack(
        tmp_path / "yaml", url=server.url, scope=server.project, project="story", stack="test", kept=kept
    )
    with closing(made):
        yield made
