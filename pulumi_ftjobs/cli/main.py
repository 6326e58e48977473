"""The `ftjobs` command: one module a family of commands, whose libraries load when they are used."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import NoReturn

import typer

from pulumi_ftjobs.cli import (
    blame,
    bring,
    control,
    data,
    doctor,
    jobs,
    outlook,
    pin,
    plot,
    query,
    results,
    review,
    watch,
)
from pulumi_ftjobs.cli.exits import Exit, exit_of
from pulumi_ftjobs.lifecycle.errors import FtjobsError

from .serve import serve

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def ftjobs() -> None:
    """Tools for fine-tuning jobs as infrastructure."""


app.command()(serve)
app.command("list")(jobs.list_jobs)
app.command()(jobs.get)
app.command()(jobs.events)
app.command()(jobs.checkpoints)
app.command()(control.cancel)
app.command()(control.pause)
app.command()(control.resume)
app.command()(results.results)
app.command()(data.check)
app.command()(data.upload)
app.command()(watch.watch)
app.command()(plot.plot)
app.command("import")(bring.import_jobs)
app.command()(query.query)
app.command()(outlook.outlook)
app.command()(blame.blame)
app.command()(pin.pin)
app.command()(doctor.doctor)
app.command()(review.review)


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line. A foreseeable failure is one line and an exit code (`Exit`)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, TextIOWrapper
        ):  # a character that the reader's encoding lacks is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    try:
        app(words, prog_name="ftjobs")
    except FtjobsError as error:
        _give_up(str(error), exit_of(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _give_up(f"{where}{error.strerror or error}", Exit.NO)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


def _give_up(why: str, code: Exit) -> NoReturn:
    print(f"ftjobs: {why}", file=sys.stderr)  # noqa: T201 - this is a terminal command
    sys.exit(code)


if __name__ == "__main__":
    main()
