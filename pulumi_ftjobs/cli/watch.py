"""`ftjobs watch`: follow jobs until they finish. Ctrl-C stops watching; the jobs continue."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from queue import Queue
from typing import TYPE_CHECKING, Any, Final

import typer

from pulumi_ftjobs.cli.curves import curves
from pulumi_ftjobs.cli.drawing import bar, sparkline
from pulumi_ftjobs.cli.exit_codes import Exit
from pulumi_ftjobs.cli.job_ids import by_prefix, chosen_ids
from pulumi_ftjobs.cli.row_layout import lines
from pulumi_ftjobs.cli.service_client import service
from pulumi_ftjobs.cli.shared_options import AsJson, JobIdsOrLast, Last, StackConfig
from pulumi_ftjobs.cli.terminal_output import finite, is_terminal, print_line, print_stderr
from pulumi_ftjobs.lifecycle.adoption import pair
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.messages import LAST_EVENTS
from pulumi_ftjobs.lifecycle.progress import Progress
from pulumi_ftjobs.lifecycle.state_schema import STACK_KEY
from pulumi_ftjobs.lifecycle.values import one_line
from pulumi_ftjobs.resources.runtime.progress_throttle import Rhythm

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.retry import Backoff

_BAR: Final = 20
_SPARK: Final = 16


@dataclass
class Row:
    """One watched job."""

    job_id: str
    rhythm: Rhythm = field(default_factory=lambda: Rhythm(watched=False))
    progress: Progress = field(default_factory=lambda: Progress("..."))
    losses: list[float] = field(default_factory=list)
    end: dict[str, Any] | FtjobsError | None = None

    def record(self, news: Any) -> None:
        """Record progress, or the finished job."""
        if not isinstance(news, Progress):
            self.end = news
            return
        if news.loss is not None and news.step != self.progress.step:
            self.losses.append(news.loss)
        self.progress = news

    @property
    def succeeded(self) -> bool:
        """Whether the job succeeded."""
        return isinstance(self.end, dict) and self.end.get("status") == "succeeded"

    @property
    def done(self) -> float:
        """The completed share, from 0 to 1."""
        step, steps = self.progress.step, self.progress.steps
        return 1.0 if self.end is not None else step / steps if step and steps else 0.0

    @property
    def text(self) -> str:
        """The current state in one line."""
        if self.end is None:
            return self.progress.text()
        if isinstance(self.end, FtjobsError):
            return str(self.end)
        error = self.end.get("error") or {}
        words = (
            self.end.get("fine_tuned_model")
            or error.get("message")
            or " / ".join(self.end.get(LAST_EVENTS) or ())
        )
        return one_line(f"{self.end.get('status')}{f': {words}' if words else ''}", 300)


Show = Callable[[Row], None]


def watch(
    job_ids: JobIdsOrLast = None,
    last: Last = False,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Follow jobs until they finish.

    Exit code 0 if all succeeded, else 1. Ctrl-C stops watching; the jobs continue at the service.
    """
    rows: dict[str, Row] = {}
    try:
        with service(use_stack=stack_config) as client:
            jobs = [
                by_prefix(client, typed, client.job).facts()
                for typed in chosen_ids(client, job_ids, last=last)
            ]
            rows |= {job["id"]: Row(job["id"]) for job in jobs}
            follow = _Following(client, pair(jobs[0], STACK_KEY) or "", rows)
            if as_json or not is_terminal() or os.environ.get("TERM") == "dumb":
                follow.until_finished(_json_line if as_json else _plain_line)
            else:
                _live(client, follow)
    except KeyboardInterrupt:
        print_stderr("stopped watching; the jobs continue at the service")
        raise typer.Exit(Exit.INTERRUPTED) from None
    if not all(row.succeeded for row in rows.values()):
        raise typer.Exit(Exit.NO)


@dataclass
class _Following:
    """The watched jobs, and how the service is polled for them."""

    client: Client
    stack: str
    rows: dict[str, Row]

    def until_finished(self, show: Show) -> None:
        """Call `show` for every update of every job until all have finished."""
        # The HTTP library is imported only for a request.
        from pulumi_ftjobs.api.watcher import Wait, Watcher  # noqa: PLC0415

        updates: Queue[tuple[str, Any]] = Queue()

        def receiver(job_id: str) -> Callable[[Any], None]:
            return lambda news: updates.put((job_id, news))

        def report_unreachable() -> None:
            for job_id, row in self.rows.items():
                updates.put((job_id, replace(row.progress, trouble="service unreachable")))

        self.client.backoff = _reporting(report_unreachable)
        watcher = Watcher(self.client, self.stack)
        waits = [Wait(job_id, receiver(job_id), receiver(job_id)) for job_id in self.rows]
        try:
            for wait in waits:
                watcher.follow(wait)
            while any(row.end is None for row in self.rows.values()):
                job_id, news = updates.get()
                if self.rows[job_id].end is not None:
                    continue  # nothing follows the end
                self.rows[job_id].record(news)
                show(self.rows[job_id])
        finally:
            for wait in waits:
                watcher.forget(wait)


def _reporting(unreachable: Callable[[], None]) -> Backoff:
    """A retry policy that reports an unreachable service at once, not only after the last retry."""
    from pulumi_ftjobs.api.errors import ApiError, NotSent  # noqa: PLC0415 - comes with the client
    from pulumi_ftjobs.api.retry import Backoff  # noqa: PLC0415

    class Reporting(Backoff):
        def pause(self, attempt: int, error: ApiError) -> float:
            if isinstance(error, NotSent):
                unreachable()
            return super().pause(attempt, error)

    return Reporting()


def _plain_line(row: Row) -> None:
    """A line for each new status, and for progress ever less often: logs must not fill."""
    if row.end is not None or row.rhythm.due(row.progress):
        print_line(f"{row.job_id}  {row.text}")


def _json_line(row: Row) -> None:
    if isinstance(row.end, FtjobsError):
        _json_object({"id": row.job_id, "stopped": str(row.end)})
    elif row.end is not None:
        _json_object({name: value for name, value in row.end.items() if name != LAST_EVENTS})
    elif row.rhythm.due(row.progress):
        _json_object({"id": row.job_id, **{k: v for k, v in vars(row.progress).items() if v is not None}})


def _json_object(facts: Mapping[str, Any]) -> None:
    print_line(json.dumps(finite(facts)))


def _live(client: Client, follow: _Following) -> None:
    """Rows that change in place, with the loss so far."""
    from rich.live import Live  # noqa: PLC0415 - only in a terminal

    display = _Display(follow.rows)
    with Live(display, refresh_per_second=4) as live:
        for row in follow.rows.values():
            row.losses = [loss for _, loss in curves(client, row.job_id).get("train_loss", [])]
        follow.until_finished(lambda _row: live.refresh())


class _Display:
    """All rows in their current state, for a terminal of any width."""

    def __init__(self, rows: dict[str, Row]) -> None:
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text  # noqa: PLC0415

        wide = max(len(job_id) for job_id in self._rows)
        room = options.max_width
        # The terminal writes `^C` after the last line; if that wrapped, the first row would be shown twice.
        narrower = options.update_width(max(1, room - len("^C")))
        for row in self._rows.values():
            style = "" if row.end is None else "green" if row.succeeded else "red"
            cells = [row.job_id, bar(row.done, _BAR), sparkline(row.losses, _SPARK), row.text]
            # Changing text is cut at the edge, so that no row changes its height; the result is shown in full.
            overflow: Any = "ellipsis" if row.end is None else "fold"
            *above, last = lines(cells, [wide, _BAR, _SPARK, room], room)
            for line in above:
                yield Text(line, no_wrap=True, overflow="ellipsis")
            prefix = last.removesuffix(row.text)
            text = Text(prefix, no_wrap=row.end is None, overflow=overflow)
            yield from console.render(
                text.append(row.text, style=style), narrower if row.end is None else options
            )
