"""Jobs as a table of one line each: id, name, status, age and cost, for a terminal of any width."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pulumi_ftjobs.cli.billing import CostOf
from pulumi_ftjobs.cli.row_layout import shortened, width
from pulumi_ftjobs.cli.terminal_output import STATUS_STYLES, cell, timestamp
from pulumi_ftjobs.lifecycle.cost import usd
from pulumi_ftjobs.lifecycle.progress import duration

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

COLUMNS: Final = (
    "id",
    "status",
    "created_at",
    "model",
    "fine_tuned_model",
    "trained_tokens",
    "user_provided_suffix",
    "cost_usd",
)
"""The columns of `-o wide` and of the output outside a terminal; new ones are added at the end."""

_NAMES: Final = ("ID", "NAME", "STATUS", "AGE", "USD")
_NAME, _MIN_NAME = 1, 8
_OPTIONAL: Final = (_NAME, 4, 3)
"""Columns that a narrow terminal leaves out, the first one first."""
_DAY: Final = 86_400


def columns_of(job: Mapping[str, Any], cost: CostOf) -> list[Any]:
    """The values of one job for COLUMNS."""
    extra = {
        "created_at": timestamp(job.get("created_at")),
        "cost_usd": cost(job.get("model"), job.get("trained_tokens")),
    }
    return [extra.get(name, job.get(name)) for name in COLUMNS]


class JobTable:
    """A table that rich renders.

    Args:
        cost: What a finished training cost.
        now: The service's clock, seconds since 1970.
    """

    def __init__(
        self, cost: CostOf, now: Callable[[], float], jobs: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        self.cost = cost
        self._now = now
        self._jobs = jobs

    def with_jobs(self, jobs: Sequence[Mapping[str, Any]]) -> JobTable:
        """The same table with these jobs."""
        return JobTable(self.cost, self._now, jobs)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        from rich.text import Text  # noqa: PLC0415 - only in a terminal

        rows = [self._row(job) for job in self._jobs]
        widths = _fitted(
            [max(map(width, column)) for column in zip(_NAMES, *rows, strict=True)], options.max_width
        )
        yield Text(_line(_NAMES, widths), style="bold", overflow="fold")
        for row in rows:
            text = Text(_line(row, widths), overflow="fold")
            text.highlight_words([row[2]], STATUS_STYLES.get(row[2], "cyan"))
            yield text

    def _row(self, job: Mapping[str, Any]) -> list[str]:
        cost = self.cost(job.get("model"), job.get("trained_tokens"))
        return [
            cell(job.get("id")),
            cell(job.get("user_provided_suffix") or job.get("model")) or "-",
            cell(job.get("status"), 20),
            _age(job.get("created_at"), self._now()),
            "-" if cost is None else usd(cost),
        ]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = [
        shortened(text, wide) + " " * (wide - width(text))
        for text, wide in zip(cells, widths, strict=True)
        if wide
    ]
    return "  ".join(shown).rstrip()


def _fitted(widths: list[int], room: int) -> list[int]:
    """The widths for a line of `room`: the name is shortened first, then columns are left out (0)."""

    def used() -> int:
        return sum(wide + 2 for wide in widths if wide) - 2

    widths[_NAME] = max(_MIN_NAME, widths[_NAME] - max(0, used() - room))
    for column in _OPTIONAL:
        if used() > room:
            widths[column] = 0
    return widths


def _age(created: Any, now: float) -> str:
    """How long ago: `45s`, `12m`, `3h05m`, `9d`."""
    if not isinstance(created, int | float) or isinstance(created, bool):
        return "-"
    seconds = max(0.0, now - created)
    return f"{seconds // _DAY:.0f}d" if seconds >= _DAY else duration(seconds, coarse=True)
