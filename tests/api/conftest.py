"""A client of the embedded API, with injected time, in a separate project."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_ftjobs.api.client import Client
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.server import Server


@pytest.fixture
def time() -> Time:
    """A clock that only sleeping moves."""
    return Time()


@pytest.fixture
def client(server: Server, project: str, time: Time) -> Iterator[Client]:
    """A client in a project that no other test uses."""
    made = make_client(server.url, time, project=project)
    yield made
    made.close()
