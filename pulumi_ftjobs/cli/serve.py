"""`ftjobs serve`: the embedded API in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")
    ] = 8080,
    store: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="SQLite file that keeps everything; without it nothing is kept."),
    ] = None,
    speed: Annotated[float, typer.Option(help="How much faster than real time jobs go.")] = 1.0,
    api_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY[=ORG/PROJECT]", help="Accept only these keys; without it any non-empty key."
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A switch of the server; see the docs."),
    ] = None,
) -> None:
    """Serve a simulated fine-tuning API: nothing is trained, nothing is billed."""
    from pulumi_ftjobs.server.run import Options
    from pulumi_ftjobs.server.run import serve as run
    from pulumi_ftjobs.server.settings import Settings

    if speed <= 0:
        raise typer.BadParameter("must be greater than 0", param_hint="--speed")
    settings = Settings(keys=dict(_key_and_scope(item) for item in api_key or []))
    try:
        settings.set_from_text(setting or [])
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--set") from None
    try:
        run(Options(host, port, store, speed, settings), lambda url: print(f"listening on {url}", flush=True))  # noqa: T201
    except OSError as error:
        typer.echo(
            f"ftjobs serve: cannot listen on {host}:{port} or open the store: {error.strerror or error}",
            err=True,
        )
        raise typer.Exit(1) from None


def _key_and_scope(item: str) -> tuple[str, str]:
    key, _, scope = item.partition("=")
    return key, scope
