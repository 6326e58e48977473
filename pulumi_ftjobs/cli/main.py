"""The `ftjobs` command: one module a family of commands, whose libraries load when they are used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from io import TextIOWrapper
from typing import Annotated, Final, NoReturn

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
from pulumi_ftjobs.cli.examples import EXAMPLES
from pulumi_ftjobs.cli.exits import Exit, exit_of, line_of
from pulumi_ftjobs.cli.output import say
from pulumi_ftjobs.lifecycle.errors import FtjobsError
from pulumi_ftjobs.lifecycle.values import one_line

from .serve import serve

_LONGEST: Final = 4000
"""Characters of a last line."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - no other command needs it

        say(f"ftjobs {version('pulumi-ftjobs')}")
        raise typer.Exit


@app.callback()
def ftjobs(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_tell_version, help="Show the version and exit."),
    ] = False,
) -> None:
    """Tools for fine-tuning jobs as infrastructure."""


_COMMANDS: Final[Mapping[str, Callable[..., None]]] = {
    "list": jobs.list_jobs,
    "get": jobs.get,
    "events": jobs.events,
    "checkpoints": jobs.checkpoints,
    "results": results.results,
    "watch": watch.watch,
    "plot": plot.plot,
    "cancel": control.cancel,
    "pause": control.pause,
    "resume": control.resume,
    "check": data.check,
    "upload": data.upload,
    "import": bring.import_jobs,
    "query": query.query,
    "outlook": outlook.outlook,
    "blame": blame.blame,
    "pin": pin.pin,
    "review": review.review,
    "doctor": doctor.doctor,
    "serve": serve,
}
for _name, _command in _COMMANDS.items():
    app.command(_name, epilog=f"Example: {EXAMPLES[_name]}")(_command)


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
        _give_up(line_of(error), exit_of(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _give_up(f"{where}{error.strerror or error}", Exit.NO)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


def _give_up(why: str, code: Exit) -> NoReturn:
    print(f"ftjobs: {one_line(why, _LONGEST)}", file=sys.stderr)  # noqa: T201 - this is a terminal command
    sys.exit(code)


if __name__ == "__main__":
    main()
