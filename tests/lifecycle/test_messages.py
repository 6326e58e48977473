"""Messages about a job: one line, with why and what to do now."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.messages import (
    LAST_EVENTS,
    failed_job,
    not_accepted,
    still_running,
    stopped_waiting,
)

FAILED: list[tuple[dict[str, Any], list[str]]] = [
    ({"status": "failed"}, ["job ftjob-1 has failed."]),
    ({"status": "cancelled"}, ["job ftjob-1 was cancelled."]),
    (
        {
            "status": "failed",
            "error": {"code": "invalid_n_examples", "param": "training_file", "message": "7 rows."},
        },
        ["has failed (invalid_n_examples, training_file): 7 rows. "],
    ),
    (
        {"status": "failed", "error": {"message": "a\nb\x1b[31m"}},
        ["has failed: a b [31m."],
    ),
    (
        {"status": "failed", LAST_EVENTS: ["Files validated.", "Training failed"]},
        ["Last events: Files validated / Training failed."],
    ),
]


@pytest.mark.parametrize(("facts", "parts"), FAILED)
def test_a_job_that_did_not_succeed(facts: dict[str, Any], parts: list[str]) -> None:
    text = failed_job({"id": "ftjob-1", **facts})
    for part in parts:
        assert part in text
    assert text.isprintable()
    assert "change `triggers`, and run `pulumi up`" in text


@pytest.mark.parametrize(
    "text",
    [
        stopped_waiting("ftjob-1", "the network is away"),
        not_accepted("ftjob-1", {"valid_loss": 1.5}, "too\nhigh"),
        not_accepted("ftjob-1", None),
        still_running("ftjob-1", "running"),
    ],
)
def test_every_other_message_is_one_line_about_its_job(text: str) -> None:
    assert "job ftjob-1" in text
    assert text.isprintable()


def test_a_refused_model_shows_its_figures() -> None:
    assert "valid_loss 1.5" in not_accepted("ftjob-1", {"valid_loss": 1.5})
    assert "no metrics are known" in not_accepted("ftjob-1", {})
