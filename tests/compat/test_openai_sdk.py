"""The official `openai` SDK, which knows nothing of us, drives the embedded API through the whole life of a job."""

from __future__ import annotations

import importlib.util
import io
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_ftjobs.testing import EmbeddedApi, embedded_api
from tests.server.application import MODEL, chat

if importlib.util.find_spec("openai") is None:
    if os.environ.get("CI"):
        pytest.fail("the openai SDK is not installed: the extra `compat` has it", pytrace=False)
    pytest.skip("needs the extra `compat` (the openai SDK)", allow_module_level=True)

import openai

pytestmark = pytest.mark.slow

PAUSE_AT = 5


@pytest.fixture(scope="module")
def api() -> Iterator[EmbeddedApi]:
    with embedded_api(speed=1000) as found:
        yield found


@pytest.fixture
def client(api: EmbeddedApi) -> Iterator[openai.OpenAI]:
    api.settings(answers="wild")
    api.scenario()
    with openai.OpenAI(base_url=api.url, api_key=api.api_key, max_retries=0) as found:
        yield found
    api.clear_faults()
    api.forget()


def uploaded(client: openai.OpenAI, rows: int = 40) -> str:
    return client.files.create(file=("data.jsonl", io.BytesIO(chat(rows).encode())), purpose="fine-tune").id


def finished(client: openai.OpenAI, job_id: str) -> Any:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        job = client.fine_tuning.jobs.retrieve(job_id)
        if job.status in ("succeeded", "failed", "cancelled"):
            return job
    raise AssertionError(f"{job_id} is {job.status} after 20 seconds")


def test_it_uploads_trains_reads_and_deletes(client: openai.OpenAI) -> None:
    file_id = uploaded(client)
    job = client.fine_tuning.jobs.create(
        model="gpt-4o-mini",
        training_file=file_id,
        suffix="sdk",
        seed=7,
        metadata={"team": "a"},
        method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 4}}},
    )
    done = finished(client, job.id)

    assert (done.status, done.model, done.seed, done.metadata) == ("succeeded", MODEL, 7, {"team": "a"})
    assert done.hyperparameters.n_epochs == 4
    assert [j.id for j in client.fine_tuning.jobs.list(metadata={"team": "a"})] == [job.id]
    events = list(client.fine_tuning.jobs.list_events(job.id, limit=7))
    assert len({e.id for e in events}) == len(events) >= 160
    checkpoints = list(client.fine_tuning.jobs.checkpoints.list(job.id))
    assert [c.step_number for c in checkpoints] == [160, 120, 80]
    assert client.files.content(done.result_files[0]).text.startswith("step,")
    assert client.models.retrieve(done.fine_tuned_model).id == done.fine_tuned_model
    assert client.models.delete(done.fine_tuned_model).deleted
    assert client.files.delete(file_id).deleted
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve(done.fine_tuned_model)


def test_it_pauses_resumes_and_cancels(api: EmbeddedApi, client: openai.OpenAI) -> None:
    api.scenario({"pause_at_step": PAUSE_AT})
    job = client.fine_tuning.jobs.create(model=MODEL, training_file=uploaded(client))
    while client.fine_tuning.jobs.retrieve(job.id).status != "paused":
        pass
    assert client.fine_tuning.jobs.resume(job.id).status == "queued"
    assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError):
        client.fine_tuning.jobs.cancel(job.id)


def test_it_grants_lists_and_revokes_permissions(client: openai.OpenAI) -> None:
    job = client.fine_tuning.jobs.create(model=MODEL, training_file=uploaded(client))
    name = finished(client, job.id).fine_tuned_model
    permissions = client.fine_tuning.checkpoints.permissions
    granted = list(permissions.create(name, project_ids=["proj_a", "proj_b"]))

    assert [p.project_id for p in granted] == ["proj_a", "proj_b"]
    assert [p.project_id for p in permissions.list(name, limit=1)] == ["proj_b", "proj_a"]
    assert permissions.delete(granted[0].id, fine_tuned_model_checkpoint=name).deleted


def test_it_validates_and_runs_graders(client: openai.OpenAI) -> None:
    grader: Any = {
        "type": "string_check",
        "name": "g",
        "operation": "eq",
        "input": "{{sample.output_text}}",
        "reference": "a",
    }
    graders = client.fine_tuning.alpha.graders

    assert graders.validate(grader=grader).grader is not None
    assert graders.run(grader=grader, model_sample="a").reward == 1.0


def test_it_parses_everything_strictly_in_the_documents_shape(api: EmbeddedApi) -> None:
    api.settings(answers="schema")
    with openai.OpenAI(
        base_url=api.url, api_key=api.api_key, max_retries=0, _strict_response_validation=True
    ) as client:
        job = client.fine_tuning.jobs.create(model=MODEL, training_file=uploaded(client))
        done = finished(client, job.id)
        list(client.fine_tuning.jobs.list_events(job.id))
        list(client.fine_tuning.jobs.checkpoints.list(job.id))
        list(client.files.list())
        list(client.models.list())

    assert done.status == "succeeded"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 401, "code": "invalid_api_key"}, openai.AuthenticationError),
        ({"kind": "status", "status": 403, "code": "training_not_available"}, openai.PermissionDeniedError),
        ({"kind": "status", "status": 409}, openai.ConflictError),
        ({"kind": "status", "status": 429, "code": "insufficient_quota"}, openai.RateLimitError),
        ({"kind": "status", "status": 503}, openai.InternalServerError),
        ({"kind": "reset_before"}, openai.APIConnectionError),
        ({"kind": "truncate"}, openai.APIConnectionError),
    ],
)
def test_it_raises_the_error_that_the_fault_stands_for(
    api: EmbeddedApi, client: openai.OpenAI, fault: dict[str, Any], error: type[openai.OpenAIError]
) -> None:
    api.fault(path="/models", **fault)
    with pytest.raises(error):
        client.models.list()


def test_it_retries_after_the_given_time(api: EmbeddedApi) -> None:
    with openai.OpenAI(base_url=api.url, api_key=api.api_key, max_retries=1) as client:
        api.forget()
        api.fault("status", status=429, code="rate_limit_exceeded", retry_after=0.01, retry_after_form="ms")
        client.models.list()

    assert [r["status"] for r in api.requests()] == [429, 200]


def test_a_lost_answer_makes_the_sdk_buy_twice(api: EmbeddedApi) -> None:
    """Why this project looks before it posts again: the fault shows what a blind retry does."""
    with openai.OpenAI(base_url=api.url, api_key=api.api_key, max_retries=1) as client:
        file_id, before = uploaded(client), len(api.jobs())
        api.fault("reset_after", method="POST", path="/fine_tuning/jobs")
        client.fine_tuning.jobs.create(model=MODEL, training_file=file_id)

    assert len(api.jobs()) == before + 2


def test_the_azure_client_is_served_too(api: EmbeddedApi) -> None:
    root = api.url.removesuffix("/v1")
    with openai.AzureOpenAI(
        azure_endpoint=root, api_key=api.api_key, api_version="2024-10-21", max_retries=0
    ) as client:
        job = client.fine_tuning.jobs.create(model=MODEL, training_file=uploaded(client))
        done = finished(client, job.id)

    assert str(job.status) == "pending"
    assert done.status == "succeeded"
    assert ".ft-" in str(done.fine_tuned_model)
