"""What tests of the operations run in: a client and objects in a separate project."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_ftjobs.api.client import Client
from tests.support.clients import Time, client
from tests.support.rows import MODEL, upload
from tests.support.server import Server


@pytest.fixture
def asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The service, with no key in the environment."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return server


@pytest.fixture
def api(server: Server, project: str) -> Iterator[Client]:
    """A client for the same project."""
    opened = client(server.url, Time(), project=project)
    yield opened
    opened.close()


@pytest.fixture
def job_id(api: Client) -> str:
    """The id of a job."""
    return api.create_job({"model": MODEL, "training_file": upload(api), "seed": 7}).id
