"""`ftjobs check` and `upload`: a training file before, and on, its way to the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer

from pulumi_ftjobs.cli.exit_codes import Exit, with_stack_config
from pulumi_ftjobs.cli.options import AsJson, StackConfig
from pulumi_ftjobs.cli.output import cell, print_facts, print_json, say, whisper
from pulumi_ftjobs.cli.service_client import service, sources
from pulumi_ftjobs.dataset import DataFileError, FileReport, Problem, check_against, overlap, scan, stream
from pulumi_ftjobs.dataset.against import Method
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.cost import Training, estimate, parse_prices
from pulumi_ftjobs.lifecycle.identity import upload_mark, upload_name
from pulumi_ftjobs.lifecycle.settings import Sources

DataFile = Annotated[str, typer.Argument(metavar="FILE", help="A JSONL file.")]
_MARK = "ftjobs upload"
_METHODS: dict[str, Method] = {"supervised": "supervised", "dpo": "dpo", "reinforcement": "reinforcement"}


def check(
    file: DataFile,
    validation: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The validation file: checked too, and for rows in both."),
    ] = None,
    model: Annotated[str, typer.Option(help="The base model, for the cost.")] = "gpt-4.1-mini-2025-04-14",
    method: Annotated[
        str | None, typer.Option(help="supervised, dpo or reinforcement; by default what fits the rows.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="n_epochs; by default the service's choice.")
    ] = None,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Check training data: problems by line, rows, tokens, cost. Asks nobody; exit code 1 if it has errors."""
    if method is not None and method not in _METHODS:
        raise typer.BadParameter(f"must be one of {', '.join(_METHODS)}", param_hint="--method")
    places, report = sources(use_stack=stack_config), scanned(file)
    kind = _METHODS.get(method or _usual(report))
    problems, more = list(_judged(report, kind, places, validation=False)), report.more
    files = [file] * len(problems)
    if validation:
        second = scanned(validation)
        problems += [*_judged(second, kind, places, validation=True), *overlap(report, second)]
        files += [validation] * (len(problems) - len(files))
        more += second.more
    facts = _figures(report) | {"cost": _cost(report, model, kind, epochs, places)}
    if as_json:
        told = [{"file": path, **asdict(problem)} for path, problem in zip(files, problems, strict=True)]
        print_json({**facts, "problems": told, "more": more})
    else:
        print_facts(facts)
        _tell(problems, more, files if validation else ())
    if any(problem.severity == "error" for problem in problems):
        raise typer.Exit(Exit.NO)


def upload(
    file: DataFile,
    name: Annotated[str | None, typer.Option(help="File name at the service; by default its own.")] = None,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Check a training file and upload it; the same bytes are uploaded once. Prints the file's id."""
    report = scanned(file)
    if report.errors:
        _tell(report.problems, report.more, loud=True)
        raise typer.Exit(Exit.NO)
    mark = upload_mark(_MARK, report.bytes_digest)
    with service(use_stack=stack_config) as client:
        found = next(
            (one for one in client.files() if mark in one.filename and one.bytes == report.size), None
        )
        if found:
            whisper("these bytes were uploaded before")
        else:
            sent = upload_name(name or Path(file).name, _MARK, report.bytes_digest)
            try:
                found = client.upload(sent, stream(file, report), report.size, {"purpose": "fine-tune"})
            except DataFileError as error:
                raise FtjobsError(str(error)) from None
    if as_json:
        print_json(found.facts())
    else:
        say(cell(found.id))


def scanned(path: str) -> FileReport:
    """The report of a file. Raises FtjobsError if it cannot be read as training data."""
    if not Path(path).exists():
        raise FtjobsError(f"{path!r} does not exist")
    try:
        return scan(path)
    except DataFileError as error:
        raise FtjobsError(str(error)) from None


def _judged(
    report: FileReport, kind: Method | None, places: Sources, *, validation: bool
) -> Sequence[Problem]:
    profile = places.account().target.profile
    return (*report.problems, *check_against(report, method=kind, profile=profile, validation=validation))


def _usual(report: FileReport) -> str:
    return {"preference": "dpo", "reinforcement": "reinforcement"}.get(report.format or "", "supervised")


def _figures(report: FileReport) -> dict[str, Any]:
    return {
        "path": report.path,
        "format": report.format,
        "rows": report.rows,
        "bytes": report.size,
        "tokens": report.tokens,
        "tokens_exact": report.tokens_exact,
        "images": report.images or None,
        "rows_digest": report.rows_digest,
        "bytes_digest": report.bytes_digest,
    }


def _cost(report: FileReport, model: str, kind: Method | None, epochs: int | None, places: Sources) -> str:
    training = Training(
        model=model,
        tokens=report.tokens,
        rows=report.rows,
        tokens_exact=report.tokens_exact,
        images=report.images,
        n_epochs=epochs,
        method=kind,
        profile=places.account().target.profile,
    )
    return with_stack_config(estimate(training, parse_prices(places.first("prices") or "{}")).sentence)


def _tell(problems: Sequence[Problem], more: int, files: Sequence[str] = (), *, loud: bool = False) -> None:
    """One line each. `files`: where each is, if there are several."""
    tell = whisper if loud else say
    for path, problem in zip_longest(files, problems):
        tell(f"{problem.severity}: {f'{cell(path)}: ' if path else ''}{problem}")
    if more:
        tell(f"and {more:,} more problems like these")
