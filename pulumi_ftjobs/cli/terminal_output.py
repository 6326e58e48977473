"""What a command prints: JSON or YAML for programs, a table in a terminal, tab-separated columns elsewhere."""

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
from pulumi_ftjobs.cli.row_layout import lines, width
from pulumi_ftjobs.lifecycle.values import one_line

STATUS_STYLES: Final[Mapping[str, str]] = {
    "succeeded": "green",
    "failed": "red",
    "cancelled": "yellow",
    "paused": "yellow",
}
"""Colours of a job's status; every other status is unfinished and is cyan."""
_UNPRINTABLE: Final = re.compile(r"[^ -~\n]")


def is_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout.isatty()


def print_line(text: str) -> None:
    """Print one line of the result. Ends the command when the reader has closed the pipe (`| head`)."""
    try:
        print(text, flush=True)  # noqa: T201 - this is a terminal command
    except BrokenPipeError:
        # What is still buffered goes to /dev/null, else Python complains about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(Exit.PIPE_CLOSED) from None


def print_stderr(text: str) -> None:
    """Print one line about what happens, which is not part of the result."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - see above


def print_json(value: Any) -> None:
    """Print `value` as JSON, two spaces deep; unprintable characters are escaped: none can move a cursor."""
    text = json.dumps(finite(value), indent=2, ensure_ascii=False, default=str)
    print_line(_UNPRINTABLE.sub(lambda found: _escaped(found[0]), text))


def print_yaml(value: Any) -> None:
    """Print `value` as YAML, with the same escapes."""
    import yaml  # noqa: PLC0415 - comes with Pulumi; only where it was asked for

    plain = json.loads(json.dumps(finite(value), default=str))
    print_line(yaml.safe_dump(plain, sort_keys=False, width=1000).rstrip("\n"))


def finite(value: Any) -> Any:
    """`value` with null for the numbers that JSON cannot express: infinite ones and NaN."""
    if isinstance(value, Mapping):
        return {name: finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_rows(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table in a terminal; elsewhere tab-separated lines, the names first, for `cut` and `awk`."""
    if not is_terminal():
        print_line("\t".join(map(cell, names)))
        for row in rows:
            print_line("\t".join(cell(value) for value in row))
        return
    from rich.console import Console  # noqa: PLC0415 - only in a terminal
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    # An empty cell is shown: a line of a row that is left out would put what follows under another name.
    cells = [[cell(value) or "-" for value in row] for row in [names, *rows]]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    console.print(Text("\n".join(lines(cells[0], widths, console.width)), style="bold"), soft_wrap=True)
    for row in cells[1:]:
        print_line("\n".join(lines(row, widths, console.width)))


def print_facts(facts: Mapping[str, Any]) -> None:
    """Print one object, a line for each member that has a value."""
    longest = max((len(cell(name)) for name in facts), default=0)
    for name, value in facts.items():
        shown = timestamp(value) if name.endswith(("_at", "_finish")) else cell(value, 400)
        if shown:
            print_line(f"{cell(name):<{longest}}  {shown}")


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


def timestamp(value: Any) -> str:
    """A time of the service in UTC, with seconds and zone: `2026-11-23T20:08:31Z`."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return cell(value)
    try:
        return datetime.fromtimestamp(value, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return cell(value)
