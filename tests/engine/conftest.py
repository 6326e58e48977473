"""What every test on the real engine gets: the CLI, a server and a stack of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.engine.cli import Stack, closing
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
    found = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=True).stdout.strip().splitlines()[-1]
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{found}{os.pathsep}{before}"
    yield
    os.environ["PATH"] = before


@pytest.fixture
def server() -> Iterator[Server]:
    """A service whose clock stands still: jobs move when a test says so."""
    with running_server() as running:
        running.clock(mode="stepped")
        yield running


@pytest.fixture
def new_stack(tmp_path: Path, server: Server) -> Iterator[Callable[..., Stack]]:
    """Makes stacks; each has its own folder, home and state unless told otherwise."""
    with ExitStack() as opened:
        made: list[Stack] = []

        def make(project: str = "story", stack: str = "test", backend: Path | None = None) -> Stack:
            folder = tmp_path / f"stack{len(made)}"
            made.append(Stack(folder, server.url, project=project, stack=stack, backend=backend))
            return opened.enter_context(closing(made[-1]))

        yield make


@pytest.fixture
def stack(new_stack: Callable[..., Stack]) -> Stack:
    """One stack."""
    return new_stack()
