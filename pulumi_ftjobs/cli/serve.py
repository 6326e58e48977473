"""`ftjobs serve`: the embedded API server in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulumi_ftjobs.cli.terminal_output import is_terminal, print_line, print_stderr

if TYPE_CHECKING:
    from pulumi_ftjobs.server.server_process import Running


def serve(  # noqa: PLR0913, PLR0917  -- the options of a command are its arguments
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")
    ] = 8080,
    store: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="SQLite file that keeps everything; without it nothing is kept."),
    ] = None,
    speed: Annotated[float, typer.Option(help="How much faster than real time jobs go.")] = 1.0,
    seed: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON with jobs, files, models and permissions."),
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="JSON with a script for jobs to come.")
    ] = None,
    lenient: Annotated[bool, typer.Option("--lenient", help="Relax the state rules.")] = False,
    api_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY[=ORG/PROJECT]", help="Accept only these keys; without it any non-empty key."
        ),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Accept any key although other machines can reach this server.")
    ] = False,
    service: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            metavar="SERVICE",
            help="Imitate openai, azure, bedrock, nebius or crusoe; repeatable, see the docs.",
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A switch of the server; see the docs."),
    ] = None,
) -> None:
    """Serve a simulated fine-tuning API: nothing is trained, nothing is billed."""
    # Imported here so that no other command pays for a web server.
    from pulumi_ftjobs.server.server_process import CannotStartError, Options, start  # noqa: PLC0415
    from pulumi_ftjobs.server.server_settings import Settings  # noqa: PLC0415

    if not 0 < speed < float("inf"):
        raise typer.BadParameter("must be greater than 0", param_hint="--speed")
    settings = Settings(lenient=lenient, keys=dict(_key_and_scope(item) for item in api_key or []))
    try:
        settings.set_from_text(setting or [])
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--set") from None
    try:
        options = Options(
            host, port, store, speed, seed, scenario, settings, insecure, services=tuple(service or ())
        )
        start(options, _announce)
    except CannotStartError as error:
        typer.echo(f"ftjobs serve: {error}", err=True)
        raise typer.Exit(1) from None


def _announce(running: Running) -> None:
    from pulumi_ftjobs.server.uploads.upload_tokens import counts_exactly  # noqa: PLC0415

    url = running.url
    if not running.local:
        print_stderr("warning: other machines can reach this server, and the connection is not encrypted")
    print_line(f"listening on {url}")
    if is_terminal():
        print_stderr("nothing is trained and nothing is billed; in another terminal:")
        print_stderr(f"export OPENAI_BASE_URL={url} OPENAI_API_KEY=sk-test-anything")
        if not counts_exactly():
            print_stderr("tokens are estimated; exact counts: pip install 'pulumi-ftjobs[tokens]'")
        print_stderr(f"to watch: {url.removesuffix('/v1')}/   to end: Ctrl-C")


def _key_and_scope(item: str) -> tuple[str, str]:
    key, _, scope = item.partition("=")
    return key, scope
