"""The server's clock: how much time has passed for jobs, and the date.

Two readings. *Ticks* are the seconds that jobs live by: they run `speed` times as fast as real time, stand still when
the clock is stepped, and leap when an operator advances it. The *calendar* is what timestamps show: it runs at the pace
of real time at any speed, so that a client may compare `created_at` with its own clock, and leaps with the ticks.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from pulumi_ftjobs.server.server_errors import invalid

REAL, STEPPED = "real", "stepped"
_MEMBERS = ("mode", "speed", "advance", "per_poll")
_LEAST_SPEED, _MOST = 1e-9, 1e9  # beyond thirty years at once the last digits of a moment are lost


class Clock:
    """A clock that can be sped up, stopped and advanced, and that continues after a restart."""

    def __init__(
        self,
        saved: dict[str, Any] | None,
        save: Callable[[dict[str, Any]], None],
        wall: Callable[[], float] = time.time,
    ) -> None:
        now = wall()
        state = saved or {"wall": now, "speed": 1.0, "mode": REAL, "per_poll": 0.0, "points": [[0.0, now]]}
        self._wall_time = wall
        self._save = save
        self._anchor: float = state["wall"]
        self.speed: float = state["speed"]
        self.mode: str = state["mode"]
        self.per_poll: float = state["per_poll"]
        self._points: list[list[float]] = state["points"]  # [tick, calendar], rising

    def ticks(self) -> float:
        """Return the seconds of job time since the store was made."""
        return self._points[-1][0] + self._elapsed() * self.speed

    def calendar(self, ticks: float | None = None) -> float:
        """Return the date (seconds since 1970) at a moment in ticks, by default now."""
        if ticks is None:
            return self._points[-1][1] + self._elapsed()
        place = bisect_right(self._points, ticks, key=lambda point: point[0])
        if place == len(self._points):
            tick, date = self._points[-1]
            return date + (ticks - tick) / (self.speed if self.mode == REAL else 1.0)
        if place == 0:
            return self._points[0][1]
        (tick0, date0), (tick1, date1) = self._points[place - 1], self._points[place]
        return date0 + (date1 - date0) * (ticks - tick0) / (tick1 - tick0)

    def set(
        self,
        mode: str | None = None,
        speed: float | None = None,
        advance: float = 0.0,
        per_poll: float | None = None,
    ) -> None:
        """Change the speed, stop, continue or advance; refuse values that would turn time back."""
        if mode not in (None, REAL, STEPPED):
            raise invalid("mode must be real or stepped.", "mode")
        for name, number in (("advance", advance), ("per_poll", per_poll)):
            if number is not None and not is_number(number, 0, _MOST):
                raise invalid(f"{name} must be seconds, from 0 to {_MOST:.0f}.", name)
        if speed is not None and not is_number(speed, _LEAST_SPEED, _MOST):
            raise invalid(f"speed must be a number above 0, up to {_MOST:.0f}.", "speed")
        self._rebase()
        self.mode = mode or self.mode
        self.speed = speed or self.speed
        self.per_poll = self.per_poll if per_poll is None else per_poll
        self._leap(advance)
        self._save(self._state())

    def update(self, changes: dict[str, Any]) -> None:
        """Apply an operator's changes; a 400 names what is unknown or wrong."""
        unknown = sorted(set(changes) - set(_MEMBERS))
        if unknown:
            raise invalid(f"Unknown member {unknown[0]}; known: {', '.join(_MEMBERS)}.", unknown[0])
        self.set(**{name: value for name, value in changes.items() if value is not None})

    def polled(self) -> None:
        """Advance by `per_poll` seconds because a client polled."""
        if self.per_poll:
            self.set(advance=self.per_poll)

    def public(self) -> dict[str, Any]:
        """Return the clock's state for an operator."""
        return {
            "mode": self.mode,
            "speed": self.speed,
            "per_poll": self.per_poll,
            "ticks": self.ticks(),
            "calendar": self.calendar(),
        }

    def _elapsed(self) -> float:
        return max(0.0, self._wall_time() - self._anchor) if self.mode == REAL else 0.0

    def _rebase(self) -> None:
        self._extend(self.ticks(), self.calendar())
        self._anchor = self._wall_time()

    def _leap(self, seconds: float) -> None:
        tick, date = self._points[-1]
        self._extend(tick + seconds, date + seconds)

    def _extend(self, tick: float, date: float) -> None:
        """Add a point; a straight run of points is kept as its two ends."""
        last = self._points[-1]
        if tick <= last[0]:
            last[1] = max(last[1], date)
            return
        if len(self._points) > 1:
            before = self._points[-2]
            old, new = (last[1] - before[1]) / (last[0] - before[0]), (date - last[1]) / (tick - last[0])
            if abs(old - new) < 1e-9:
                self._points.pop()
        self._points.append([tick, date])

    def _state(self) -> dict[str, Any]:
        return {
            "wall": self._anchor,
            "speed": self.speed,
            "mode": self.mode,
            "per_poll": self.per_poll,
            "points": self._points,
        }


def is_number(value: object, least: float, most: float) -> bool:
    """Tell whether a value is a number in this range, its ends included."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most
