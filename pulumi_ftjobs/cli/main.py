"""The `ftjobs` command: one module a family of commands, whose libraries load when they are used."""

from __future__ import annotations

import sys
from collections.abc import Sequence

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
    try:
        app(words, prog_name="ftjobs")
    except FtjobsError as error:
        print(f"ftjobs: {error}", file=sys.stderr)  # noqa: T201 - this is a terminal command
        sys.exit(exit_of(error))
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


if __name__ == "__main__":
    main()
