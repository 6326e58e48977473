"""`ftjobs watch`: follow jobs to their end. Ctrl-C leaves them alone."""

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
from pulumi_ftjobs.cli.layout import lines
from pulumi_ftjobs.cli.options import AsJson, JobIds, StackConfig
from pulumi_ftjobs.cli.output import finite, is_terminal, say, whisper
from pulumi_ftjobs.cli.service_client import service
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
    from pulumi_ftjobs.api.retry import Patience

_BAR: Final = 20
_SPARK: Final = 16


@dataclass
class Row:
    """One job that is watched."""

    job_id: str
    rhythm: Rhythm = field(default_factory=lambda: Rhythm(watched=False))
    progress: Progress = field(default_factory=lambda: Progress("..."))
    losses: list[float] = field(default_factory=list)
    end: dict[str, Any] | FtjobsError | None = None

    def note(self, news: Any) -> None:
        """Take in a look at the job, or its end."""
        if not isinstance(news, Progress):
            self.end = news
            return
        if news.loss is not None and news.step != self.progress.step:
            self.losses.append(news.loss)
        self.progress = news

    @property
    def succeeded(self) -> bool:
        """Whether it has ended well."""
        return isinstance(self.end, dict) and self.end.get("status") == "succeeded"

    @property
    def done(self) -> float:
        """How far it is, from 0 to 1."""
        step, steps = self.progress.step, self.progress.steps
        return 1.0 if self.end is not None else step / steps if step and steps else 0.0

    @property
    def text(self) -> str:
        """How it is, in one line."""
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


Tell = Callable[[Row], None]


def watch(job_ids: JobIds, as_json: AsJson = False, stack_config: StackConfig = False) -> None:
    """Follow jobs to their end. Exit code 0 if all have succeeded, else 1; Ctrl-C leaves them running."""
    rows = {job_id: Row(job_id) for job_id in job_ids}
    try:
        with service(use_stack=stack_config) as client:
            stacks = [pair(client.job(job_id).facts(), STACK_KEY) for job_id in rows]
            follow = _Following(client, stacks[0] or "", rows)
            if as_json or not is_terminal() or os.environ.get("TERM") == "dumb":
                follow.to_the_end(_json_line if as_json else _plain_line)
            else:
                _live(client, follow)
    except KeyboardInterrupt:
        whisper("stopped watching; the jobs go on at the service")
        raise typer.Exit(Exit.INTERRUPTED) from None
    if not all(row.succeeded for row in rows.values()):
        raise typer.Exit(Exit.NO)


@dataclass
class _Following:
    """The jobs that are watched, and how the service is asked about them."""

    client: Client
    stack: str
    rows: dict[str, Row]

    def to_the_end(self, tell: Tell) -> None:
        """Hand every look at every job to `tell` until all are over."""
        # The client's library loads only when something is asked.
        from pulumi_ftjobs.api.watcher import Follower, Wait  # noqa: PLC0415

        heard: Queue[tuple[str, Any]] = Queue()

        def hear(job_id: str) -> Callable[[Any], None]:
            return lambda news: heard.put((job_id, news))

        def away() -> None:
            for job_id, row in self.rows.items():
                heard.put((job_id, replace(row.progress, trouble="the service cannot be reached")))

        self.client.patience = _telling(away)
        follower = Follower(self.client, self.stack)
        waits = [Wait(job_id, hear(job_id), hear(job_id)) for job_id in self.rows]
        try:
            for wait in waits:
                follower.follow(wait)
            while any(row.end is None for row in self.rows.values()):
                job_id, news = heard.get()
                if self.rows[job_id].end is not None:
                    continue  # an end is the last thing to be told
                self.rows[job_id].note(news)
                tell(self.rows[job_id])
        finally:
            for wait in waits:
                follower.forget(wait)


def _telling(away: Callable[[], None]) -> Patience:
    """Patience that tells at once when nothing reaches the service, not only when it has run out."""
    from pulumi_ftjobs.api.errors import ApiError, NotSent  # noqa: PLC0415 - comes with the client
    from pulumi_ftjobs.api.retry import Patience  # noqa: PLC0415

    class Telling(Patience):
        def pause(self, attempt: int, error: ApiError) -> float:
            if isinstance(error, NotSent):
                away()
            return super().pause(attempt, error)

    return Telling()


def _plain_line(row: Row) -> None:
    """A line when something new is to be said, and rarely otherwise: logs must not fill."""
    if row.end is not None or row.rhythm.due(row.progress):
        say(f"{row.job_id}  {row.text}")


def _json_line(row: Row) -> None:
    if isinstance(row.end, FtjobsError):
        _json_object({"id": row.job_id, "stopped": str(row.end)})
    elif row.end is not None:
        _json_object({name: value for name, value in row.end.items() if name != LAST_EVENTS})
    elif row.rhythm.due(row.progress):
        _json_object({"id": row.job_id, **{k: v for k, v in vars(row.progress).items() if v is not None}})


def _json_object(facts: Mapping[str, Any]) -> None:
    say(json.dumps(finite(facts)))


def _live(client: Client, follow: _Following) -> None:
    """Rows that change in place, with the loss so far."""
    from rich.live import Live  # noqa: PLC0415 - only where somebody watches

    picture = _Picture(follow.rows)
    with Live(picture, refresh_per_second=4) as live:
        for row in follow.rows.values():
            row.losses = [loss for _, loss in curves(client, row.job_id).get("train_loss", [])]
        follow.to_the_end(lambda _row: live.refresh())


class _Picture:
    """All rows as they are now, for a screen of any width."""

    def __init__(self, rows: dict[str, Row]) -> None:
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text  # noqa: PLC0415

        wide = max(len(job_id) for job_id in self._rows)
        room = options.max_width
        # The terminal writes `^C` behind the last line; if that went on to the next one, the first row stood twice.
        narrower = options.update_width(max(1, room - len("^C")))
        for row in self._rows.values():
            style = "" if row.end is None else "green" if row.succeeded else "red"
            cells = [row.job_id, bar(row.done, _BAR), sparkline(row.losses, _SPARK), row.text]
            # What changes is cut at the edge, so that no row changes its height; how it ended is told in full.
            overflow: Any = "ellipsis" if row.end is None else "fold"
            *above, last = lines(cells, [wide, _BAR, _SPARK, room], room)
            for line in above:
                yield Text(line, no_wrap=True, overflow="ellipsis")
            told = last.removesuffix(row.text)
            text = Text(told, no_wrap=row.end is None, overflow=overflow)
            yield from console.render(
                text.append(row.text, style=style), narrower if row.end is None else options
            )
