"""One configured plugin per test, in a stack that no other test has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.native.plugin_driver import Driver, running_plugin, settings
from tests.support.rows import rows
from tests.support.server import Server


@pytest.fixture
def stack_name(request: pytest.FixtureRequest) -> str:
    """A stack name that no other test has."""
    return f"t{abs(hash(request.node.nodeid)):x}"


@pytest.fixture
def plugin(server: Server, project: str, stack_name: str) -> Iterator[Driver]:
    """A plugin with a project of the service for itself."""
    environment = {**settings(server), "OPENAI_PROJECT_ID": project}
    with running_plugin(environment, stack_name) as driver:
        driver.configure({"stackId": stack_name})
        yield driver


@pytest.fixture
def data(tmp_path: Path, stack_name: str) -> str:
    """The path of a training file whose bytes no other test has."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(rows(word=stack_name))
    return str(path)
