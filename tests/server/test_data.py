"""Training data: what the upload refuses, what fails the job later, and what is counted."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from pulumi_ftjobs.server.uploads.training_rows import RowReader

from .application import Api, chat

USER, ANSWER = {"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}
PREFERENCE = {"input": {"messages": [USER]}, "preferred_output": [ANSWER], "non_preferred_output": [ANSWER]}
GRADER = {
    "type": "string_check",
    "name": "same",
    "operation": "eq",
    "input": "{{sample.output_text}}",
    "reference": "{{item.answer}}",
}


def lines(row: Any, count: int = 12) -> str:
    return (json.dumps(row) + "\n") * count


@pytest.mark.parametrize(
    ("text", "line"),
    [("not json\n", 1), (chat(2) + "[1]\n", 3), (chat(1) + "\n{broken\n", 3), ('{"a": 1}\n"text"', 2)],
)
def test_the_upload_names_the_line_that_is_no_json_object(api: Api, text: str, line: int) -> None:
    answer = api.ask("POST", "/v1/files", files={"file": ("a.jsonl", text)}, data={"purpose": "fine-tune"})

    assert answer.status_code == 400
    assert f"Line {line} " in answer.json()["error"]["message"]
    assert api.get("/v1/files")["data"] == []
    assert list(api.services.store.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "purpose", "text", "param"),
    [
        ("a.csv", "fine-tune", "x", "file"),
        ("a.jsonl", "party", "x", "purpose"),
        ("a.jsonl", "fine-tune", "", "file"),
    ],
)
def test_an_upload_that_cannot_be_used_is_refused(
    api: Api, name: str, purpose: str, text: str, param: str
) -> None:
    files, data = {"file": (name, text)}, {"purpose": purpose}

    assert api.refusal("POST", "/v1/files", files=files, data=data) == (400, None, param)


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"data": {"purpose": "fine-tune"}}, "file"),
        ({"files": {"file": ("a.jsonl", "{}")}}, "purpose"),
        ({}, "file"),
    ],
)
def test_an_upload_needs_a_file_and_a_purpose(api: Api, given: dict[str, Any], param: str) -> None:
    assert api.refusal("POST", "/v1/files", **given) == (400, None, param)


def test_an_upload_is_bounded(api: Api) -> None:
    api.operate("/settings", max_file_bytes=1000)
    files, data = {"file": ("a.jsonl", chat(100))}, {"purpose": "fine-tune"}

    assert api.refusal("POST", "/v1/files", files=files, data=data)[0] == 413


def test_a_file_comes_back_byte_for_byte(api: Api) -> None:
    text = ("\ufeff" + chat(3).replace("\n", "\r\n")).encode()
    file = api.upload(text)

    assert file["bytes"] == len(text)
    assert api.ask("GET", f"/v1/files/{file['id']}/content").content == text


def test_a_file_can_expire(api: Api) -> None:
    data = {"purpose": "fine-tune", "expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"}
    file = api.ask("POST", "/v1/files", files={"file": ("a.jsonl", chat(10))}, data=data).json()

    assert file["expires_at"] == file["created_at"] + 3600
    api.wall.at += 3601
    assert api.refusal("GET", f"/v1/files/{file['id']}")[0] == 404


@pytest.mark.parametrize("seconds", ["60", "99999999", "soon"])
def test_an_expiry_out_of_range_is_refused(api: Api, seconds: str) -> None:
    data = {"purpose": "fine-tune", "expires_after[anchor]": "created_at", "expires_after[seconds]": seconds}

    refusal = api.refusal("POST", "/v1/files", files={"file": ("a.jsonl", chat(10))}, data=data)
    assert refusal == (400, None, "expires_after.seconds")


def test_a_new_file_is_processed_after_a_while_and_jobs_wait_for_it(api: Api) -> None:
    api.operate("/settings", file_processing=500)
    file = api.upload()
    job = api.create(training_file=file["id"])

    assert api.get(f"/v1/files/{file['id']}")["status"] == "uploaded"
    api.wall.at += 499
    assert api.job(job)["status"] == "validating_files"
    api.wall.at += 1
    assert api.get(f"/v1/files/{file['id']}")["status"] == "processed"
    api.until(job, "succeeded")


@pytest.mark.parametrize("which", ["training_file", "validation_file"])
def test_a_file_of_another_purpose_or_a_deleted_one_is_refused(api: Api, which: str) -> None:
    notes, gone, good = api.upload("notes", "n.txt", "user_data"), api.upload(), api.upload()
    api.ask("DELETE", f"/v1/files/{gone['id']}")
    for bad in (notes, gone):
        body = {"model": "gpt-4o-mini", "training_file": good["id"], which: bad["id"]}
        assert api.refusal("POST", "/v1/fine_tuning/jobs", json=body) == (400, None, which)


@pytest.mark.parametrize(
    ("text", "members", "code", "param"),
    [
        (chat(7), {}, "invalid_n_examples", "training_file"),
        (lines(PREFERENCE), {}, "invalid_training_file", "training_file"),
        (chat(12), {"method": {"type": "dpo"}}, "invalid_training_file", "training_file"),
        (lines({"messages": [USER]}), {}, "invalid_training_file", "training_file"),
        (
            lines({"messages": [{"role": "robot", "content": "x"}, ANSWER]}),
            {},
            "invalid_training_file",
            "training_file",
        ),
        (lines({"messages": [USER, {**ANSWER, "weight": 2}]}), {}, "invalid_training_file", "training_file"),
        (lines({"prompt": "a", "completion": "b"}), {}, "invalid_training_file", "training_file"),
        (chat(12), {"model": "davinci-002"}, "invalid_training_file", "training_file"),
    ],
)
def test_data_that_does_not_fit_fails_the_job_in_validation(
    api: Api, text: str, members: dict[str, Any], code: str, param: str
) -> None:
    job = api.until(api.create(training_file=api.upload(text)["id"], **members), "failed")

    assert (job["error"]["code"], job["error"]["param"]) == (code, param)
    assert (job["finished_at"], job["fine_tuned_model"], job["trained_tokens"]) == (None, None, None)
    events = api.events(job)
    assert (events[-1]["level"], events[-1]["message"]) == ("error", job["error"]["message"])


def test_a_bad_validation_file_is_reported_as_such(api: Api) -> None:
    bad = api.upload(lines(PREFERENCE))
    job = api.until(api.create(validation_file=bad["id"]), "failed")

    assert job["error"]["code"] == "invalid_validation_file"


@pytest.mark.parametrize(
    ("model", "method", "row"),
    [
        ("gpt-4o-mini", {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2}}}, PREFERENCE),
        (
            "o4-mini",
            {"type": "reinforcement", "reinforcement": {"grader": GRADER}},
            {"messages": [USER], "answer": "4"},
        ),
        ("davinci-002", {"type": "supervised"}, {"prompt": "a", "completion": "b"}),
    ],
)
def test_every_method_trains_on_its_own_format(
    api: Api, model: str, method: dict[str, Any], row: Any
) -> None:
    data = api.upload(lines(row, 20))["id"]
    job = api.until(
        api.create(model=model, method=method, training_file=data, validation_file=data), "succeeded"
    )

    assert job["method"]["type"] == method["type"]
    last = [e for e in api.events(job) if e["type"] == "metrics"][-1]["data"]
    assert ("train_mean_reward" in last) == (method["type"] == "reinforcement")


def test_the_loss_falls_and_is_the_same_for_the_same_data_and_seed(api: Api) -> None:
    data = api.upload()["id"]
    one, two, three = (
        api.until(api.create(training_file=data, seed=seed), "succeeded") for seed in (1, 1, 2)
    )
    curves = [
        [e["data"]["train_loss"] for e in api.events(j) if e["type"] == "metrics"] for j in (one, two, three)
    ]

    assert curves[0] == curves[1] != curves[2]
    assert sum(curves[0][:10]) > 1.5 * sum(curves[0][-10:])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_rows_are_the_same_however_the_bytes_arrive(size: int) -> None:
    data = ("\ufeff" + chat(5) + "\n" + chat(1).strip()).encode()
    reader = RowReader()
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size])
    reader.finish()

    assert (reader.rows, reader.problems["supervised"]) == (6, None)


def test_a_byte_order_mark_and_blank_lines_are_no_rows(api: Api) -> None:
    job = api.create(training_file=api.upload("\ufeff\n" + chat(10) + "\n\n")["id"])

    assert api.until(job, "succeeded")["hyperparameters"]["n_epochs"] == 10


def test_a_result_file_may_come_encoded(api: Api) -> None:
    api.operate("/settings", result_encoding="base64")
    job = api.until(api.create(), "succeeded")
    content = api.ask("GET", f"/v1/files/{job['result_files'][0]}/content").content

    assert base64.b64decode(content, validate=True).startswith(b"step,train_loss,")
