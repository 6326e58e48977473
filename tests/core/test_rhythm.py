"""How often progress is shown: always to a person, ever more rarely to a log."""

from __future__ import annotations

from pulumi_ftjobs.resources.terminal import LOG_FIRST, LOG_LAST, Rhythm
from tests.support.clients import Time


def lines(rhythm: Rhythm, time: Time, status: str, seconds: int, tick: int = 5) -> int:
    """The lines shown in so many seconds of one status."""
    shown = 0
    for _ in range(0, seconds, tick):
        shown += rhythm.due(status)
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
    assert rhythm.due("queued")
    assert not rhythm.due("queued")
    assert rhythm.due("running")
    pause = LOG_FIRST
    for _ in range(8):
        time.now += pause - 1
        assert not rhythm.due("running")
        time.now += 1
        assert rhythm.due("running")
        pause = min(pause * 2, LOG_LAST)


def test_a_log_shows_when_trouble_begins_and_when_it_ends() -> None:
    rhythm = Rhythm(watched=False, clock=Time().clock)
    assert [rhythm.due("running", troubled) for troubled in (False, True, True, False)] == [
        True,
        True,
        False,
        True,
    ]
