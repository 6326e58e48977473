"""`ftjobs delete`: files and fine-tuned models at the service."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Annotated

import typer

from pulumi_ftjobs.cli.exit_codes import Exit, error_line, message_of
from pulumi_ftjobs.cli.service_client import service
from pulumi_ftjobs.cli.shared_options import AsJson, StackConfig, parse_id
from pulumi_ftjobs.cli.terminal_output import cell, print_json, print_line, print_stderr
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.values import listed


class Kind(str, Enum):
    """What can be deleted."""

    FILE = "file"
    MODEL = "model"


def delete(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="file or model.")],
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID", help="File ids, or names of fine-tuned models.", parser=parse_id),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Delete files or fine-tuned models at the service.

    A deleted model cannot be restored without training again. Jobs cannot be deleted: `ftjobs cancel` stops one.
    """
    from pulumi_ftjobs.api.errors import Refused  # noqa: PLC0415 - the HTTP library is imported only for a request

    wanted = list(dict.fromkeys(ids))
    if kind is Kind.MODEL and any(not name.startswith("ft:") and ":" not in name for name in wanted):
        raise typer.BadParameter("a fine-tuned model's name is needed, such as ft:...", param_hint="ID")
    if not yes:
        _confirm(kind, wanted)
    deleted: list[str] = []
    refused = False
    try:
        with service(use_stack=stack_config) as client:
            read, remove = (
                (client.file, client.delete_file)
                if kind is Kind.FILE
                else (client.model, client.delete_model)
            )
            for one in wanted:
                try:
                    read(one)  # the client takes a 404 on DELETE for done; a typo must not look like that
                    remove(one)
                except Refused as error:
                    refused = True
                    print_stderr(error_line(message_of(error)))
                    continue
                deleted.append(one)
                if not as_json:
                    print_line(f"{cell(one)}\tdeleted")
    finally:
        if as_json and deleted:
            print_json([{"id": one, "object": kind.value, "deleted": True} for one in deleted])
    if refused:
        raise typer.Exit(Exit.REFUSED)


def _confirm(kind: Kind, ids: list[str]) -> None:
    """Ask at a terminal. Raises FtjobsError elsewhere, and Abort on a no."""
    what = f"{kind.value} {listed([cell(one) for one in ids])}"
    if not sys.stdin.isatty():
        raise FtjobsError(f"not deleted: {what}. Confirm with --yes, because stdin is not a terminal")
    typer.confirm(f"Delete {what}?", abort=True, err=True)
