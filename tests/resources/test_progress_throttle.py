"""How often progress is shown: always to a person, ever more rarely to a log."""

from __future__ import annotations

from pulumi_ftjobs.lifecycle.progress import Progress
from pulumi_ftjobs.resources.runtime.progress_throttle import LOG_FIRST, LOG_LAST, Rhythm
from tests.support.clients import Time


def lines(rhythm: Rhythm, time: Time, status: str, seconds: int, tick: int = 5) -> int:
    """The lines shown in a limited number seconds of one status."""
    shown = 0
    for _ in range(0, seconds, tick):
        shown += rhythm.due(Progress(status))
        time.now += tick
    return shown


def test_a_person_sees_every_look() -> None:
    time = Time()
    assert lines(Rhythm(watched=True, clock=time.clock), time, "running", 3600) == 720


def test_a_log_of_ten_hours_has_some_seventy_lines() -> None:
    time = Time()
    assert lines(Rhythm(watched=False, clock=time.clock), time, "running", 36_000) <= 70


def test_a_log_shows_each_new_status_at_once_and_then_waits_longer_each_time() -> None:
    time = Time()
    rhythm = Rhythm(watched=False, clock=time.clock)
    assert rhythm.due(Progress("queued"))
    assert not rhythm.due(Progress("queued"))
    assert rhythm.due(Progress("running"))
    pause = LOG_FIRST
    for _ in range(8):
        time.now += pause - 1
        assert not rhythm.due(Progress("running"))
        time.now += 1
        assert rhythm.due(Progress("running"))
        pause = min(pause * 2, LOG_LAST)


def test_a_log_shows_when_trouble_begins_and_when_it_ends() -> None:
    rhythm = Rhythm(watched=False, clock=Time().clock)
    troubled = Progress("running", trouble="service not answering (Busy)")
    looks = (Progress("running"), troubled, troubled, Progress("running"))
    assert [rhythm.due(look) for look in looks] == [True, True, False, True]


def test_one_of_two_hundred_jobs_has_five_lines_in_ten_hours() -> None:
    time = Time()
    rhythm = Rhythm(watched=False, clock=time.clock, crowd=lambda: 200)
    assert lines(rhythm, time, "running", 36_000) <= 5
