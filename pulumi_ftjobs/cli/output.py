"""What a command prints: JSON for programs, a table for people, plain columns where nobody watches."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final

import typer

from pulumi_ftjobs.cli.exit_codes import Exit
from pulumi_ftjobs.cli.layout import lines, width
from pulumi_ftjobs.lifecycle.values import one_line

_UNUSUAL: Final = re.compile(r"[^ -~\n]")


def is_terminal() -> bool:
    """Whether somebody watches."""
    return sys.stdout.isatty()


def say(text: str) -> None:
    """One line for the reader. Ends the command when the reader has gone (`| head`)."""
    try:
        print(text, flush=True)  # noqa: T201 - this is a terminal command
    except BrokenPipeError:
        # What is still buffered goes nowhere, else Python complains about it at its own end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(Exit.UNREAD) from None


def whisper(text: str) -> None:
    """One line about what is going on: not part of the result."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - see above


def print_json(value: Any) -> None:
    """`value` as JSON, two spaces deep; what is no letter is escaped, so that it cannot move a cursor."""
    text = json.dumps(finite(value), indent=2, ensure_ascii=False, default=str)
    say(_UNUSUAL.sub(lambda found: _escaped(found[0]), text))


def finite(value: Any) -> Any:
    """`value` without what JSON has no word for: numbers that are infinite or none become null."""
    if isinstance(value, Mapping):
        return {name: finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_rows(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table in a terminal; elsewhere tab-separated lines, the names first, for `cut` and `awk`."""
    if not is_terminal():
        say("\t".join(map(cell, names)))
        for row in rows:
            say("\t".join(cell(value) for value in row))
        return
    from rich.console import Console  # noqa: PLC0415 - only where somebody watches
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    # An empty cell is shown: a line of a row that is left out would put what follows under another name.
    cells = [[cell(value) or "-" for value in row] for row in [names, *rows]]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    console.print(Text("\n".join(lines(cells[0], widths, console.width)), style="bold"), soft_wrap=True)
    for row in cells[1:]:
        say("\n".join(lines(row, widths, console.width)))


def print_facts(facts: Mapping[str, Any]) -> None:
    """One object, a line for each member that says something."""
    longest = max((len(cell(name)) for name in facts), default=0)
    for name, value in facts.items():
        shown = moment(value) if name.endswith(("_at", "_finish")) else cell(value, 400)
        if shown:
            say(f"{cell(name):<{longest}}  {shown}")


def cell(value: Any, limit: int = 160) -> str:
    """`value` in one cell: one line, without anything that could move a terminal's cursor."""
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return one_line(", ".join(value), limit)
    if isinstance(value, Mapping | list):
        return one_line(json.dumps(value, ensure_ascii=False), limit)
    return one_line(str(value), limit)


def _escaped(char: str) -> str:
    return char if char.isprintable() else json.dumps(char)[1:-1]


def moment(value: Any) -> str:
    """A time of the service, in UTC: `2026-11-23 20:08`."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return cell(value)
    try:
        return datetime.fromtimestamp(value, tz=timezone.utc).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return cell(value)
