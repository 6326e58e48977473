"""What Azure OpenAI does its own way, beyond its words: models that are tuned again, training types."""

from __future__ import annotations

from typing import Any

from .application import KEY, MODEL, Api

JOBS = "/openai/v1/fine_tuning/jobs"


def create(api: Api, **members: Any) -> Any:
    body = {"training_file": api.upload()["id"], **members}
    answer = api.ask("POST", JOBS, json=body, headers={"authorization": "", "api-key": KEY})
    assert answer.status_code == 200, answer.text
    return answer.json()


def tuned(api: Api, **members: Any) -> str:
    job = create(api, **members)
    api.wall.at += 3600
    return str(api.job(job)["fine_tuned_model"])


def test_a_tuned_model_is_tuned_further_and_ends_with_its_base(api: Api) -> None:
    once = tuned(api, model=MODEL, suffix="mine")
    twice = tuned(api, model=once)

    assert once.startswith(f"{MODEL}.ft-")
    assert twice.startswith(f"{once}.ft-")
    for name in (once, twice):
        assert api.get(f"/v1/models/{name}")["shutdown_date"] == "2027-01-14"


def test_a_tuned_model_of_another_project_cannot_be_tuned(api: Api) -> None:
    body = {"model": tuned(api, model=MODEL), "training_file": api.upload()["id"]}
    other = {"openai-project": "proj_other"}

    assert api.refusal("POST", "/v1/fine_tuning/jobs", json=body, headers=other) == (
        400,
        "model_not_available",
        "model",
    )


def test_a_training_type_is_taken_and_not_echoed(api: Api) -> None:
    assert "trainingType" not in create(api, model=MODEL, trainingType="globalstandard")
