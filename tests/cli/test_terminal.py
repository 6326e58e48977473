"""What a terminal shows: screens of several widths, hostile words, and how a live picture ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from pulumi_ftjobs.api.client import Client
from tests.cli.terminal import terminal
from tests.support.rows import MODEL
from tests.support.server import Server

pytestmark = pytest.mark.slow

HOSTILE = "\x1b[2J\x1b]0;renamed\x07\x9b31m\u202e[red]"


@pytest.fixture
def three(api: Client, training_file: str, asked: Server) -> Iterator[list[str]]:
    """Three jobs that train for an hour each, with time in the test's hands."""
    asked.clock(mode="stepped")
    asked.ask("POST", "/_ftjobs/scenario", {"jobs": [{"validating": 10, "queueing": 10, "training": 3600}]})
    body = {"model": MODEL, "training_file": training_file}
    yield [api.create_job({**body, "suffix": name}).id for name in ("one", "two", "three")]
    asked.ask("DELETE", "/_ftjobs/scenario")


@pytest.mark.parametrize("columns", [120, 80, 40])
def test_jobs_are_watched_side_by_side_until_all_have_ended(
    asked: Server, three: list[str], columns: int
) -> None:
    asked.clock(advance=900)
    with terminal("watch", *three, columns=columns) as screen:
        screen.until(lambda: screen.text.count(" · loss ") == 3, "three running jobs")
        assert all(job_id in screen.text for job_id in three)
        assert len(re.findall("█+░+", screen.text)) == 3
        asked.clock(advance=900)
        screen.until(
            lambda: len(re.findall("[░█]{20}  [▁-█]{2,}", screen.text)) == 3, "the loss of three jobs"
        )
        asked.act(three[0], "fail", message="The rows are odd.", code="invalid_training_file")
        asked.act(three[1], "succeed")
        screen.until(lambda: "failed: The rows are odd." in screen.text, "the failure")
        asked.act(three[2], "succeed")
        assert screen.end() == 1
        assert screen.text.count("█" * 20) == 3
        assert (screen.colour("failed:"), screen.colour("succeeded:")) == ("red", "green")
        assert str(asked.job(three[1])["fine_tuned_model"]) in screen.text
        assert not screen.cursor_hidden


def test_jobs_that_all_succeed_end_the_picture_with_0(asked: Server, three: list[str]) -> None:
    with terminal("watch", *three) as screen:
        screen.until(lambda: screen.text.count("validating_files") == 3, "three jobs")
        for job_id in three:
            asked.act(job_id, "succeed")
        assert screen.end() == 0


def test_ctrl_c_at_the_picture_gives_the_cursor_back_and_leaves_the_jobs(
    asked: Server, three: list[str]
) -> None:
    with terminal("watch", *three) as screen:
        screen.until(lambda: screen.text.count("validating_files") == 3, "three jobs")
        screen.press_ctrl_c()
        assert screen.end() == 130
        assert "stopped watching; the jobs continue at the service" in screen.text
        assert not screen.cursor_hidden
    assert [asked.job(job_id)["status"] for job_id in three] == ["validating_files"] * 3
    assert not [call for call in asked.calls() if call.endswith("/cancel")]


@pytest.mark.parametrize("columns", [120, 80, 40])
def test_ctrl_c_leaves_every_row_once_on_the_screen(asked: Server, three: list[str], columns: int) -> None:
    asked.clock(advance=900)
    with terminal("watch", *three, columns=columns) as screen:
        screen.until(lambda: screen.text.count(" · loss ") == 3, "three running jobs")
        screen.press_ctrl_c()
        assert screen.end() == 130
        assert [screen.text.count(job_id) for job_id in three] == [1, 1, 1]


def test_an_unknown_id_among_the_watched_is_one_line_and_the_cursor_is_there(
    asked: Server, three: list[str]
) -> None:
    with terminal("watch", *three, "ftjob-nothing") as screen:
        assert screen.end() == 4
        assert "Could not find fine tune: ftjob-nothing" in screen.text
        assert not screen.cursor_hidden


def test_more_jobs_than_lines_are_all_reported_at_the_end(asked: Server, three: list[str]) -> None:
    with terminal("watch", *three, columns=80, rows=4) as screen:
        screen.until(lambda: three[0] in screen.text, "the first job")
        for job_id in three:
            asked.act(job_id, "succeed")
        assert screen.end() == 0
        for job_id in three:
            assert str(asked.job(job_id)["fine_tuned_model"]).encode() in screen.raw


def test_a_dumb_terminal_gets_lines(asked: Server, three: list[str]) -> None:
    for job_id in three:
        asked.act(job_id, "succeed")
    with terminal("watch", *three, TERM="dumb") as screen:
        assert screen.end() == 0
        assert b"\x1b" not in screen.raw
        assert screen.raw.count(b"succeeded: ft:") == 3


@pytest.mark.parametrize("columns", [200, 120, 80, 40])
@pytest.mark.parametrize("command", ["list -o wide", "expiry"])
def test_no_id_is_cut_however_narrow_the_screen(
    asked: Server, three: list[str], columns: int, command: str
) -> None:
    for job_id in three:
        asked.act(job_id, "succeed")
    with terminal(*command.split(), columns=columns, rows=60) as screen:
        assert screen.end() == 0
        for job_id in three:
            assert job_id in screen.text
            assert str(asked.job(job_id)["fine_tuned_model"]) in screen.text


def test_an_empty_cell_keeps_its_place_however_narrow_the_screen() -> None:
    statement = (
        "SELECT 'x' AS the_first_of_the_columns, NULL AS the_second_of_the_columns, 7 AS the_third_of_them"
    )
    with terminal("query", statement, columns=40) as screen:
        assert screen.end() == 0
        assert [line for line in screen.lines if line][3:] == ["x", "  -", "  7"]


@pytest.mark.parametrize(
    "words", [["list"], ["get", "ID"], ["get", "ID", "--json"], ["events", "ID"], ["watch", "ID"]]
)
def test_what_a_service_says_reaches_no_terminal_raw(
    asked: Server, api: Client, training_file: str, words: list[str]
) -> None:
    body = {"model": MODEL, "training_file": training_file, "metadata": {"k": HOSTILE}}
    job_id = api.create_job(body).id
    asked.act(job_id, "fail", message=HOSTILE, code="c")
    with terminal(*(job_id if word == "ID" else word for word in words), NO_COLOR="1") as screen:
        screen.end()
        for sent in (b"\x1b[2J", b"\x1b]", b"\x07", "\x9b".encode(), "\u202e".encode()):
            assert sent not in screen.raw


def test_a_terminal_shows_the_newest_50_events_unless_all_are_asked_for(
    asked: Server, three: list[str]
) -> None:
    job_id = three[0]
    asked.act(job_id, "succeed")
    with terminal("events", job_id, columns=200, rows=200) as screen:
        assert screen.end() == 0
        assert "the newest 50 events; --all shows all of them" in screen.text
        assert "Created fine-tuning job" not in screen.text
        assert len(re.findall(r"\d\dZ ", screen.text)) == 50
    with terminal("events", job_id, "--all", columns=200, rows=1000) as screen:
        assert screen.end() == 0
        assert "Created fine-tuning job" in screen.text


def test_no_color_is_obeyed(asked: Server, three: list[str]) -> None:
    for job_id in three:
        asked.act(job_id, "succeed")
    with terminal("watch", *three, NO_COLOR="1") as screen:
        assert screen.end() == 0
        assert not re.search(rb"\x1b\[[0-9;]*3[0-7]m", screen.raw)


def test_a_review_without_input_does_not_wait_for_a_keyboard() -> None:
    with terminal("review") as screen:
        assert screen.end() == 1
        assert "ftjobs: nothing to read. Use `pulumi preview --json | ftjobs review`" in screen.text


def test_serve_says_how_to_use_it_and_ends_with_ctrl_c() -> None:
    with terminal("serve", "--port", "0", columns=100) as screen:
        screen.until(lambda: "to end: Ctrl-C" in screen.text, "the hints")
        assert re.search(r"export OPENAI_BASE_URL=http://127.0.0.1:\d+/v1 OPENAI_API_KEY=", screen.text)
        screen.press_ctrl_c()
        assert screen.end() == 0
