"""Shell completion: names of commands and options at once, job ids within two seconds or not at all."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Final

import typer

from pulumi_ftjobs.cli.command_table import COMMANDS, load
from pulumi_ftjobs.cli.service_client import service
from pulumi_ftjobs.lifecycle.base_error import FtjobsError

VARIABLE: Final = "_FTJOBS_COMPLETE"
"""Set by the shell's completion function: what typer and this module are asked to do."""
_SECONDS: Final = 2.0
"""A user who has pressed Tab waits no longer."""
_NEWEST: Final = 100
"""Job ids that are offered."""


def names(environment: Mapping[str, str]) -> str | None:
    """What bash or zsh offers for the name of a command or an option; None for all else, which typer completes.

    typer's own way would load pydantic and rich first: twice the time.
    """
    shell = environment.get(VARIABLE)
    if shell == "complete_bash":
        words = environment.get("COMP_WORDS", "").split()
        place = int(environment.get("COMP_CWORD", "0"))
        before, typed = words[1:place], words[place] if place < len(words) else ""
    elif shell == "complete_zsh":
        line = environment.get("_TYPER_COMPLETE_ARGS", "")
        before = line.split()[1:]
        typed = before.pop() if before and not line.endswith(" ") else ""
    else:
        return None
    found = _matching(before, typed)
    if not found or shell == "complete_bash":
        return "\n".join(found) or None
    offered = "\n".join(f'"{name}":"{_plain(text)}"' for name, text in found.items())
    return f"_arguments '*: :(({offered}))'"


def job_ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """The newest jobs' ids that begin as typed; none where the service does not answer in time, or refuses."""
    answer: SimpleQueue[list[str]] = SimpleQueue()
    use_stack = bool(ctx.params.get("stack_config"))
    threading.Thread(target=lambda: answer.put(_newest(use_stack=use_stack)), daemon=True).start()
    try:
        found = answer.get(timeout=_SECONDS)
    except Empty:
        return []
    return [one for one in found if one.startswith(incomplete)]


def _newest(*, use_stack: bool) -> list[str]:
    with suppress(FtjobsError, OSError), service(use_stack=use_stack) as client:
        return [job.id for job in islice(client.jobs(limit=_NEWEST), _NEWEST)]
    return []


def _matching(before: list[str], typed: str) -> dict[str, str]:
    """Names that begin as typed, each with its help."""
    if not before:
        known = {name: row.summary for name, row in COMMANDS.items()} if not typed.startswith("-") else {}
    elif before[0] in COMMANDS and typed.startswith("-"):
        options = [one for one in load(before[0]).params if one.param_type_name == "option"]
        known = {name: getattr(one, "help", "") or "" for one in options for name in one.opts}
    else:
        known = {}
    return {name: text for name, text in known.items() if name.startswith(typed)}


def _plain(text: str) -> str:
    """Help without what zsh would read as its own syntax."""
    return re.sub(r"[\"'`$:\\]", "", text)
