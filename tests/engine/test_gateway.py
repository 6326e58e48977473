"""The life of a job through Portkey's gateway, which drops metadata and answers 500 to calls that worked."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.cli import Stack
from tests.engine.programs import JOB
from tests.support.portkey import portkey, start_script
from tests.support.server import Server

ADOPTED = """
job = ft.FineTuningJob("mine", model="gpt-4.1-mini", training_file=FILE, seed=7, adopt_job_id=ID)
"""
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The gateway's base URL. Without it skip, but in CI fail."""
    script = start_script()
    if not (script.is_file() and shutil.which("node")):
        reason = "needs Portkey: scripts/install_test_tools.sh installs it where Node.js is"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with portkey(script, tmp_path_factory.mktemp("portkey") / "log") as url:
        yield url


@pytest.fixture
def example(new_stack: Callable[..., Stack], server: Server, gateway: str) -> Stack:
    """The example, with the gateway in front of the service."""
    made = new_stack(project="gateway", stack="dev")
    shutil.copytree(EXAMPLES / "gateway", made.folder, dirs_exist_ok=True)
    made.config("gateway:url", gateway)
    made.config("gateway:upstream", server.url)
    del made.environment["OPENAI_PROJECT_ID"]  # the gateway passes that header on with some calls only
    return made


@pytest.fixture
def adopted(new_stack: Callable[..., Stack], server: Server, gateway: str) -> Stack:
    """A stack that has adopted a running job through the gateway."""
    theirs = new_stack(project="theirs")
    del theirs.environment["OPENAI_PROJECT_ID"]  # the gateway does not pass that header on
    theirs.program(JOB, SEED=7)
    theirs.up().ok()
    server.clear_journal()
    made = new_stack(project="behind")
    made.environment["OPENAI_BASE_URL"] = gateway
    headers = {"x-portkey-provider": "openai", "x-portkey-custom-host": server.url}
    made.config("ftjobs:headers", json.dumps(headers), secret=True)
    made.program(ADOPTED, FILE=theirs.job()["training_file"], ID=theirs.job_id())
    made.up().ok()
    return made


def test_where_the_listing_fails_no_job_is_created(example: Stack, server: Server) -> None:
    for _try in range(2):
        example.up().failed("listing jobs (HTTP 500)", "Something went wrong", "ftjobs:createWithoutListing")
        assert server.posts() == []
    example.destroy().ok()


def test_a_job_on_a_new_upload_lives_its_life_where_the_user_allows_it(
    example: Stack, server: Server
) -> None:
    server.clock(per_poll=3600)
    example.config("ftjobs:createWithoutListing", "true")
    first = example.up().ok()
    assert "sent without a look for an existing job" in first.text
    assert "whether it can be used already cannot be asked" in first.text
    assert set(example.up().ok().totals) == {"unchanged"}
    assert len(server.posts()) == 1
    assert server.job(example.job_id("support"))["status"] == "succeeded"
    example.destroy().ok()


def test_after_a_lost_answer_nothing_is_sent_again_behind_the_gateway(example: Stack, server: Server) -> None:
    example.config("ftjobs:createWithoutListing", "true")
    server.fault("reset_after")
    for _try in range(2):
        example.up().failed("support")
        assert len(server.posts()) == 1


def test_a_cancel_that_worked_but_answers_500_is_confirmed_by_reading_the_job(
    adopted: Stack, server: Server
) -> None:
    job_id = adopted.job_id("mine")
    shown = adopted.destroy()
    if shown.code:  # one sentence with the gateway's answer; the next destroy finds the job cancelled
        shown.failed("HTTP 500", job_id)
        adopted.destroy().ok()
    assert server.job(job_id)["status"] == "cancelled"
    assert server.posts() == []


def test_destroy_never_says_done_while_the_job_runs(adopted: Stack, server: Server) -> None:
    job_id = adopted.job_id("mine")
    server.fault("status", "POST", "*/cancel", status=500, count=None)
    adopted.destroy().failed(job_id)
    assert server.job(job_id)["status"] not in {"cancelled", "failed", "succeeded"}
    assert "FineTuningJob" in adopted.run("stack", "--show-urns", "--stack", adopted.name).ok().text
    server.clear_faults()
    adopted.destroy()
    adopted.destroy().ok()
    assert server.job(job_id)["status"] == "cancelled"
