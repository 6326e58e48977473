"""What the service chose, written into the program: only there, and never a retraining."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_ftjobs.cli.import_file import JOB_TYPE
from pulumi_ftjobs.cli.source_pinning import pin
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from tests.cli.conftest import Run, pulumi_with

JOB: dict[str, Any] = {
    "model": "gpt-4.1-mini-2025-04-14",
    "seed": 42.0,
    "status": "succeeded",
    "method": {
        "type": "supervised",
        "supervised": {
            "hyperparameters": {"n_epochs": 3.0, "batch_size": "auto", "learning_rate_multiplier": 1.8}
        },
    },
}
CHOSEN = "{'n_epochs': 3, 'learning_rate_multiplier': 1.8}"
METHOD = "{'type': 'supervised', 'supervised': {'hyperparameters': " + CHOSEN + "}}"


ALIAS = 'FineTuningJob("a", model="gpt-4.1-mini", '
SNAPSHOT = 'FineTuningJob("a", model="gpt-4.1-mini-2025-04-14", '
MANY_LINES = "seed=1, method=ft.supervised(n_epochs=3,\n  learning_rate_multiplier=1.8))"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"ft.{ALIAS}training_file=f)", f"ft.{SNAPSHOT}training_file=f, seed=42, method={METHOD})"),
        (
            f"{SNAPSHOT}seed=7, method=ft.supervised())",
            f"{SNAPSHOT}seed=7, method=ft.supervised(n_epochs=3, learning_rate_multiplier=1.8))",
        ),
        (
            f"{ALIAS}seed=1, method=supervised(n_epochs='auto', batch_size=4))",
            f"{SNAPSHOT}seed=1, method=supervised(n_epochs=3, batch_size=4, learning_rate_multiplier=1.8))",
        ),
        (
            f"{ALIAS}seed=1, hyperparameters={{'n_epochs': 'auto'}})",
            f"{SNAPSHOT}seed=1, hyperparameters={CHOSEN})",
        ),
        (f"{ALIAS}method={{'type': 'supervised'}})", f"{SNAPSHOT}method={METHOD}, seed=42)"),
        (f'x = "ü"; {ALIAS}{MANY_LINES}', f'x = "ü"; {SNAPSHOT}{MANY_LINES}'),
    ],
)
def test_only_what_was_open_is_written(before: str, after: str) -> None:
    assert pin(before, {"a": JOB}).source == after
    assert pin(after, {"a": JOB}).source == after


def test_calls_on_many_lines_stay_on_many_lines() -> None:
    before = 'job = ft.FineTuningJob(\r\n    "a",\r\n    model=MODEL,\r\n    training_file=f,\r\n)\r\n'
    result = pin(before, {"a": JOB})
    assert result.source == before.replace(
        "training_file=f,", f"training_file=f,\r\n    seed=42,\r\n    method={METHOD},"
    )
    assert result.notes == ["a: model is not a string literal; pin it yourself: 'gpt-4.1-mini-2025-04-14'"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    seed=1,  # ours\n)", "    seed=1,  # ours\n    method=METHOD,\n)"),
        ("    seed=1  # ours\n)", "    seed=1,  # ours\n    method=METHOD\n)"),
        (
            "    seed=1,  # ours\n    # the end\n)",
            "    seed=1,  # ours\n    method=METHOD,\n    # the end\n)",
        ),
        ("    seed=1)  # ours", "    seed=1,\n    method=METHOD)  # ours"),
        ("\tseed=1,\n)", "\tseed=1,\n\tmethod=METHOD,\n)"),
    ],
)
def test_a_comment_stays_with_what_it_is_about(before: str, after: str) -> None:
    head = 'ft.FineTuningJob(\n    "a",\n    model=MODEL,\n'
    assert pin(head + before, {"a": JOB}).source == head + after.replace("METHOD", METHOD)


def test_comments_within_a_value_are_not_given_up() -> None:
    before = f'{SNAPSHOT}seed=1, hyperparameters={{\n  "n_epochs": "auto",  # enough\n}})'
    result = pin(before, {"a": JOB})
    assert result.source == before
    assert result.notes == [
        f"a: hyperparameters has comments, which would be lost; write it yourself: {CHOSEN}"
    ]


def test_arguments_that_share_a_line_stay_on_it() -> None:
    before = 'job = ft.FineTuningJob(\n    "a", model=MODEL, seed=1\n)\n'
    after = before.replace("seed=1", f"seed=1, method={METHOD}")
    assert pin(before, {"a": JOB}).source == after


def test_a_snapshot_that_was_declared_in_other_words_is_no_matter(
    run: Run, program: Path, tmp_path: Path
) -> None:
    state = json.loads((tmp_path / "state.json").read_text())
    state["deployment"]["resources"][0]["inputs"] = {"model": JOB["model"]}
    (tmp_path / "state.json").write_text(json.dumps(state))
    program.write_text('import pulumi_ftjobs as ft\n\nft.FineTuningJob("a", model=MODEL, seed=1)\n')
    shown = run("pin", str(program))
    assert (shown.code, shown.err) == (0, "")
    assert "n_epochs" in shown.out


BY_HAND = f"write it yourself: model='gpt-4.1-mini-2025-04-14', seed=42, method={METHOD}"


@pytest.mark.parametrize(
    ("source", "note"),
    [
        (
            'for n in names: ft.FineTuningJob(n, model="m")',
            f"a: no call of FineTuningJob with this name as a literal; {BY_HAND}",
        ),
        (
            'KW = dict(seed=1)\nFineTuningJob("a", model="gpt-4.1-mini", **KW)',
            f"a: the call has * or ** arguments, which cannot be read; {BY_HAND}",
        ),
        (
            'if x: FineTuningJob("a", model="m")\nelse: FineTuningJob("a", model="n")',
            f"a: 2 calls of FineTuningJob have this name; {BY_HAND}",
        ),
        ('FineTuningJob("a", model="gpt-4.1", seed=1, method=chosen())', "a: method is computed; pin"),
        (
            'FineTuningJob("a", model="gpt-4.1-nano", seed=1, method=ft.supervised(**x))',
            "a: method is computed",
        ),
    ],
)
def test_what_cannot_be_written_is_reported_and_left(source: str, note: str) -> None:
    result = pin(source, {"a": JOB})
    assert any(one.startswith(note) for one in result.notes)
    assert result.source == source


def test_what_was_declared_is_not_reported_as_left() -> None:
    source = "for n, seed in names: ft.FineTuningJob(n, model=MODEL, seed=seed)"
    declared = {"model": JOB["model"], "seed": 42.0}
    assert pin(source, {"a": JOB}, {"a": declared}).notes == [
        f"a: no call of FineTuningJob with this name as a literal; write it yourself: method={METHOD}"
    ]
    assert pin(source, {"a": JOB}, {"a": declared | {"method": JOB["method"]}}).notes == []


@pytest.mark.parametrize(("status", "reported"), [("queued", True), ("running", True), ("succeeded", False)])
def test_what_the_state_does_not_know_yet_is_reported(status: str, reported: bool) -> None:
    words = (
        "a: the state does not contain batch_size; run `pulumi refresh` once the job trains, and pin again"
    )
    assert pin(ALIAS + ")", {"a": JOB | {"status": status}}).missing == [words] * reported


def test_a_program_that_is_no_python_is_one_sentence() -> None:
    with pytest.raises(FtjobsError, match="line 1"):
        pin("resources: {", {"a": JOB})


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program, and a `pulumi` whose stack has its job."""
    resource = {"type": JOB_TYPE, "urn": f"urn:pulumi:s::p::{JOB_TYPE}::a", "outputs": JOB}
    gone = {**resource, "delete": True}
    pulumi_with(tmp_path, [resource, gone], monkeypatch)
    path = tmp_path / "__main__.py"
    path.write_text(
        'import pulumi_ftjobs as ft\n\nft.FineTuningJob("a", model="gpt-4.1-mini", training_file="file-1")\n'
    )
    return path


def test_the_change_is_shown_and_written_only_when_reported_to(run: Run, program: Path) -> None:
    before = program.read_text()
    shown = run("pin", str(program))
    assert "+ft.FineTuningJob(" in shown.out
    assert program.read_text() == before
    assert run("pin", str(program), "--write").err == f"wrote {program}\n"
    assert "seed=42" in program.read_text()
    assert run("pin", str(program), "--write").err == f"{program} needs no change\n"


def test_what_is_left_is_reported_and_makes_exit_code_1(run: Run, program: Path) -> None:
    program.write_text('import pulumi_ftjobs as ft\n\nfor n in "a": ft.FineTuningJob(n)\n')
    before = program.read_text()
    ended = run("pin", str(program), "--write")
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert BY_HAND in ended.err
    assert program.read_text() == before


def test_a_state_that_was_not_refreshed_is_reported_and_makes_exit_code_1(
    run: Run, program: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state.json"
    state.write_text(state.read_text().replace("succeeded", "validating_files"))
    ended = run("pin", str(program), "--write")
    assert (ended.code, "`pulumi refresh`" in ended.err) == (1, True)
    assert "seed=42" in program.read_text()


def test_a_name_that_the_stack_does_not_have_is_reported(run: Run, program: Path) -> None:
    ended = run("pin", str(program), "--name", "b")
    assert (ended.code, ended.err) == (1, "ftjobs: the current stack has no job named b; known jobs: a\n")
