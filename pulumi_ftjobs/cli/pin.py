"""`ftjobs pin`: write what the service chose into the declaration. Pinning never retrains."""

from __future__ import annotations

import difflib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from pulumi_ftjobs.cli.exit_codes import Exit
from pulumi_ftjobs.cli.import_file import JOB_TYPE
from pulumi_ftjobs.cli.pulumi_stack import stack_resources
from pulumi_ftjobs.cli.source_pinning import Pinned
from pulumi_ftjobs.cli.source_pinning import pin as pinned_in
from pulumi_ftjobs.cli.terminal_output import print_line, print_stderr
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.values import listed


def pin(
    program: Annotated[Path, typer.Argument(metavar="PROGRAM", help="A Python file.")],
    name: Annotated[
        list[str] | None,
        typer.Option(help="Only the job of this name; may be repeated. Default: every job."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Change the file; without it the change is only shown.")
    ] = False,
) -> None:
    """Write model snapshot, seed and hyperparameters from the stack's state into the program.

    The preview after it shows no change: the values that the service chose are now declared. Exit code 1 if a value
    is left: to write by hand, or because the state has it only after `pulumi refresh`.
    """
    try:
        before = program.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise FtjobsError(f"{program} is not a Python file in UTF-8") from None
    entries = _unique_jobs(stack_resources())
    jobs = {key: _pinnable(job) for key, job in entries.items()}
    missing = sorted(set(name or ()) - set(jobs))
    if missing:
        known = f"known jobs: {listed(sorted(jobs))}" if jobs else "it has no jobs"
        raise FtjobsError(f"the current stack has no job named {listed(missing, 'or')}; {known}")
    wanted = {key: job for key, job in jobs.items() if not name or key in name}
    result = pinned_in(before, wanted, {key: entry.get("inputs") or {} for key, entry in entries.items()})
    for note in (*result.notes, *result.missing):
        print_stderr(note)
    if write:
        _write(program, before, result)
    else:
        _show(program, before, result)
    if result.notes or result.missing:
        raise typer.Exit(Exit.NO)


def _write(program: Path, before: str, result: Pinned) -> None:
    if result.source != before:
        program.write_bytes(result.source.encode())
        print_stderr(f"wrote {program}")
    elif not result.notes and not result.missing:
        print_stderr(f"{program} needs no change")


def _show(program: Path, before: str, result: Pinned) -> None:
    old, new = before.splitlines(), result.source.splitlines()
    for line in difflib.unified_diff(old, new, str(program), str(program), lineterm=""):
        print_line(line)


def _unique_jobs(resources: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The stack's jobs by name; a name that two parents use is left out."""
    jobs = [
        r for r in resources if r.get("type") == JOB_TYPE and not r.get("delete") and not r.get("external")
    ]
    names = [str(job["urn"]).rpartition("::")[2] for job in jobs]
    count = Counter(names)
    return {name: job for name, job in zip(names, jobs, strict=True) if count[name] == 1}


def _pinnable(job: dict[str, Any]) -> dict[str, Any]:
    """A job's outputs; without its model where the snapshot itself was declared."""
    declared, outputs = job.get("inputs") or {}, dict(job.get("outputs") or {})
    if declared.get("model") == outputs.get("model"):
        outputs.pop("model", None)
    return outputs
