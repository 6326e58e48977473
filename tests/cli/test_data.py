"""Training files: what `check` reports, and what `upload` sends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.server import Server


def test_a_good_file_is_reported_in_figures_without_a_key(run: Run, data: Path) -> None:
    shown = run("check", str(data), "--epochs", "3")
    assert shown.code == 0
    assert "rows          12\n" in shown.out
    assert "format        chat\n" in shown.out
    assert "x 3 epochs x 5 USD per million" in shown.out


def test_errors_are_reported_by_line_and_make_exit_code_1(run: Run, data: Path) -> None:
    data.write_text(data.read_text() + '{"messages": []}\n')
    shown = run("check", str(data))
    assert shown.code == 1
    assert "error: line 13: " in shown.out
    problems = run("check", str(data), "--json").json["problems"]
    assert (problems[0]["severity"], problems[0]["line"]) == ("error", 13)


def test_a_row_that_was_not_looked_into_makes_the_cost_unknown_and_not_small(run: Run, data: Path) -> None:
    data.write_text(data.read_text() + '{"messages": "' + "x" * (1 << 24) + '"}\n')
    shown = run("check", str(data), "--json").json
    assert (shown["rows"], shown["tokens"]) == (13, None)
    assert shown["cost"].startswith("unknown: the tokens of the training file are not known")
    assert [problem["code"] for problem in shown["problems"]] == ["FT114"]


def test_the_method_decides_which_rows_fit(run: Run, data: Path) -> None:
    assert run("check", str(data), "--method", "dpo").code == 1
    assert run("check", str(data), "--method", "rlhf").code == 2


def test_rows_that_are_in_both_files_are_reported(run: Run, data: Path, tmp_path: Path) -> None:
    again = tmp_path / "validation.jsonl"
    again.write_bytes(data.read_bytes())
    reported = [
        problem["message"]
        for problem in run("check", str(data), "--validation", str(again), "--json").json["problems"]
    ]
    assert any("12" in message for message in reported)


def test_of_two_files_each_problem_names_its_own(run: Run, data: Path, tmp_path: Path) -> None:
    other = tmp_path / "validation.jsonl"
    other.write_text(data.read_text() + '{"messages": []}\n')
    data.write_text("{}\n" + data.read_text())
    shown = run("check", str(data), "--validation", str(other))
    assert f"error: {data}: line 1: " in shown.out
    assert f"error: {other}: line 13: " in shown.out
    assert f"warning: {other}: 12 validation rows are in the training file" in shown.out
    reported = run("check", str(data), "--validation", str(other), "--json").json["problems"]
    assert {(one["file"], one["line"]) for one in reported if one["severity"] == "error"} == {
        (str(data), 1),
        (str(other), 13),
    }


def test_problems_beyond_those_shown_are_counted_in_both_files(run: Run, data: Path, tmp_path: Path) -> None:
    other = tmp_path / "validation.jsonl"
    other.write_text('{"messages": []}\n' * 30)
    assert run("check", str(data), "--validation", str(other), "--json").json["more"] >= 10


def test_a_price_that_is_not_known_can_be_given_to_the_stack(run: Run, data: Path) -> None:
    shown = run("check", str(data), "--model", "somebodys-model")
    assert "3.0}'; ftjobs reads a stack's config with --stack-config\n" in shown.out


@pytest.mark.parametrize("command", ["check", "upload"])
@pytest.mark.usefixtures("asked")
def test_a_file_that_is_not_there_is_one_line(run: Run, command: str) -> None:
    ended = run(command, "nowhere.jsonl")
    assert (ended.code, ended.out) == (1, "")
    assert "nowhere.jsonl" in ended.err


def test_equal_bytes_are_uploaded_once(run: Run, asked: Server, data: Path) -> None:
    first = run("upload", str(data))
    assert first.out.startswith("file-")
    second = run("upload", str(data))
    assert (second.out, second.err) == (first.out, "already uploaded\n")
    assert len(asked.posts("/files")) == 1


def test_a_file_with_errors_is_not_uploaded(run: Run, asked: Server, data: Path) -> None:
    data.write_text("{}\n")
    assert run("upload", str(data)).code == 1
    assert asked.posts("/files") == []
