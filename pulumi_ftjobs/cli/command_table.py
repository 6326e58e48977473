"""The commands of `ftjobs`: one row each, and the group that imports a command's module when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, Final, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from pulumi_ftjobs.cli.terminal_output import print_line

Command = TyperCommand | TyperGroup


@dataclass(frozen=True)
class CommandRow:
    """One command: where it is in the help, what it does, and the function behind it."""

    section: str
    function: str
    """`module:function` in this package."""
    summary: str
    """The first line of the function's docstring, known without its module."""
    example: str
    """A command line that the tests run."""
    negative: str = "a file cannot be read or written"
    """What exit code 1 means for this command."""


_JOBS, _DATA, _MODELS, _STACKS, _SERVER = "Jobs", "Training data", "Models", "Pulumi stacks", "Embedded API"

COMMANDS: Final[dict[str, CommandRow]] = {
    "list": CommandRow(
        _JOBS,
        "list_jobs:list_jobs",
        "List jobs, newest first.",
        "ftjobs list --status succeeded --metadata team=a --after 2026-11-01",
    ),
    "get": CommandRow(_JOBS, "job_details:get", "Show one job.", "ftjobs get ftjob-abc123 --json"),
    "events": CommandRow(
        _JOBS,
        "job_details:events",
        "Show the events of a job, oldest first.",
        "ftjobs events ftjob-abc123 --limit 20",
    ),
    "checkpoints": CommandRow(
        _JOBS,
        "job_details:checkpoints",
        "Show the checkpoints of a job with their metrics, oldest first.",
        "ftjobs checkpoints ftjob-abc123",
    ),
    "results": CommandRow(
        _JOBS,
        "results:results",
        "Print the metrics of a finished job as CSV.",
        "ftjobs results ftjob-abc123 > metrics.csv",
        "the job has no result files, or a file cannot be written",
    ),
    "watch": CommandRow(
        _JOBS,
        "watch:watch",
        "Follow jobs until they finish.",
        "ftjobs watch ftjob-abc123 ftjob-def456",
        "a job did not succeed",
    ),
    "plot": CommandRow(
        _JOBS,
        "plot:plot",
        "Draw the loss of a job by step, in the terminal or as SVG.",
        "ftjobs plot ftjob-abc123 --svg loss.svg",
        "the job has no such metric, or the file cannot be written",
    ),
    "compare": CommandRow(
        _JOBS,
        "compare:compare",
        "Compare jobs: settings, results, cost and curves side by side.",
        "ftjobs compare ftjob-abc123 ftjob-def456",
        "the file cannot be written",
    ),
    "cancel": CommandRow(_JOBS, "job_actions:cancel", "Cancel jobs.", "ftjobs cancel ftjob-abc123"),
    "pause": CommandRow(_JOBS, "job_actions:pause", "Pause running jobs.", "ftjobs pause ftjob-abc123"),
    "resume": CommandRow(_JOBS, "job_actions:resume", "Resume paused jobs.", "ftjobs resume ftjob-abc123"),
    "query": CommandRow(
        _JOBS,
        "query:query",
        "Query jobs, events, checkpoints, files and models with one SQL statement.",
        'ftjobs query "SELECT model, count(*) AS jobs FROM jobs GROUP BY 1"',
        "the statement is not one read-only SELECT",
    ),
    "check": CommandRow(
        _DATA,
        "data_commands:check",
        "Check training data: problems by line, rows, tokens, cost. Works offline.",
        "ftjobs check data.jsonl --validation valid.jsonl --epochs 3",
        "the data has errors, or a file cannot be read",
    ),
    "upload": CommandRow(
        _DATA,
        "data_commands:upload",
        "Check a training file and upload it; equal bytes are uploaded once.",
        "ftjobs upload data.jsonl",
        "the data has errors, or the file cannot be read",
    ),
    "delete": CommandRow(
        _DATA,
        "deletions:delete",
        "Delete files or fine-tuned models at the service.",
        "ftjobs delete file file-abc123 --yes",
        "not confirmed",
    ),
    "blame": CommandRow(
        _MODELS,
        "blame:blame",
        "Trace a model to its job, stack, data, settings, losses, tokens and cost.",
        "ftjobs blame ft:gpt-4.1-mini-2025-04-14:acme:support:abc123 --markdown > CARD.md",
    ),
    "expiry": CommandRow(
        _MODELS,
        "expiry:expiry",
        "List fine-tuned models by shutdown date, the first to expire first.",
        "ftjobs expiry --stack-config --state",
    ),
    "model": CommandRow(
        _MODELS,
        "trained_models:model",
        "Download a model that `ftjobs serve --trainer trl` has trained.",
        "ftjobs model pull ft:tiny:personal:support:abc12345 ./model",
        "the folder exists already, or a file cannot be written",
    ),
    "chat": CommandRow(
        _MODELS,
        "trained_models:chat",
        "Ask the base model and the fine-tuned one the same, side by side.",
        "ftjobs chat ft:tiny:personal:support:abc12345 'Where is my order?'",
    ),
    "import": CommandRow(
        _STACKS,
        "import_jobs:import_jobs",
        "Write the import file and the program for existing jobs.",
        "ftjobs import ftjob-abc123 --stack organization/shop/prod",
        "a file exists already, or cannot be written",
    ),
    "pin": CommandRow(
        _STACKS,
        "pin:pin",
        "Write model snapshot, seed and hyperparameters from the stack's state into the program.",
        "ftjobs pin __main__.py --name support",
        "a value could not be pinned, or the file cannot be read or written",
    ),
    "review": CommandRow(
        _STACKS,
        "review:review",
        "Turn a preview into one Markdown comment: what trains, why, on which data, at what cost.",
        "pulumi preview --json --show-sames | ftjobs review > comment.md",
        "the input is not a preview, or the file cannot be read",
    ),
    "doctor": CommandRow(
        _STACKS,
        "doctor:doctor",
        "Check the installation, the settings in force and the service.",
        "ftjobs doctor --stack-config",
        "a check failed",
    ),
    "serve": CommandRow(
        _SERVER,
        "serve:serve",
        "Serve a fine-tuning API: simulated (nothing is trained or billed), or training for real.",
        "ftjobs serve --speed 100",
        "the server cannot start",
    ),
}
"""Every command, in the order of the help."""

ALIASES: Final = {"outlook": "expiry"}
"""Earlier names that still work and that no help mentions."""


def load(name: str) -> Command:
    """The command behind `name`, or the group where the row names a `typer.Typer`; imports its module."""
    row = COMMANDS[name]
    module, _, function = row.function.partition(":")
    target = getattr(import_module(f"pulumi_ftjobs.cli.{module}"), function)
    if isinstance(target, typer.Typer):
        return cast("Command", get_command(target))
    one = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    one.command(name, epilog=_epilog(row))(target)
    return cast("Command", get_command(one))


def _epilog(row: CommandRow) -> str:
    return (
        f"Example: {row.example}\n\n"
        f"Exit codes: 0 done; 1 {row.negative}; 2 wrong command line; 3 a setting or an extra is missing; "
        "4 refused by the service, or id not found; 5 service unreachable; 130 interrupted."
    )


class LazyCommands(TyperGroup):
    """Knows the commands by their rows; the module of a command is imported when it is called."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, row in COMMANDS.items():
            self.add_command(TyperCommand(name, help=row.summary, rich_markup_mode=None))
        for alias in ALIASES:
            self.add_command(TyperCommand(alias, hidden=True, rich_markup_mode=None))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The real command in place of its row."""
        name, known, rest = super().resolve_command(ctx, args)
        return name, load(ALIASES.get(name or "", name or "")) if known else known, rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The commands under their sections."""
        del ctx
        widest = max(map(len, COMMANDS))
        for section in dict.fromkeys(row.section for row in COMMANDS.values()):
            rows = [
                (name.ljust(widest), row.summary) for name, row in COMMANDS.items() if row.section == section
            ]
            with formatter.section(section):
                formatter.write_dl(rows)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - no other command needs it

        print_line(f"ftjobs {version('pulumi-ftjobs')}")
        raise typer.Exit


app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="`ftjobs COMMAND --help` shows options, an example and the exit codes.",
)


@app.callback()
def ftjobs(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Show the version and exit."),
    ] = False,
) -> None:
    """Fine-tuning jobs as infrastructure: look at jobs, check data, review previews, serve the embedded API."""
