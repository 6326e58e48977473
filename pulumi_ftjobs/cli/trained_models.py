"""`ftjobs model` and `ftjobs chat`: fetch a model that a server has trained, and ask it."""

from __future__ import annotations

import sys
import tarfile
import tempfile
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulumi_ftjobs.cli.service_client import service
from pulumi_ftjobs.cli.shared_options import AsJson, StackConfig
from pulumi_ftjobs.cli.terminal_output import cell, print_json, print_line, print_stderr
from pulumi_ftjobs.lifecycle.base_error import FtjobsError

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client


class Action(str, Enum):
    """What can be done with a model."""

    PULL = "pull"


def model(
    action: Annotated[Action, typer.Argument(metavar="ACTION", help="pull.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The fine-tuned model's name.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet.")],
    merged: Annotated[bool, typer.Option("--merged", help="Base and adapter as one model.")] = False,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Download a model that `ftjobs serve --trainer trl` has trained.

    Only such a server gives models away; a service in the cloud keeps them.
    """
    del action
    if folder.exists():
        raise FtjobsError(f"not downloaded: {folder} exists. Give a new folder, or remove this one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        archive, unpacked = Path(scratch) / "model.tar", Path(scratch) / "model"
        with service(use_stack=stack_config) as client:
            client.download_model(name, archive, merged=merged)
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(unpacked, filter="data")
        except tarfile.TarError as error:
            raise FtjobsError(f"not downloaded: the answer is not a model archive ({error})") from None
        unpacked.rename(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in files)
    if as_json:
        print_json({"model": name, "folder": str(folder), "files": len(files), "bytes": size})
    else:
        print_line(f"{folder}\t{len(files)} files\t{size} bytes")


def chat(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The fine-tuned model's name.")],
    prompt: Annotated[
        str | None, typer.Argument(metavar="PROMPT", help="What to ask; without it lines of standard input.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(help="The model to compare with. Default: the base of NAME.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="The system message.")] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="Most tokens of an answer.")] = 256,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Ask the base model and the fine-tuned one the same, side by side.

    The service must answer prompts: `ftjobs serve` does with --inference-url.
    """
    models = [base or _base_of(name), name]
    with service(use_stack=stack_config) as client:
        for line in [prompt] if prompt is not None else sys.stdin:
            if line.strip():
                answers = _answers(client, models, line.strip(), system, max_tokens)
                _show(line.strip(), answers, as_json=as_json)


def _answers(
    client: Client, models: list[str], prompt: str, system: str | None, max_tokens: int
) -> dict[str, str]:
    opening = [{"role": "system", "content": system}] if system else []
    messages = [*opening, {"role": "user", "content": prompt}]
    return {one: client.complete(one, messages, max_tokens) for one in models}


def _show(prompt: str, answers: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        print_json({"prompt": prompt, "answers": answers})
        return
    print_stderr(f"> {cell(prompt)}")
    for name, answer in answers.items():
        print_line(f"{cell(name)}\t{cell(answer)}")


def _base_of(name: str) -> str:
    parts = name.split(":")
    if parts[0] != "ft" or len(parts) < 3:
        raise typer.BadParameter(
            "is not a name such as ft:BASE:...; name the base with --base", param_hint="NAME"
        )
    return parts[1]
