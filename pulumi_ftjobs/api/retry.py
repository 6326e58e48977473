"""The retry policy and the polling policy, in one place.

`repeat` is for calls that may be repeated: reads, cancels, and whatever `recover` looks up before the next
attempt. `poll` is for waiting until the service shows something; a loop that cannot use it grows its pauses by
`longer`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from pulumi_ftjobs.api.errors import AnswerLost, ApiError, Busy, NotSent, Unreadable

T = TypeVar("T")

ATTEMPTS: Final = 5
"""Attempts of one call; with the pauses below a service may be away for about 8 seconds."""
FIRST_PAUSE: Final = 0.5
"""Seconds before the second attempt; doubles each time (the official SDK's numbers)."""
MAX_PAUSE: Final = 8.0
"""Seconds; the doubling ends here."""
MAX_RETRY_AFTER: Final = 120.0
"""Seconds; a Retry-After beyond this is an error at once (the official SDK's number)."""
MAX_TOTAL: Final = 180.0
"""Seconds all pauses of one call may take together."""
POLL_GROWTH: Final = 1.25
"""Factor by which the pauses of a poll grow."""


@dataclass
class Backoff:
    """How to pause between attempts: injectable, so that no test sleeps."""

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random

    def pause(self, attempt: int, error: ApiError) -> float:
        """Seconds to wait after the `attempt`-th failure (1-based): Retry-After, else doubling pauses.

        A Retry-After of 0 does not count: five attempts at once do not help.
        """
        if error.retry_after:
            return float(error.retry_after)
        return min(FIRST_PAUSE * 2.0 ** (attempt - 1), MAX_PAUSE) * (1 - self.jitter() / 4)


def repeat(
    call: Callable[[], T],
    backoff: Backoff,
    attempts: int = ATTEMPTS,
    *,
    recover: Callable[[ApiError], T | None] = lambda _error: None,
) -> T:
    """Run `call` until it succeeds, is refused, or the policy gives up.

    Args:
        call: what to do.
        backoff: how to pause.
        attempts: how often `call` runs at most.
        recover: asked after each failure that could be repeated. It returns the result if the failed call had
            one after all, raises where a repetition would do harm, or returns None.

    Raises:
        ApiError: the last one. Retry-After is obeyed up to MAX_RETRY_AFTER seconds.
    """
    started = backoff.clock()
    for attempt in range(1, attempts + 1):
        try:
            return call()
        except ApiError as error:
            found = recover(error)
            if found is not None:
                return found
            if attempt == attempts or not may_repeat(error):
                raise
            pause = backoff.pause(attempt, error)
            if backoff.clock() - started + pause > MAX_TOTAL:
                raise
            backoff.sleep(pause)
    raise AssertionError("unreachable: the last attempt returns or raises")


def may_repeat(error: ApiError) -> bool:
    """Whether a harmless call that failed this way is worth repeating."""
    if error.retry_after is not None and error.retry_after > MAX_RETRY_AFTER:
        return False
    if error.answer.should_retry is not None:
        return bool(error.answer.should_retry)
    if isinstance(error, Unreadable):
        return bool(error.status >= 500)
    return isinstance(error, NotSent | AnswerLost | Busy)


def poll(
    read: Callable[[], T],
    done: Callable[[T], bool],
    backoff: Backoff,
    *,
    deadline: float,
    pause: float = 1.0,
    max_pause: float = MAX_PAUSE,
) -> T:
    """Read until `done`, with growing pauses, for at most `deadline` seconds (`math.inf`: without a limit).

    Returns:
        The last value read; the caller looks whether it is done, for a deadline is no error here.
    """
    started = backoff.clock()
    while True:
        value = read()
        left = deadline - (backoff.clock() - started)
        if done(value) or left <= 0:
            return value
        backoff.sleep(min(pause, left))
        pause = longer(pause, max_pause)


def longer(pause: float, max_pause: float) -> float:
    """The pause of a poll after one of `pause` seconds."""
    return min(pause * POLL_GROWTH, max_pause)
