"""The shapes of answers: recorded, documented, Azure's; and worlds that begin with given objects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .application import KEY, MODEL, Api

PREFERENCE = {
    "input": {"messages": [{"role": "user", "content": "?"}]},
    "preferred_output": [{"role": "assistant", "content": "a"}],
    "non_preferred_output": [{"role": "assistant", "content": "b"}],
}
UNLISTED = {"user_provided_suffix", "usage_metrics", "shared_with_openai"}
AZURE = {"authorization": "", "api-key": KEY}


def test_wild_answers_have_what_was_recorded_and_no_document_lists(api: Api) -> None:
    job = api.create()

    assert job["error"] == {}
    assert set(job) >= UNLISTED
    started = [e for e in api.events(api.until(job, "running")) if e["message"] == "Fine-tuning job started"]
    assert started[0]["data"] is None


def test_schema_answers_have_what_the_document_promises(api: Api) -> None:
    api.operate("/settings", answers="schema")
    job = api.create()

    assert job["error"] is None
    assert not set(job) & UNLISTED
    assert all(isinstance(e["data"], dict) for e in api.events(api.until(job, "running")))


@pytest.mark.parametrize(("answers", "legacy"), [("wild", False), ("schema", True)])
def test_a_dpo_job_has_no_legacy_hyperparameters_in_the_wild(api: Api, answers: str, legacy: bool) -> None:
    api.operate("/settings", answers=answers)
    data = api.upload(12 * (json.dumps(PREFERENCE) + "\n"))["id"]
    job = api.create(training_file=data, method={"type": "dpo"})

    assert (job["hyperparameters"] is not None) is legacy
    assert job["method"]["dpo"]["hyperparameters"]["beta"] == "auto"


def azure(api: Api, method: str, path: str, **given: Any) -> Any:
    answer = api.ask(method, path, headers=AZURE, **given)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(("root", "query"), [("/openai", "?api-version=2024-10-21"), ("/openai/v1", "")])
def test_azure_is_served_at_both_its_roots_in_its_words(api: Api, root: str, query: str) -> None:
    body = {
        "model": MODEL,
        "training_file": api.upload()["id"],
        "suffix": "mine",
        "trainingType": "globalstandard",
    }
    status, job = azure(api, "POST", f"{root}/fine_tuning/jobs{query}", json=body)

    assert (status, job["status"], job["organisation_id"]) == (200, "pending", "org-ftjobs")
    assert "organization_id" not in job
    assert "auto" not in json.dumps(job)
    api.wall.at += 3600
    _, done = azure(api, "GET", f"{root}/fine_tuning/jobs/{job['id']}{query}")
    assert done["status"] == "succeeded"
    assert done["fine_tuned_model"].startswith(f"{MODEL}.ft-")
    assert azure(api, "DELETE", f"{root}/fine_tuning/jobs/{job['id']}{query}")[1]["deleted"] is True


def test_azure_wants_its_version_at_the_dated_root(api: Api) -> None:
    assert azure(api, "GET", "/openai/fine_tuning/jobs")[0] == 404


def test_azure_spells_a_warning_out(api: Api) -> None:
    job = api.create()
    api.post(f"/v1/fine_tuning/jobs/{job['id']}/cancel")

    _, page = azure(api, "GET", f"/openai/v1/fine_tuning/jobs/{job['id']}/events")
    assert page["data"][0]["level"] == "warning"


@pytest.mark.parametrize(
    ("method", "path", "given", "status", "code", "target"),
    [
        ("GET", "/fine_tuning/jobs/x", {}, 404, "notFound", "fine_tune_id"),
        ("POST", "/fine_tuning/jobs", {"json": {"model": MODEL}}, 400, "invalidPayload", "training_file"),
        ("POST", "/fine_tuning/jobs", {"json": {"model": MODEL, "training_file": "f", "suffix": "a b"}}, 400,
         "invalidPayload", "suffix"),
        ("GET", "/nothing", {}, 404, "notFound", None),
    ],
)  # fmt: skip
def test_azure_refuses_in_its_own_envelope(
    api: Api, method: str, path: str, given: Any, status: int, code: str, target: str | None
) -> None:
    found, body = azure(api, method, f"/openai/v1{path}", **given)

    assert (found, body["error"]["code"], body["error"]["target"]) == (status, code, target)


@pytest.mark.parametrize(
    ("grader", "sample", "reward"),
    [
        ({"type": "string_check", "operation": "eq", "reference": "4"}, "4", 1.0),
        ({"type": "string_check", "operation": "ne", "reference": "4"}, "4", 0.0),
        ({"type": "string_check", "operation": "like", "reference": "four"}, "it is four", 1.0),
        ({"type": "string_check", "operation": "ilike", "reference": "FOUR"}, "it is four", 1.0),
        ({"type": "string_check", "operation": "eq", "reference": "{{item.deep.answer}}"}, "6", 1.0),
        ({"type": "text_similarity", "evaluation_metric": "fuzzy_match", "reference": "abcd"}, "abcd", 1.0),
        ({"type": "text_similarity", "evaluation_metric": "rouge_1", "reference": "a b"}, "a c", 0.5),
        (
            {"type": "text_similarity", "evaluation_metric": "rouge_l", "reference": "a b c d"},
            "a x c d",
            0.75,
        ),
        ({"type": "text_similarity", "evaluation_metric": "bleu", "reference": "a b c d"}, "a b c d", 1.0),
        ({"type": "text_similarity", "evaluation_metric": "gleu", "reference": "a b"}, "c d", 0.0),
        ({"type": "text_similarity", "evaluation_metric": "cosine", "reference": "a b"}, "b a", 1.0),
        ({"type": "text_similarity", "evaluation_metric": "meteor", "reference": "a"}, "b", 0.0),
    ],
)
def test_graders_grade(api: Api, grader: dict[str, Any], sample: str, reward: float) -> None:
    whole = {"name": "g", "input": "{{ sample.output_text }}", **grader}
    body = {"grader": whole, "model_sample": sample, "item": {"deep": {"answer": 6}}}

    assert api.post("/v1/fine_tuning/alpha/graders/run", body)["reward"] == reward
    assert api.post("/v1/fine_tuning/alpha/graders/validate", {"grader": whole}) == {"grader": whole}


def test_a_multi_grader_calculates_and_runs_nobodys_code(api: Api) -> None:
    inner = {
        "type": "string_check",
        "name": "n",
        "operation": "eq",
        "input": "{{sample.output_text}}",
        "reference": "x",
    }
    grader = {"type": "multi", "graders": {"a": inner, "b": {**inner, "operation": "ne"}}}
    path = "/v1/fine_tuning/alpha/graders/run"
    body = {"model_sample": "x", "grader": {**grader, "calculate_output": "0.25 * a + max(b, 0.5)"}}
    assert api.post(path, body)["reward"] == 0.75

    for formula in ("__import__('os')", "a.b", "a +", "a / 0", "c", "'x'"):
        body["grader"] = {**grader, "calculate_output": formula}
        assert api.refusal("POST", path, json=body)[0] == 400, formula


@pytest.mark.parametrize(
    ("grader", "param"),
    [
        (None, "grader"),
        ({"type": "vibes"}, "grader.type"),
        ({"type": "python", "name": "p"}, "grader.source"),
        (
            {"type": "string_check", "name": "s", "input": "a", "reference": "b", "operation": "is"},
            "grader.operation",
        ),
        (
            {"type": "multi", "calculate_output": "a", "graders": {"a": {"type": "x"}}},
            "grader.graders.a.type",
        ),
    ],
)
def test_an_incomplete_grader_is_named(api: Api, grader: Any, param: str) -> None:
    assert api.refusal("POST", "/v1/fine_tuning/alpha/graders/validate", json={"grader": grader}) == (
        400,
        None,
        param,
    )
