"""A monotone, piecewise linear function of time: how far something has come, and when it will be where.

A job's progress is such a function of the server's clock. Pausing bends it flat, resuming bends it back, an operator's
leap lifts it. Because the whole of it is a short list of numbers in the store, nothing has to run in the background and
nothing is lost when the process is killed. Values are whole microseconds: what has come just as far as a boundary has
reached it, whatever the clock's arithmetic did to the last digits.
"""

from __future__ import annotations

from dataclasses import dataclass, field


def round_seconds(seconds: float) -> float:
    """A stretch of a job's own time in whole microseconds, so that two ways of computing it agree."""
    return round(seconds, 6)


@dataclass(frozen=True)
class Segment:
    """From `at` on the value is `value` and grows by `rate` per second; `label` names why it stands still."""

    at: float
    value: float
    rate: float
    label: str | None = None


@dataclass
class Timeline:
    """Knots in order of time; the first one is where it all begins."""

    segments: list[Segment] = field(default_factory=list)

    @classmethod
    def starting(cls, at: float) -> Timeline:
        """Begin at zero and grow by one per second."""
        return cls([Segment(at, 0.0, 1.0)])

    @classmethod
    def load(cls, rows: list[list[float | str | None]]) -> Timeline:
        """Read what `dump` wrote."""
        return cls([Segment(*row) for row in rows])  # type: ignore[arg-type]

    def dump(self) -> list[list[float | str | None]]:
        """The segments as plain JSON."""
        return [[k.at, k.value, k.rate, k.label] for k in self.segments]

    def segment_at(self, at: float) -> Segment:
        """The piece that covers this moment."""
        found = self.segments[0]
        for knot in self.segments:
            if knot.at > at:
                break
            found = knot
        return found

    def value(self, at: float) -> float:
        """How far it has come at this moment."""
        knot = self.segment_at(at)
        return round_seconds(knot.value + knot.rate * max(0.0, at - knot.at))

    def when(self, value: float) -> float | None:
        """The first moment at which the value is reached; None: never, as things stand."""
        value = round_seconds(value)
        for knot, following in zip(self.segments, [*self.segments[1:], None], strict=True):
            if value <= knot.value:
                return knot.at
            if knot.rate > 0:
                at = knot.at + (value - knot.value) / knot.rate
                if following is None or at <= following.at:
                    return at
        return None

    def set_rate(self, at: float, rate: float, label: str | None = None, value: float | None = None) -> None:
        """From this moment on go at another rate; whatever was planned for later is dropped.

        `value`: how far it is then, where that is known or to be changed.
        """
        reached = self.value(at) if value is None else round_seconds(value)
        self.segments = [k for k in self.segments if k.at <= at]
        self.segments.append(Segment(at, reached, rate, label))
