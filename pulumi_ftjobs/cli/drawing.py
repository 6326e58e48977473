"""Curves as text and as SVG. Pure: numbers in, text out, no library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

Point = tuple[float, float]
Series = Mapping[str, Sequence[Point]]
"""Points (step, value) by name, in ascending order of step."""

_BARS: Final = "▁▂▃▄▅▆▇█"
_MARKS: Final = "●○▲△■□"
_COLOURS: Final = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2")
_WIDTH, _HEIGHT, _MARGIN = 720, 360, 56


def sparkline(values: Sequence[float], width: int = 16) -> str:
    """All values as at most `width` bars: each the mean of its share, scaled to the highest."""
    known = [value for value in values if math.isfinite(value)]
    count = min(width, len(known))
    shares = [known[len(known) * n // count : len(known) * (n + 1) // count] for n in range(count)]
    shown = [sum(share) / len(share) for share in shares]
    if not shown:
        return ""
    low, span = min(shown), max(shown) - min(shown)
    return "".join(_BARS[round((value - low) / span * 7) if span else 3] for value in shown)


def bar(done: float, width: int = 20) -> str:
    """A share from 0 to 1 as a bar."""
    full = round(min(max(done, 0.0), 1.0) * width)
    return "█" * full + "░" * (width - full)


def chart(series: Series, width: int = 72, height: int = 16) -> str:
    """The curves as text, with the scale on the left and a legend below."""
    box = _Box.around(series)
    grid = [[" "] * width for _ in range(height)]
    for (_, points), mark in zip(series.items(), _MARKS, strict=False):
        for point in points:
            x, y = box.place(point)
            grid[height - 1 - round(y * (height - 1))][round(x * (width - 1))] = mark
    labels = {0: f"{box.high:.4g}", height - 1: f"{box.low:.4g}"}
    lines = [f"{labels.get(number, ''):>8} ┤{''.join(row).rstrip()}" for number, row in enumerate(grid)]
    first, last = f"{box.first:g}", f"{box.last:g}"
    axis = f"{'':>8} └{'─' * width}"
    steps = f"{'':>10}{first}{last:>{max(width - len(first), 1)}}"
    legend = "   ".join(f"{mark} {name}" for name, mark in zip(series, _MARKS, strict=False))
    return "\n".join([*lines, axis, steps, f"{'':>10}{legend}"])


def svg(series: Series, title: str) -> str:
    """The curves as one SVG picture of 720 x 360, readable on light and dark pages."""
    box = _Box.around(series)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        '<g font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_MARGIN}" y="24" font-size="14" fill="#111827">{escape(title)}</text>',
        *_grid(box),
    ]
    for number, (name, points) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_pixel(box, point) for point in points))
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8" stroke-linejoin="round"/>'
        )
        left = _MARGIN + number * 170
        parts.append(f'<rect x="{left}" y="{_HEIGHT - 16}" width="12" height="3" fill="{colour}"/>')
        parts.append(f'<text x="{left + 18}" y="{_HEIGHT - 10}" fill="#111827">{escape(name)}</text>')
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _grid(box: _Box) -> list[str]:
    lines = []
    for quarter in range(5):
        value = box.low + (box.high - box.low) * quarter / 4
        step = box.first + (box.last - box.first) * quarter / 4
        x, y = _pixel(box, (step, value))
        lines += [
            f'<line x1="{_MARGIN}" y1="{y:.1f}" x2="{_WIDTH - 16}" y2="{y:.1f}" stroke="#e5e7eb"/>',
            f'<text x="{_MARGIN - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#4b5563">{value:.3g}</text>',
            f'<text x="{x:.1f}" y="{_HEIGHT - 36}" text-anchor="middle" fill="#4b5563">{step:.0f}</text>',
        ]
    return lines


def _pixel(box: _Box, point: Point) -> Point:
    x, y = box.place(point)
    top, bottom = 40, _HEIGHT - _MARGIN
    return _MARGIN + x * (_WIDTH - 16 - _MARGIN), bottom - y * (bottom - top)


class _Box:
    """The smallest rectangle around all points."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.first, self.last = min(x for x, _ in points), max(x for x, _ in points)
        self.low, self.high = min(y for _, y in points), max(y for _, y in points)

    @classmethod
    def around(cls, series: Series) -> _Box:
        return cls([point for points in series.values() for point in points] or [(0.0, 0.0)])

    def place(self, point: Point) -> Point:
        """The position of a point, as shares from 0 to 1."""
        across, up = self.last - self.first, self.high - self.low
        return (point[0] - self.first) / across if across else 0.5, (point[1] - self.low) / up if up else 0.5
