"""Errors as one line, and with --json as one object on stderr."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Run
from tests.support.server import Server


@pytest.mark.parametrize(
    ("words", "code", "members"),
    [
        (["get", "ftjob-nothing", "--json"], 4, {"status": 404}),
        (["get", "ftjob-nothing", "-o", "json"], 4, {"status": 404}),
        (["list", "--json", "--limit", "0"], 2, {}),
        (["lst", "--json"], 2, {}),
        (["query", "DELETE FROM jobs", "--json"], 1, {}),
        (["delete", "file", "file-x", "--json"], 1, {}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.usefixtures("asked")
def test_with_json_an_error_is_one_object(
    run: Run, words: list[str], code: int, members: dict[str, object]
) -> None:
    ended = run(*words)
    assert (ended.code, ended.out) == (code, "")
    error = json.loads(ended.err)["error"]
    assert error["exit_code"] == code
    assert error["message"]
    assert {name: error[name] for name in members} == members


def test_an_error_of_the_service_keeps_its_code_and_request_id(run: Run, asked: Server) -> None:
    asked.fault("status", "GET", "/fine_tuning/jobs", status=401, count=None)
    error = json.loads(run("list", "--json").err)["error"]
    assert {"status", "request_id"} <= set(error)


def test_a_missing_setting_is_an_object_too(run: Run, asked: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    ended = run("list", "--json")
    assert (ended.code, json.loads(ended.err)["error"]["exit_code"]) == (3, 3)


def test_without_json_an_error_is_one_line(run: Run, asked: Server) -> None:
    ended = run("get", "ftjob-nothing")
    assert ended.err.startswith("ftjobs: reading job ftjob-nothing (HTTP 404")
    assert ended.err.count("\n") == 1


def test_a_mistyped_command_names_the_closest_one(run: Run) -> None:
    ended = run("chekpoints")
    assert ended.code == 2
    assert "No such command 'chekpoints'. Did you mean 'checkpoints'?" in ended.err


@pytest.mark.parametrize("command", ["list", "doctor"])
def test_an_unreachable_service_says_where_the_base_url_is_read(
    run: Run, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-anything")
    ended = run(command)
    assert "OPENAI_BASE_URL, or with --stack-config the stack's ftjobs:baseUrl" in ended.out + ended.err
