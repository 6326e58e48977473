"""What tests of data sources run in: settings from the environment, jobs at a running service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_ftjobs.api.client import Client
from tests.support.clients import Time, client
from tests.support.keys import KEY
from tests.support.rows import MODEL, upload
from tests.support.server import Server


@pytest.fixture
def asked(server: Server, project: str, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The service that the environment points to, in a separate project."""
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_PROJECT_ID", project)
    return server


@pytest.fixture
def api(asked: Server, project: str) -> Iterator[Client]:
    """A client for the same project."""
    opened = client(asked.url, Time(), project=project)
    yield opened
    opened.close()


@pytest.fixture
def training_file(api: Client) -> str:
    """The id of an uploaded file."""
    return upload(api)


@pytest.fixture
def job_id(api: Client, training_file: str) -> str:
    """The id of a job with some pairs."""
    body = {"model": MODEL, "training_file": training_file, "metadata": {"team": "a"}, "seed": 7}
    return api.create_job(body).id
