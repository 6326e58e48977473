"""Mistakes: each is reported in one clear sentence, and nothing is made at the service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.cli import Stack
from tests.engine.programs import JOB
from tests.support.server import Server

UNREACHABLE = "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"OPENAI_BASE_URL": "my server"}, "ftjobs:baseUrl is not a URL: 'my server'; give one such as"),
        (
            {"OPENAI_BASE_URL": "http://ai.example.com/v1"},
            "use https (plain http is for loopback hosts only)",
        ),
    ],
    ids=["not a URL", "a key readable on the network"],
)
def test_a_wrong_base_url_is_reported_in_the_preview(
    stack: Stack, server: Server, environment: dict[str, str], sentence: str
) -> None:
    stack.program(JOB, SEED=1)
    stack.preview(**environment).failed(sentence)
    assert server.journal() == []


def test_an_argument_without_a_value_is_reported_in_the_preview(stack: Stack, server: Server) -> None:
    stack.program('ft.FineTuningJob("a", model=None, training_file=None)\n')
    shown = stack.preview().failed(
        "model: is required, e.g. gpt-4.1-mini-2025-04-14",
        "training_file: is required, e.g. a FineTuningFile, or file-abc123",
    )
    assert "Traceback" not in shown.text
    assert server.journal() == []


def test_an_import_of_a_model_or_a_file_says_what_to_do_instead(stack: Stack, server: Server) -> None:
    wanted = "opts=pulumi.ResourceOptions(import_='ft:m')"
    for declared, instead in [
        (f"ft.FineTunedModel('a', job='ftjob-1', {wanted})", 'declare FineTunedModel(job="ftjob-...")'),
        (f"ft.FineTuningFile('a', path='rows.jsonl', {wanted})", 'training_file="file-..."'),
    ]:
        stack.program(declared)
        shown = stack.preview().failed("'a': import_ is not supported, remove it. Instead ", instead)
        assert "Traceback" not in shown.text
    assert server.journal() == []


def _missing(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_text("")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_missing, "path: 'rows.jsonl' does not exist"),
        (_empty, "path: 'rows.jsonl' is empty"),
        (_folder, "path: 'rows.jsonl' is a directory"),
    ],
    ids=["missing", "empty", "a directory"],
)
def test_a_training_file_that_cannot_be_read_is_reported_in_the_preview(
    stack: Stack, server: Server, spoil: Callable[[Path], None], sentence: str
) -> None:
    stack.program(JOB, SEED=1)
    spoil(stack.folder / "rows.jsonl")
    shown = stack.preview().failed(sentence)
    assert "Traceback" not in shown.text
    assert server.journal() == []


def test_three_mistakes_are_reported_at_once(stack: Stack) -> None:
    stack.program(JOB.replace("seed=SEED", 'seed=-1, suffix="x" * 65, metadata={"ftjobs_stack": "mine"}'))
    stack.preview().failed("seed: ", "suffix: ", 'metadata["ftjobs_stack"]: ')


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"OPENAI_API_KEY": ""}, "set it with `pulumi config set --secret ftjobs:apiKey ...`"),
        ({"OPENAI_BASE_URL": UNREACHABLE}, f"cannot reach {UNREACHABLE}"),
    ],
    ids=["no key", "nothing listens"],
)
def test_a_service_that_cannot_be_asked_is_reported_by_the_first_call(
    stack: Stack, server: Server, environment: dict[str, str], sentence: str
) -> None:
    stack.program(JOB, SEED=1)
    _reported_in_one_line(stack, sentence, **environment)
    assert server.journal() == []


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"kind": "status", "status": 401, "code": "invalid_api_key"}, "check the key: config ftjobs:apiKey"),
        ({"kind": "html", "status": 200}, "the answer is text/html; charset=utf-8, not a JSON object"),
        ({"kind": "status", "status": 200, "body": "", "headers": {"content-type": ""}}, "not a JSON object"),
    ],
    ids=["wrong key", "HTML", "nothing"],
)
def test_a_service_that_answers_wrongly_is_reported_and_nothing_is_made(
    stack: Stack, server: Server, fault: dict[str, object], sentence: str
) -> None:
    server.fault(**{"method": "*", "path": "*", "count": None, **fault})  # type: ignore[arg-type]
    stack.program(JOB, SEED=1)
    _reported_in_one_line(stack, sentence)
    server.clear_faults()
    assert server.jobs() == []
    assert stack.up().ok().totals["created"] == 2


def _reported_in_one_line(stack: Stack, sentence: str, **environment: str) -> None:
    """The update fails, and the row of the resource says why in that one sentence."""
    shown = stack.up(**environment).failed(sentence)
    reported = [line for line in shown.text.splitlines() if sentence in line]
    assert any(line.startswith("    error: ") for line in reported), shown.text
    assert any(" **creating failed** error: " in line for line in reported), shown.text
    assert "Traceback" not in shown.text
