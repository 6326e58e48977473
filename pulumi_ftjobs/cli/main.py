"""The `ftjobs` command: one module a subcommand, imported when its name is used."""

from __future__ import annotations

import typer

from .serve import serve

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def ftjobs() -> None:
    """Tools for fine-tuning jobs as infrastructure."""


app.command()(serve)


def main() -> None:
    """Run the command line."""
    app(prog_name="ftjobs")


if __name__ == "__main__":
    main()
