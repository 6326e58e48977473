"""Which settings are in force in a provider process, and which key is sent."""

from __future__ import annotations

import json

import pytest

from tests.provider.conftest import Own
from tests.support.engine import Failed, running_host
from tests.support.keys import KEY, OTHER_KEY
from tests.support.server import Server, running_server

JOB = "FineTuningJob"


def fresh(**config: str) -> dict[str, str]:
    """As the engine hands today's `pulumi-python:*` config to the process, on every command: keys alone."""
    return {"PULUMI_CONFIG": json.dumps(config)}


TABLE = [
    # ftjobs:*, pulumi-python:*, environment -> the project that is asked in
    ("proj_stack", "proj_fresh", "proj_env", "proj_stack"),
    (None, "proj_fresh", "proj_env", "proj_fresh"),
    (None, None, "proj_env", "proj_env"),
    (None, None, None, None),
]


@pytest.mark.parametrize(("stack", "today", "env", "used"), TABLE)
def test_config_goes_before_fresh_config_before_the_environment(
    server: Server, own: Own, stack: str | None, today: str | None, env: str | None, used: str | None
) -> None:
    config = {"ftjobs:baseUrl": server.url} | ({"ftjobs:project": stack} if stack else {})
    environment = {"OPENAI_API_KEY": KEY} | ({"OPENAI_PROJECT_ID": env} if env else {})
    environment |= fresh(project=today) if today else {}
    with running_host(config, **environment) as host, pytest.raises(Failed, match="HTTP 404"):
        host.read(JOB, "ftjob-1", own.program(JOB, get=True))
    headers = server.journal()[-1]["headers"]
    assert headers.get("openai-project") == used


def test_everything_from_the_environment(server: Server, own: Own) -> None:
    environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url, "OPENAI_ORG_ID": "org-ftjobs"}
    with running_host({}, **environment) as host:
        host.create(JOB, own.job())
    assert server.posts()[-1]["headers"]["openai-organization"] == "org-ftjobs"


@pytest.fixture(scope="module")
def guarded() -> str:
    """Never sent where it is not right: the one key that the strict server accepts."""
    return "sk-test-the-rotated-key-8d21"


@pytest.fixture(scope="module")
def strict(guarded: str) -> object:
    """A server that accepts one key."""
    with running_server("--api-key", guarded) as server:
        yield server


def test_a_rotated_key_is_found_in_todays_config_for_a_destroy(
    strict: Server, own: Own, guarded: str
) -> None:
    """The engine hands a destroy the config of the last `up`, in which the key has been revoked since."""
    config = {"ftjobs:baseUrl": strict.url, "ftjobs:apiKey": OTHER_KEY}
    gone = own.program(JOB) | {"__record": {"declared": {}, "target": strict.url}}
    with running_host(config, **fresh(apiKey=guarded)) as host:
        with pytest.raises(Failed, match="HTTP 404"):
            host.read(JOB, "ftjob-1", own.program(JOB, get=True))
        host.delete(JOB, "ftjob-1", gone)
    with running_host(config, OPENAI_API_KEY=guarded) as host:
        host.delete(JOB, "ftjob-1", gone)
        assert guarded not in host.output()


def test_without_a_good_key_a_destroy_names_the_way_out(strict: Server, own: Own) -> None:
    gone = own.program(JOB) | {"__record": {"declared": {}, "target": strict.url}}
    config = {"ftjobs:baseUrl": strict.url, "ftjobs:apiKey": OTHER_KEY}
    with running_host(config) as host, pytest.raises(Failed, match="--run-program"):
        host.delete(JOB, "ftjob-1", gone)


def test_a_job_is_not_created_with_another_key_because_the_first_was_wrong(
    strict: Server, own: Own, guarded: str
) -> None:
    strict.clear_journal()
    config = {"ftjobs:baseUrl": strict.url, "ftjobs:apiKey": OTHER_KEY}
    with running_host(config, OPENAI_API_KEY=guarded) as host, pytest.raises(Failed, match="HTTP 401"):
        host.create(JOB, own.job(training_file="file-1"))
    assert strict.jobs() == []
