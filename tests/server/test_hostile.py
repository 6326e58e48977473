"""What no client should send: refused in the envelope, and no later request is affected."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .application import MODEL, Api, chat

JOBS, RUN = "/v1/fine_tuning/jobs", "/v1/fine_tuning/alpha/graders/run"
VALIDATE = "/v1/fine_tuning/alpha/graders/validate"
HALF = "\\ud800"


def strict(text: str | bytes) -> Any:
    """JSON as every other language reads it: UTF-8, finite numbers, whole characters."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    value = json.loads(text.decode() if isinstance(text, bytes) else text, parse_constant=refuse)
    json.dumps(value, ensure_ascii=False).encode()
    return value


@pytest.mark.parametrize(
    "members",
    [
        '"hyperparameters": {"learning_rate_multiplier": 1e999}',
        '"hyperparameters": {"n_epochs": 1e999}',
        f'"hyperparameters": {{"learning_rate_multiplier": 1{"0" * 400}}}',
        '"method": {"type": "reinforcement", "reinforcement": {"hyperparameters": {"eval_samples": 1e999}}}',
        '"seed": NaN',
        '"seed": -Infinity',
        f'"suffix": "a{HALF}b"',
        f'"metadata": {{"key": "{HALF}"}}',
        f'"metadata": {{"{HALF}": "value"}}',
        f'"model": "{HALF}"',
        f'"training_file": "{HALF}"',
        f'"metadata": {{"key": {"[" * 900}{"]" * 900}}}',
    ],
)
def test_what_no_json_reader_could_read_again_is_refused_and_never_shown(api: Api, members: str) -> None:
    body = json.dumps({"model": MODEL, "training_file": api.upload()["id"]})[:-1] + f", {members}}}"
    sent = {"content": body, "headers": {"content-type": "application/json"}}

    assert api.refusal("POST", JOBS, **sent)[0] == 400
    assert strict(api.ask("GET", JOBS).content)["data"] == []
    assert strict(api.ask("GET", "/_ftjobs/journal").content)["requests"][1]["body"] is None


def test_a_surrogate_in_raw_bytes_is_refused_too(api: Api) -> None:
    body = b'{"model": "\xed\xa0\x80", "training_file": "x"}'

    assert api.refusal("POST", JOBS, content=body)[0] == 400


def test_a_whole_pair_of_surrogates_is_a_character(api: Api) -> None:
    body = {"model": MODEL, "training_file": api.upload()["id"], "suffix": "\U0001f600"}
    answer = api.ask("POST", JOBS, content=json.dumps(body))

    assert answer.json()["user_provided_suffix"] == "\U0001f600"


def test_a_sample_with_half_a_character_is_refused(api: Api) -> None:
    grader = {"type": "python", "name": "p", "source": "x"}

    assert (
        api.refusal("POST", RUN, content=json.dumps({"grader": grader, "model_sample": "\ud800"}))[0] == 400
    )


@pytest.mark.parametrize("limit", ["9" * 5000, "-1", "1.5", "\u00b2", "10001"])
def test_a_limit_that_is_no_number_in_range_is_refused(api: Api, limit: str) -> None:
    assert api.refusal("GET", JOBS, params={"limit": limit}) == (400, None, "limit")


@pytest.mark.parametrize("place", [-1, -2, -4, -8])
def test_a_cursor_with_one_wrong_character_is_unknown(api: Api, place: int) -> None:
    job = api.create()
    path = f"{JOBS}/{job['id']}/events"
    known = [event["id"] for event in api.events(job)]
    for letter in "0A9zZ":
        wrong = known[-1][:place] + letter + (known[-1][place + 1 :] if place < -1 else "")
        if wrong not in known:
            assert api.refusal("GET", path, params={"after": wrong}) == (400, None, "after")
            api.operate("/settings", lenient=True)
            assert api.get(path, after=wrong)["data"] == []
            api.operate("/settings", lenient=False)


@pytest.mark.parametrize("kind", [[], {}, 5, None])
def test_a_grader_whose_type_is_no_text_is_named(api: Api, kind: Any) -> None:
    body = {"grader": {"type": kind}, "model_sample": "x"}
    method = {"type": "reinforcement", "reinforcement": {"grader": {"type": kind}}}
    create = {"model": MODEL, "training_file": "file-x", "method": method}

    assert [api.refusal("POST", path, json=body) for path in (RUN, VALIDATE)] == [
        (400, None, "grader.type")
    ] * 2
    assert api.refusal("POST", JOBS, json=create) == (400, None, "method.reinforcement.grader.type")


CHECK = {"type": "string_check", "name": "n", "operation": "eq", "input": "a", "reference": "a"}


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"graders": {"a": {"type": "multi", "graders": {"b": CHECK}, "calculate_output": "b"}}},
         "grader.graders.a.type"),
        ({"calculate_output": "9" * 400}, "grader.calculate_output"),
        ({"calculate_output": "(" * 300 + "1" + ")" * 300}, "grader.calculate_output"),
        ({"calculate_output": "-" * 5000 + "1"}, "grader.calculate_output"),
        ({"calculate_output": ["a"]}, "grader.calculate_output"),
        ({"calculate_output": "other"}, "grader.calculate_output"),
        ({"calculate_output": "a +"}, "grader.calculate_output"),
    ],
)  # fmt: skip
def test_validate_and_run_refuse_the_same_multi_graders(
    api: Api, members: dict[str, Any], param: str
) -> None:
    grader = {"type": "multi", "name": "m", "graders": {"a": CHECK}, "calculate_output": "a", **members}
    refusals = [
        api.refusal("POST", path, json={"grader": grader, "model_sample": "x"}) for path in (VALIDATE, RUN)
    ]

    assert refusals[1] == (400, None, param)
    assert refusals[0] == refusals[1]


@pytest.mark.parametrize(
    "formula", ["1e308 * 10", "'nan'", "1e999 - 1e999", "True", "1j", "abs()", "a / 0", "2 ** 9"]
)
def test_a_formula_never_answers_what_is_no_number(api: Api, formula: str) -> None:
    grader = {"type": "multi", "name": "m", "graders": {"a": CHECK}, "calculate_output": formula}

    assert api.refusal("POST", RUN, json={"grader": grader, "model_sample": "x"})[0] == 400


@pytest.mark.parametrize(
    ("members", "sample"),
    [
        ({"input": "{{sample.output_text}}"}, "x" * 50_001),
        ({"input": "{{sample.output_text}}" * 10_000}, "x" * 50_000),
    ],
)
def test_texts_too_long_to_compare_are_refused(api: Api, members: dict[str, Any], sample: str) -> None:
    grader = {**CHECK, "type": "text_similarity", "evaluation_metric": "fuzzy_match", **members}

    assert api.refusal("POST", RUN, json={"grader": grader, "model_sample": sample})[0] == 400


@pytest.mark.timeout(20)  # by comparing every pair of characters it would take minutes
@pytest.mark.parametrize(("metric", "word"), [("fuzzy_match", "ab"), ("rouge_l", "a b ")])
def test_the_longest_texts_are_compared_at_once(api: Api, metric: str, word: str) -> None:
    grader = {
        **CHECK, "type": "text_similarity", "evaluation_metric": metric, "input": "{{sample.output_text}}",
        "reference": "{{item.text}}",
    }  # fmt: skip
    text = (word * 50_000)[:50_000]
    body = {"grader": grader, "model_sample": text, "item": {"text": text[::-1]}}

    assert api.post(RUN, body)["reward"] > 0.9


def test_a_role_that_is_no_text_fails_the_job_and_not_the_upload(api: Api) -> None:
    row = json.dumps({"messages": [{"role": [], "content": "x"}]}) + "\n"
    job = api.until(api.create(training_file=api.upload(row * 12)["id"]), "failed")

    assert job["error"]["code"] == "invalid_training_file"


@pytest.mark.parametrize("row", ['{"a":' + "[" * 100_000, '{"a": NaN}'])
def test_a_row_that_cannot_be_read_refuses_the_upload_by_its_line(api: Api, row: str) -> None:
    files, data = {"file": ("a.jsonl", chat(2) + row + "\n")}, {"purpose": "fine-tune"}
    answer = api.ask("POST", "/v1/files", files=files, data=data)

    assert (answer.status_code, "Line 3 " in answer.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize("boundary", ["x" * 5000, "", "\u00e9"])
def test_a_boundary_that_no_parser_takes_is_refused(api: Api, boundary: str) -> None:
    kind = f"multipart/form-data; boundary={boundary}".encode("latin-1")

    assert api.refusal("POST", "/v1/files", content=b"x", headers={"content-type": kind})[0] == 400
