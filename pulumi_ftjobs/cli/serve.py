"""`ftjobs serve`: the embedded API server in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulumi_ftjobs.cli.serve_training import TrainingChoices, checked_url, real_trainer
from pulumi_ftjobs.cli.terminal_output import is_terminal, print_line, print_stderr

if TYPE_CHECKING:
    from pulumi_ftjobs.server.server_process import Running

_REAL = "Real training"
_RAY = "Real training on Ray"


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
    trainer: Annotated[
        str, typer.Option(help="simulated, or trl: train for real with TRL and PEFT.", rich_help_panel=_REAL)
    ] = "simulated",
    base_model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER", help="A base model; only these are loaded.", rich_help_panel=_REAL
        ),
    ] = None,
    train_python: Annotated[
        Path | None,
        typer.Option(help="Python with torch, trl and peft; default: this one.", rich_help_panel=_REAL),
    ] = None,
    jobs_at_once: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Jobs that train at the same time; default: 1, on Ray no limit.",
            rich_help_panel=_REAL,
        ),
    ] = None,
    max_length: Annotated[
        int | None,
        typer.Option(min=16, help="Tokens of a row; default: the model's context.", rich_help_panel=_REAL),
    ] = None,
    overlong_rows: Annotated[
        str, typer.Option(help="truncate or refuse rows beyond that.", rich_help_panel=_REAL)
    ] = "truncate",
    inference_url: Annotated[
        str | None,
        typer.Option(
            help="Pass prompts on to this base URL; key: FTJOBS_INFERENCE_API_KEY.", rich_help_panel=_REAL
        ),
    ] = None,
    judge_url: Annotated[
        str | None,
        typer.Option(
            help="Base URL of the models that grade; key: FTJOBS_JUDGE_API_KEY.", rich_help_panel=_REAL
        ),
    ] = None,
    allow_python_graders: Annotated[
        bool,
        typer.Option(
            "--allow-python-graders", help="Run graders that clients send as code.", rich_help_panel=_REAL
        ),
    ] = False,
    runner: Annotated[
        str, typer.Option(help="local: processes here; ray: jobs on a Ray cluster.", rich_help_panel=_RAY)
    ] = "local",
    ray_address: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="The head's dashboard, such as http://10.0.0.5:8265.", rich_help_panel=_RAY
        ),
    ] = None,
    ray_token_file: Annotated[
        Path | None, typer.Option(help="File with Ray's authentication token.", rich_help_panel=_RAY)
    ] = None,
    ray_insecure: Annotated[
        bool,
        typer.Option("--ray-insecure", help="Use a Ray without authentication.", rich_help_panel=_RAY),
    ] = False,
    ray_resources: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=AMOUNT", help="What a job needs of Ray; repeatable.", rich_help_panel=_RAY
        ),
    ] = None,
    gpus: Annotated[
        float | None, typer.Option(min=0, help="GPUs of one job on Ray.", rich_help_panel=_RAY)
    ] = None,
    shared: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder that every node sees: jobs and models.", rich_help_panel=_RAY
        ),
    ] = None,
) -> None:
    """Serve a fine-tuning API: simulated (nothing is trained or billed), or training for real."""
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
        choices = TrainingChoices(
            trainer,
            base_model or [],
            train_python,
            jobs_at_once,
            max_length,
            overlong_rows,
            judge_url,
            allow_python_graders,
            runner,
            ray_address,
            ray_token_file,
            ray_insecure,
            ray_resources or [],
            gpus,
            shared,
        )
        options.inference_url = checked_url("--inference-url", inference_url)
        real = real_trainer(choices, store)
        if real:
            options.make_trainer, options.base_models = real
        start(options, lambda running: _announce(running, simulated=real is None))
    except ValueError as error:
        typer.echo(f"ftjobs serve: {error}", err=True)
        raise typer.Exit(1) from None
    except CannotStartError as error:
        typer.echo(f"ftjobs serve: {error}", err=True)
        raise typer.Exit(1) from None


def _announce(running: Running, *, simulated: bool) -> None:
    from pulumi_ftjobs.server.uploads.upload_tokens import counts_exactly  # noqa: PLC0415

    url = running.url
    if not running.local:
        print_stderr("warning: other machines can reach this server, and the connection is not encrypted")
    print_line(f"listening on {url}")
    if is_terminal():
        what = "nothing is trained and nothing is billed" if simulated else "jobs are really trained here"
        print_stderr(f"{what}; in another terminal:")
        print_stderr(f"export OPENAI_BASE_URL={url} OPENAI_API_KEY=sk-test-anything")
        if not counts_exactly():
            print_stderr("tokens are estimated; exact counts: pip install 'pulumi-ftjobs[tokens]'")
        print_stderr(f"to watch: {url.removesuffix('/v1')}/   to end: Ctrl-C")


def _key_and_scope(item: str) -> tuple[str, str]:
    key, _, scope = item.partition("=")
    return key, scope
