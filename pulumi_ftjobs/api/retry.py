"""The retry policy, in one place.

Only calls that can be repeated without harm come here: reads, and cancel. A job is never posted
through this policy on its own; `submit` decides about that after looking.
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
"""Tries of one call; with the pauses below a service may be away for about 8 seconds."""
FIRST_PAUSE: Final = 0.5
"""Seconds before the second try; doubles each time (the official SDK's numbers)."""
LONGEST_PAUSE: Final = 8.0
"""Seconds; the doubling ends here."""
LONGEST_WISH: Final = 120.0
"""Seconds; a service that asks for more than this is not waited for (the official SDK's number)."""
TOTAL: Final = 180.0
"""Seconds all pauses of one call may take together."""


@dataclass
class Patience:
    """How to pause: injectable, so that no test sleeps."""

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random

    def pause(self, attempt: int, error: ApiError) -> float:
        """Seconds to wait after the `attempt`-th failure (1-based): the service's wish, else ours.

        A wish for no pause at all is none: five tries at once help nobody.
        """
        if error.retry_after:
            return float(error.retry_after)
        return min(FIRST_PAUSE * 2.0 ** (attempt - 1), LONGEST_PAUSE) * (1 - self.jitter() / 4)


def repeat(call: Callable[[], T], patience: Patience, attempts: int = ATTEMPTS) -> T:
    """Run `call` until it succeeds, is refused, or patience ends; then raise its last error.

    Obeys Retry-After up to LONGEST_WISH seconds.
    """
    started = patience.clock()
    for attempt in range(1, attempts + 1):
        try:
            return call()
        except ApiError as error:
            if attempt == attempts or not may_repeat(error):
                raise
            pause = patience.pause(attempt, error)
            if patience.clock() - started + pause > TOTAL:
                raise
            patience.sleep(pause)
    raise AssertionError("unreachable: the last attempt returns or raises")


def may_repeat(error: ApiError) -> bool:
    """Whether a harmless call that failed this way is worth repeating."""
    if error.retry_after is not None and error.retry_after > LONGEST_WISH:
        return False
    if error.answer.should_retry is not None:
        return bool(error.answer.should_retry)
    if isinstance(error, Unreadable):
        return bool(error.status >= 500)
    return isinstance(error, NotSent | AnswerLost | Busy)
