"""What a job goes through, and which of its fields are set when."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .application import MODEL, Api, chat


def test_a_job_is_validated_queued_trained_and_done(api: Api) -> None:
    job = api.create()
    seen = [job["status"]]
    while seen[-1] != "succeeded":
        api.wall.at += 5
        status = api.job(job)["status"]
        seen += [status] if status != seen[-1] else []

    assert seen == ["validating_files", "queued", "running", "succeeded"]


@pytest.mark.parametrize(
    ("status", "numbers", "finished", "tokens", "files"),
    [
        ("validating_files", False, False, False, 0),
        ("queued", True, False, False, 0),
        ("running", True, False, False, 0),
        ("succeeded", True, True, True, 1),
    ],
)
def test_fields_are_set_as_recorded(
    api: Api, status: str, numbers: bool, finished: bool, tokens: bool, files: int
) -> None:
    job = api.until(api.create(), status)

    assert isinstance(job["hyperparameters"]["n_epochs"], int) is numbers
    assert job["method"]["supervised"]["hyperparameters"] == job["hyperparameters"]
    assert (job["finished_at"] is not None, job["fine_tuned_model"] is not None) == (finished, finished)
    assert (job["trained_tokens"] is not None, len(job["result_files"])) == (tokens, files)


def test_a_succeeded_job_leaves_a_model_a_result_file_and_three_checkpoints(api: Api) -> None:
    job = api.until(api.create(suffix="mine"), "succeeded")

    name = job["fine_tuned_model"]
    assert re.fullmatch(rf"ft:{MODEL}:personal:mine:\w{{8}}", name)
    assert api.get(f"/v1/models/{name}")["id"] == name
    checkpoints = api.get(f"/v1/fine_tuning/jobs/{job['id']}/checkpoints")
    assert [c["step_number"] for c in checkpoints["data"]] == [120, 80, 40]
    assert checkpoints["data"][0]["fine_tuned_model_checkpoint"] == name
    assert checkpoints["data"][1]["fine_tuned_model_checkpoint"].endswith(":ckpt-step-80")
    content = api.ask("GET", f"/v1/files/{job['result_files'][0]}/content")
    assert content.headers["content-disposition"] == 'attachment; filename="step_metrics.csv"'
    lines = content.text.splitlines()
    assert lines[0] == "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
    assert len(lines) == 121


@pytest.mark.parametrize("validated", [True, False])
def test_a_checkpoint_tells_of_a_validation_only_if_there_was_one(api: Api, validated: bool) -> None:
    file = api.upload()["id"]
    body = {"validation_file": file} if validated else {}
    job = api.until(api.create(training_file=file, **body), "succeeded")

    for checkpoint in api.get(f"/v1/fine_tuning/jobs/{job['id']}/checkpoints")["data"]:
        metrics = checkpoint["metrics"]
        assert {"step", "train_loss", "train_mean_token_accuracy"} <= set(metrics)
        assert ("valid_loss" in metrics, "valid_mean_token_accuracy" in metrics) == (validated, validated)


def test_an_absent_suffix_leaves_its_place_empty(api: Api) -> None:
    job = api.until(api.create(), "succeeded")

    assert re.fullmatch(rf"ft:{MODEL}:personal::\w{{8}}", job["fine_tuned_model"])


def test_the_files_of_a_job_may_be_deleted_without_touching_it(api: Api) -> None:
    job = api.create()
    api.ask("DELETE", f"/v1/files/{job['training_file']}")

    assert api.until(job, "succeeded")["training_file"] == job["training_file"]


def test_the_model_exists_for_the_first_request_after_the_end(api: Api) -> None:
    job = api.create()
    api.wall.at += 3600

    names = [m["id"] for m in api.get("/v1/models")["data"]]
    assert api.job(job)["fine_tuned_model"] in names


def test_a_deleted_model_is_gone(api: Api) -> None:
    name = api.until(api.create(), "succeeded")["fine_tuned_model"]

    assert api.ask("DELETE", f"/v1/models/{name}").json() == {"id": name, "object": "model", "deleted": True}
    assert api.refusal("GET", f"/v1/models/{name}") == (404, "model_not_found", "model")


def test_tokens_are_those_of_the_file_times_epochs(api: Api) -> None:
    data = api.upload(chat(50))
    one = api.until(api.create(training_file=data["id"], hyperparameters={"n_epochs": 1}), "succeeded")
    two = api.until(api.create(training_file=data["id"], hyperparameters={"n_epochs": 2}), "succeeded")

    assert two["trained_tokens"] == 2 * one["trained_tokens"] > 0


@pytest.mark.parametrize(("rows", "epochs"), [(10, 10), (34, 3), (100, 3), (20, 5)])
def test_automatic_epochs_are_those_recorded(api: Api, rows: int, epochs: int) -> None:
    job = api.until(api.create(training_file=api.upload(chat(rows))["id"]), "queued")

    assert job["hyperparameters"]["n_epochs"] == epochs


@pytest.mark.parametrize(
    ("name", "snapshot"),
    [("gpt-4o-mini", "gpt-4o-mini-2024-07-18"), ("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14")],
)
def test_an_alias_is_answered_with_its_snapshot(api: Api, name: str, snapshot: str) -> None:
    assert api.create(model=name)["model"] == snapshot


def test_a_fine_tuned_model_can_be_trained_further(api: Api) -> None:
    first = api.until(api.create(), "succeeded")
    second = api.until(api.create(model=first["fine_tuned_model"], suffix="more"), "succeeded")

    assert re.fullmatch(rf"ft:{MODEL}:personal:more:\w{{8}}", second["fine_tuned_model"])


def test_pausing_stops_training_and_resuming_goes_on_from_there(api: Api) -> None:
    job = api.create()
    api.until(job, "running")
    api.wall.at += 20
    assert api.post(f"/v1/fine_tuning/jobs/{job['id']}/pause")["status"] == "paused"
    steps = len(metrics(api, job))
    api.wall.at += 9999
    assert (api.job(job)["status"], len(metrics(api, job))) == ("paused", steps)

    assert api.post(f"/v1/fine_tuning/jobs/{job['id']}/resume")["status"] == "queued"
    api.wall.at += 10
    assert (api.job(job)["status"], len(metrics(api, job))) == ("queued", steps)
    api.until(job, "succeeded")
    assert [e["data"]["step"] for e in metrics(api, job)] == list(range(1, 121))


@pytest.mark.parametrize("status", ["validating_files", "queued", "running"])
def test_a_job_that_is_not_over_can_be_cancelled(api: Api, status: str) -> None:
    job = api.create()
    api.until(job, status)
    cancelled = api.post(f"/v1/fine_tuning/jobs/{job['id']}/cancel")

    assert (cancelled["status"], cancelled["fine_tuned_model"]) == ("cancelled", None)
    api.wall.at += 9999
    assert api.job(job) == cancelled
    assert api.events(job)[-1]["level"] == "warn"


def test_a_paused_job_can_be_cancelled(api: Api) -> None:
    job = api.create()
    api.until(job, "running")
    api.wall.at += 20
    api.post(f"/v1/fine_tuning/jobs/{job['id']}/pause")

    assert api.post(f"/v1/fine_tuning/jobs/{job['id']}/cancel")["status"] == "cancelled"


@pytest.mark.parametrize("verb", ["cancel", "pause", "resume"])
def test_a_finished_job_refuses_every_verb(api: Api, verb: str) -> None:
    job = api.until(api.create(), "succeeded")

    assert api.refusal("POST", f"/v1/fine_tuning/jobs/{job['id']}/{verb}") == (400, None, None)


def test_cancelling_a_finished_job_can_be_switched_to_success(api: Api) -> None:
    api.operate("/settings", cancel_on_finished=200)
    job = api.until(api.create(), "succeeded")

    assert api.post(f"/v1/fine_tuning/jobs/{job['id']}/cancel")["status"] == "succeeded"


def test_an_asynchronous_cancel_takes_effect_later(api: Api) -> None:
    api.operate("/settings", cancel="async", cancel_delay=20)
    job = api.create()

    assert api.post(f"/v1/fine_tuning/jobs/{job['id']}/cancel")["status"] == "validating_files"
    api.wall.at += 19
    assert api.job(job)["status"] == "validating_files"
    api.wall.at += 2
    assert api.job(job)["status"] == "cancelled"


def test_pausing_before_the_first_step_is_refused(api: Api) -> None:
    job = api.create()

    assert api.refusal("POST", f"/v1/fine_tuning/jobs/{job['id']}/pause")[0] == 400


def metrics(api: Api, job: Any) -> list[Any]:
    return [e for e in api.events(job) if e["type"] == "metrics"]
