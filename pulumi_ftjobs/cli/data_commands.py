"""`ftjobs check` and `upload`: validate a training file, and send it to the service."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer

from pulumi_ftjobs.cli.exit_codes import Exit, with_stack_config
from pulumi_ftjobs.cli.service_client import service, setting_sources
from pulumi_ftjobs.cli.shared_options import AsJson, StackConfig
from pulumi_ftjobs.cli.terminal_output import cell, print_facts, print_json, print_line, print_stderr
from pulumi_ftjobs.dataset import DataFileError, FileReport, check_against, overlap, scan, stream
from pulumi_ftjobs.dataset.job_rules import Method
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.cost import Training, estimate, parse_prices
from pulumi_ftjobs.lifecycle.diagnostics import Diagnostic
from pulumi_ftjobs.lifecycle.identity import upload_mark, upload_name
from pulumi_ftjobs.lifecycle.settings import Sources

_MODEL = "gpt-4.1-mini-2025-04-14"
DataFile = Annotated[str, typer.Argument(metavar="FILE", help="A JSONL file.")]
_MARK = "ftjobs upload"
_METHODS: dict[str, Method] = {"supervised": "supervised", "dpo": "dpo", "reinforcement": "reinforcement"}


def check(
    file: DataFile,
    validation: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A validation file: checked too, also for rows in both files."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help=f"The base model, for the cost. Default: {_MODEL}")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="supervised, dpo or reinforcement. Default: what fits the rows.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="n_epochs. Default: chosen by the service.")
    ] = None,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Check training data: problems by line, rows, tokens, cost. Works offline.

    Exit code 1 if the data has errors.
    """
    if method is not None and method not in _METHODS:
        raise typer.BadParameter(f"must be one of {', '.join(_METHODS)}", param_hint="--method")
    sources, report = setting_sources(use_stack=stack_config), scanned(file)
    kind = _METHODS.get(method or _default_method(report))
    problems, more = list(_problems_of(report, kind, sources, validation=False)), report.more
    files = [file] * len(problems)
    if validation:
        second = scanned(validation)
        problems += [*_problems_of(second, kind, sources, validation=True), *overlap(report, second)]
        files += [validation] * (len(problems) - len(files))
        more += second.more
    facts = _figures(report) | {
        "model": model or f"{_MODEL} (default; choose with --model)",
        "cost": _cost(report, model or _MODEL, kind, epochs, sources),
    }
    if as_json:
        listed = [
            {"file": path, **{name: getattr(one, name) for name in ("code", "severity", "line", "message")}}
            for path, one in zip(files, problems, strict=True)
        ]
        print_json({**facts, "problems": listed, "more": more})
    else:
        print_facts(facts)
        _print_problems(problems, more, files if validation else ())
    if any(problem.severity == "error" for problem in problems):
        raise typer.Exit(Exit.NO)


def upload(
    file: DataFile,
    name: Annotated[str | None, typer.Option(help="File name at the service. Default: that of FILE.")] = None,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Check a training file and upload it; equal bytes are uploaded once.

    Prints the file's id.
    """
    report = scanned(file)
    if report.errors:
        _print_problems(report.diagnostics, report.more, to_stderr=True)
        raise typer.Exit(Exit.NO)
    mark = upload_mark(_MARK, report.bytes_digest)
    with service(use_stack=stack_config) as client:
        found = next(
            (one for one in client.files() if mark in one.filename and one.bytes == report.size), None
        )
        if found:
            print_stderr("already uploaded")
        else:
            sent = upload_name(name or Path(file).name, _MARK, report.bytes_digest)
            try:
                found = client.upload(sent, stream(file, report), report.size, {"purpose": "fine-tune"})
            except DataFileError as error:
                raise FtjobsError(str(error)) from None
    if as_json:
        print_json(found.facts())
    else:
        print_line(cell(found.id))


def scanned(path: str) -> FileReport:
    """The report of a file. Raises FtjobsError if it cannot be read as training data."""
    if not Path(path).exists():
        raise FtjobsError(f"file not found: {path}")
    try:
        return scan(path)
    except DataFileError as error:
        raise FtjobsError(str(error)) from None


def _problems_of(
    report: FileReport, kind: Method | None, sources: Sources, *, validation: bool
) -> Sequence[Diagnostic]:
    profile = sources.account().target.profile
    return (*report.diagnostics, *check_against(report, method=kind, profile=profile, validation=validation))


def _default_method(report: FileReport) -> str:
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


def _cost(report: FileReport, model: str, kind: Method | None, epochs: int | None, sources: Sources) -> str:
    training = Training(
        model=model,
        tokens=report.tokens,
        rows=report.rows,
        tokens_exact=report.tokens_exact,
        images=report.images,
        n_epochs=epochs,
        method=kind,
        profile=sources.account().target.profile,
    )
    return with_stack_config(estimate(training, parse_prices(sources.first("prices") or "{}")).sentence)


def _print_problems(
    problems: Sequence[Diagnostic], more: int, files: Sequence[str] = (), *, to_stderr: bool = False
) -> None:
    """One line per problem. `files`: the file of each, where there are several."""
    show = print_stderr if to_stderr else print_line
    for path, problem in zip_longest(files, problems):
        show(f"{problem.severity}: {f'{cell(path)}: ' if path else ''}{problem}")
    if more:
        show(f"and {more:,} more problems like these")
