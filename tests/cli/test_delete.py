"""Deleting files and models: asked first, an unknown id is no success, a refusal stops no other."""

from __future__ import annotations

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import NotFound
from tests.cli.conftest import Run
from tests.cli.terminal import terminal
from tests.support.server import Server


def test_a_file_is_deleted(run: Run, api: Client, training_file: str) -> None:
    assert run("delete", "file", training_file, "--yes").out == f"{training_file}\tdeleted\n"
    with pytest.raises(NotFound):
        api.file(training_file)


def test_a_model_is_deleted_and_reported_as_json(run: Run, api: Client, asked: Server, job_id: str) -> None:
    asked.act(job_id, "succeed")
    model = str(asked.job(job_id)["fine_tuned_model"])
    assert run("delete", "model", model, "--yes", "--json").json == [
        {"id": model, "object": "model", "deleted": True}
    ]
    assert not api.model_exists(model)


def test_an_unknown_id_is_refused_and_the_others_are_deleted(
    run: Run, api: Client, training_file: str
) -> None:
    ended = run("delete", "file", "file-nothing", training_file, "--yes")
    assert (ended.code, ended.out) == (4, f"{training_file}\tdeleted\n")
    assert ended.err.startswith("ftjobs: reading file file-nothing (HTTP 404")


def test_outside_a_terminal_nothing_is_deleted_without_yes(run: Run, api: Client, training_file: str) -> None:
    ended = run("delete", "file", training_file)
    assert (ended.code, ended.out) == (1, "")
    assert "Confirm with --yes" in ended.err
    assert api.file(training_file).id == training_file


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "code", "left"), [("y", 0, False), ("n", 1, True)])
def test_a_terminal_is_asked_first(
    api: Client, training_file: str, answer: str, code: int, left: bool
) -> None:
    with terminal("delete", "file", training_file) as screen:
        screen.until(lambda: f"Delete file {training_file}? [y/N]:" in screen.text, "the question")
        screen.type(f"{answer}\n")
        assert screen.end() == code
    assert (training_file in {one.id for one in api.files()}) is left


@pytest.mark.parametrize(
    "words", [["model", "ftjob-abc"], ["job", "ftjob-abc"], ["file", ".."]], ids=" ".join
)
def test_what_cannot_be_deleted_is_a_wrong_command_line(run: Run, words: list[str]) -> None:
    assert run("delete", *words, "--yes").code == 2
