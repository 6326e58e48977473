"""Options and arguments that several commands share."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from pulumi_ftjobs.cli.shell_completion import job_ids


class Format(str, Enum):
    """How a result is printed."""

    WIDE = "wide"
    NAME = "name"
    JSON = "json"
    YAML = "yaml"


def parse_id(text: str) -> str:
    """An id or a model's name, unchanged. Raises BadParameter for text that would address a collection."""
    if text.strip() in {"", ".", ".."}:
        raise typer.BadParameter(f"{text!r} is not an id")
    return text


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, with the service's own member names.")]
Output = Annotated[
    Format | None,
    typer.Option("--output", "-o", help="wide: every column in full; name: ids only; json; yaml."),
]
StackConfig = Annotated[
    bool,
    typer.Option(
        "--stack-config",
        envvar="FTJOBS_STACK_CONFIG",
        help="Use the config of the current Pulumi stack, secrets included.",
    ),
]
JobId = Annotated[
    str | None,
    typer.Argument(
        metavar="ID", help="A job id, or a unique prefix of one.", parser=parse_id, autocompletion=job_ids
    ),
]
JobIds = Annotated[
    list[str],
    typer.Argument(
        metavar="ID", help="Job ids, or unique prefixes of them.", parser=parse_id, autocompletion=job_ids
    ),
]
JobIdsOrLast = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ID", help="Job ids, or unique prefixes of them.", parser=parse_id, autocompletion=job_ids
    ),
]
Last = Annotated[bool, typer.Option("--last", help="The newest job, in place of an id.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Maximum number of results.")]
State = Annotated[
    bool,
    typer.Option("--state", help="Read the state of the current Pulumi stack too (`pulumi stack export`)."),
]
