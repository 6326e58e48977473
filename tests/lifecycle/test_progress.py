"""How far a job is, in the words of its row."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.progress import Pace, Progress, duration, progress_of

NOW = 10_000.0


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress("queued"), "queued"),
        (
            Progress("running", 42, 300, 0.611, 190, 720),
            "42/300 · 12m left · loss 0.61 · 3m10s",
        ),
        (Progress("running", 42, None, None, 5), "step 42 · 5s"),
        (Progress("running", elapsed=0), "running · 0s"),
        (Progress("running", left=0.4), "running"),
        (Progress("running", left=3 * 3600 + 300), "running · 3h05m left"),
        (Progress("queued", trouble="service not answering (Busy)"), "queued · service not answering (Busy)"),
        (Progress("run\x1b[31m\nning"), "run [31m ning"),
        (Progress("x" * 100), "x" * 39 + "…"),
    ],
)
def test_the_row_text(progress: Progress, text: str) -> None:
    assert progress.text() == text


@pytest.mark.parametrize(
    ("seconds", "words", "coarse"),
    [
        (0, "0s", "0s"),
        (-3, "0s", "0s"),
        (0.4, "0s", "0s"),
        (59.4, "59s", "59s"),
        (59.6, "1m00s", "1m"),
        (190, "3m10s", "3m"),
        (3599, "59m59s", "59m"),
        (3600, "1h00m", "1h00m"),
        (100 * 3600, "100h00m", "100h00m"),
    ],
)
def test_durations(seconds: float, words: str, coarse: str) -> None:
    assert (duration(seconds), duration(seconds, coarse=True)) == (words, coarse)


@pytest.mark.parametrize(
    ("job", "metrics", "expected"),
    [
        ({}, {}, Progress("unknown", elapsed=7.0)),
        ({"status": "queued", "created_at": 9_990}, {}, Progress("queued", elapsed=10.0)),
        ({"status": "queued", "created_at": 11_000}, {}, Progress("queued", elapsed=0.0)),
        (
            {"status": "running", "created_at": 9_900},
            {"step": 25.0, "total_steps": 100.0, "train_loss": 0.5},
            Progress("running", 25, 100, 0.5, 100.0),
        ),
        (
            {"status": "running", "created_at": 9_900, "estimated_finish": 10_060},
            {"step": 25, "total_steps": 100},
            Progress("running", 25, 100, None, 100.0, 60.0),
        ),
        (
            {"status": "running", "created_at": 9_900, "estimated_finish": 0},
            {"step": 0, "total_steps": 100},
            Progress("running", 0, 100, None, 100.0, None),
        ),
        (
            {"status": "running", "created_at": 9_900},
            {"step": "many", "total_steps": True, "train_loss": "low"},
            Progress("running", elapsed=100.0),
        ),
        (
            {"status": "running", "created_at": 9_900},
            {"step": 101, "total_steps": 100},
            Progress("running", 101, 100, None, 100.0, None),
        ),
    ],
)
def test_what_the_service_does_not_tell_stays_unsaid(
    job: dict[str, Any], metrics: dict[str, Any], expected: Progress
) -> None:
    assert progress_of(job, metrics, waited=7.0, now=NOW) == expected


@pytest.mark.parametrize(
    ("pace", "left"),
    [
        (None, None),
        (Pace(4.9, 49), None),
        (Pace(5.0, 0), None),
        (Pace(5.0, 50), 5.0),
        (Pace(60.0, 20), 150.0),
    ],
)
def test_the_end_is_estimated_by_the_pace_of_the_training_alone(
    pace: Pace | None, left: float | None
) -> None:
    job = {"status": "running", "created_at": NOW - 7200}  # two hours in the queue say nothing
    metrics = {"step": 50, "total_steps": 100}
    assert progress_of(job, metrics, waited=7200.0, now=NOW, pace=pace).left == left


def test_a_job_that_stands_still_has_no_estimate() -> None:
    metrics = {"step": 50, "total_steps": 100}
    assert progress_of({"status": "paused"}, metrics, waited=1.0, now=NOW, pace=Pace(60.0, 20)).left is None
