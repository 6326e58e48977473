"""A stack that is trained hears of the end of its bases: in every preview and update, as a warning and once."""

from __future__ import annotations

import pytest

from tests.engine.cli import Stack
from tests.support.server import Server

PROGRAM = """
data = ft.FineTuningFile("rows", path="rows.jsonl")
job = ft.FineTuningJob("a", model=MODEL, training_file=data, method=ft.supervised(n_epochs=EPOCHS))
ft.FineTunedModel("a", job=job)
"""
DATES = '{"gpt-4.1-mini": "2027-01-14"}'
ENDS = "model: gpt-4.1-mini-2025-04-14 shuts down on 2027-01-14"
ENDED = "model: gpt-4.1-mini-2025-04-14 was shut down on 2027-01-14"


@pytest.fixture
def trained(stack: Stack, server: Server) -> Stack:
    """A stack with a model, made long before."""
    server.clock(per_poll=3600)
    stack.program(PROGRAM, EPOCHS=3)
    stack.config("ftjobs:shutdownDates", DATES)
    assert "shuts down" not in stack.up(FTJOBS_TODAY="2026-01-01").ok().text
    return stack


@pytest.mark.parametrize(("today", "words"), [("2026-12-01", ENDS), ("2027-02-01", ENDED)])
def test_an_unchanged_stack_is_warned_and_does_not_fail(trained: Stack, today: str, words: str) -> None:
    for shown in (trained.preview(FTJOBS_TODAY=today).ok(), trained.up(FTJOBS_TODAY=today).ok()):
        assert set(shown.totals) == {"unchanged"}
        assert shown.text.partition("Diagnostics:")[2].count(f"warning: {words}") == 1


def test_a_retraining_is_warned_once_too(trained: Stack) -> None:
    trained.program(PROGRAM, EPOCHS=4)
    shown = trained.preview(FTJOBS_TODAY="2026-12-01").ok().text
    assert shown.partition("Diagnostics:")[2].count(ENDS) == 1


def test_a_day_with_a_typing_error_is_one_clean_line(trained: Stack) -> None:
    shown = trained.preview(FTJOBS_TODAY="2027-14-01").failed("FTJOBS_TODAY: '2027-14-01' is not a date")
    assert "Traceback" not in shown.text
