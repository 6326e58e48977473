"""Jobs that existed before the program: into the state by `pulumi import --file`, and nothing to do after it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.cli.import_file import import_file, program_for
from tests.engine.cli import MODEL, Stack
from tests.engine.conftest import Corner
from tests.support.clients import Time, client
from tests.support.rows import rows, upload


@pytest.fixture
def api(server: Corner) -> Iterator[Client]:
    """A client of the account that the stack uses."""
    opened = client(server.url, Time(), project=server.project)
    yield opened
    opened.close()


def bring_in(stack: Stack, jobs: list[dict[str, Any]], target: str) -> None:
    """Do what the import file's reader is reported to do."""
    content = import_file(
        jobs, stack="v1:organization/story/test", urn_prefix="urn:pulumi:test::story", target=target
    )
    (stack.folder / "jobs.json").write_text(json.dumps(content))
    (stack.folder / "__main__.py").write_text(program_for(jobs))
    stack.run("import", "--file", "jobs.json", "--yes", "--generate-code=false").ok()


def test_imported_jobs_need_nothing_and_buy_nothing(stack: Stack, server: Corner, api: Client) -> None:
    data, more = upload(api), upload(api, rows(14), "more.jsonl")
    bodies: list[dict[str, Any]] = [
        {"suffix": "support", "seed": 5, "metadata": {"team": 'it\'s "a"'}, "validation_file": more},
        {"hyperparameters": {"n_epochs": 2}},
        {
            "method": {
                "type": "supervised",
                "supervised": {"hyperparameters": {"learning_rate_multiplier": 0.3}},
            }
        },
        {"integrations": [{"type": "wandb", "wandb": {"project": "p", "tags": ["x"]}}]},
        {"suffix": "broken"},
    ]
    made = [api.create_job({"model": "gpt-4.1-mini", "training_file": data, **body}).id for body in bodies]
    server.act(made[0], "succeed")
    server.act(made[4], "fail")
    jobs = [api.job(job_id).facts() for job_id in made]
    server.clear_journal()

    bring_in(stack, jobs, api.target.identity)
    assert sorted(resource["id"] for resource in stack.resources().values()) == sorted(made)
    assert stack.preview().ok().totals == {"unchanged": 6}
    assert stack.refresh().ok().totals == {"unchanged": 6}
    assert stack.preview().ok().totals == {"unchanged": 6}
    assert stack.up().ok().totals == {"unchanged": 6}
    assert server.posts() == []
    (brought,) = (found["outputs"] for found in stack.resources().values() if found["id"] == made[0])
    assert (brought["model"], brought["fine_tuned_model"]) == (MODEL, jobs[0]["fine_tuned_model"])


def test_an_imported_job_whose_state_is_lost_is_taken_over_again(
    stack: Stack, server: Corner, api: Client
) -> None:
    body = {"model": MODEL, "training_file": upload(api), "suffix": "support"}
    job = api.create_job(body).facts()
    bring_in(stack, [job], api.target.identity)
    stack.lose_the_state()
    server.clear_journal()
    stack.up().ok()
    assert [found["id"] for found in stack.resources().values()] == [job["id"]]
    assert server.posts() == []


def test_the_command_writes_what_pulumi_takes(stack: Stack, server: Corner, api: Client) -> None:
    job_id = api.create_job({"model": MODEL, "training_file": upload(api)}).id
    stack.run("stack", "select", stack.name).ok()
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "import", job_id, "--program", "__main__.py"]
    done = subprocess.run(
        command,
        check=False,
        cwd=stack.folder,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    stack.run(*shlex.split(done.stdout)[1:]).ok()
    assert stack.job_id(next(iter(stack.resources()))) == job_id
    assert not next(iter(stack.resources().values())).get("protect")
    server.clear_journal()
    assert stack.up().ok().totals == {"unchanged": 2}
    assert server.posts() == []
    assert stack.destroy().ok().totals == {"deleted": 2}
    assert server.job(job_id)["status"] == "cancelled"
