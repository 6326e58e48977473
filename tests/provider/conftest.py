"""A provider process for all tests of a worker; each test is a stack, a resource and separate objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_ftjobs.api.client import Client
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.engine import Host, running_host, settings, urn_of
from tests.support.rows import MODEL, rows, upload
from tests.support.server import Server

IMPATIENT = """
import time
real_sleep, real_monotonic, skipped = time.sleep, time.monotonic, [0.0]
def sleep(seconds):
    real_sleep(min(seconds, 0.01))
    skipped[0] += max(seconds - 0.01, 0.0)
time.sleep = sleep
time.monotonic = lambda: real_monotonic() + skipped[0]
"""
"""Runs in the host before anything of ours is imported: its pauses pass on its clock, and take no time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder runs the real dynamic host, and many tests separate one."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def _shared_host(_shared_server: Server) -> Iterator[Host]:
    with running_host(settings(_shared_server), preamble=IMPATIENT) as host:
        yield host


@pytest.fixture
def host(_shared_host: Host, server: Server) -> Host:
    """The provider process, with nothing said yet."""
    _shared_host.engine.said.clear()
    return _shared_host


@dataclass
class Own:
    """What belongs to one test: a stack, a resource name, and objects at the service."""

    stack: str
    name: str
    client: Client

    def program(self, kind: str, **more: Any) -> dict[str, Any]:
        """The hidden input of a resource of this stack."""
        return {"__program": {"stack": self.stack, "urn": self.urn(kind), **more}}

    def urn(self, kind: str = "FineTuningJob") -> str:
        return urn_of(kind, self.name)

    def job(self, **changes: Any) -> dict[str, Any]:
        """A job's declaration, its training file uploaded."""
        file_id = changes.pop("training_file", None) or upload(self.client, rows(word=self.name))
        return {"model": MODEL, "training_file": file_id, **changes, **self.program("FineTuningJob")}


@pytest.fixture
def own(server: Server, request: pytest.FixtureRequest) -> Iterator[Own]:
    """A stack that no other test has."""
    name = f"t{abs(hash(request.node.nodeid)):x}"
    client = make_client(server.url, Time())
    yield Own(f"v1:organization/shop/{name}", name, client)
    client.close()


@pytest.fixture
def jsonl(tmp_path: Path, own: Own) -> Path:
    """A training file whose bytes no other test has."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(rows(word=own.name))
    return path
