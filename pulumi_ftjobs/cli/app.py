"""The commands of `ftjobs`: one module a family, whose libraries load when they are used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final

import typer

from pulumi_ftjobs.cli import (
    blame,
    data_commands,
    doctor,
    expiry,
    import_jobs,
    job_actions,
    jobs,
    pin,
    plot,
    query,
    results,
    review,
    watch,
)
from pulumi_ftjobs.cli.help_examples import EXAMPLES
from pulumi_ftjobs.cli.output import say

from .serve import serve

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
    "cancel": job_actions.cancel,
    "pause": job_actions.pause,
    "resume": job_actions.resume,
    "check": data_commands.check,
    "upload": data_commands.upload,
    "import": import_jobs.import_jobs,
    "query": query.query,
    "outlook": expiry.outlook,
    "blame": blame.blame,
    "pin": pin.pin,
    "review": review.review,
    "doctor": doctor.doctor,
    "serve": serve,
}
for _name, _command in _COMMANDS.items():
    app.command(_name, epilog=f"Example: {EXAMPLES[_name]}")(_command)
