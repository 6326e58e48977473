"""Options and arguments that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer


def name_of_one(text: str) -> str:
    """An id or a model's name as it was given; what would name every object, or another one, is none."""
    if text.strip() in {"", ".", ".."}:
        raise typer.BadParameter(f"{text!r} names nothing")
    return text


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, in the service's own words.")]
StackConfig = Annotated[
    bool,
    typer.Option("--stack-config", help="Use the config of the current Pulumi stack, secrets included."),
]
JobId = Annotated[str, typer.Argument(metavar="ID", help="The id of a job.", parser=name_of_one)]
JobIds = Annotated[list[str], typer.Argument(metavar="ID", help="Ids of jobs.", parser=name_of_one)]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many.")]
State = Annotated[
    bool,
    typer.Option(
        "--state", help="Look into the state of the current Pulumi stack too (`pulumi stack export`)."
    ),
]
