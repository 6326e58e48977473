"""`ftjobs import`: existing jobs into a Pulumi stack, with the program that declares them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pulumi_ftjobs.cli.import_file import import_file, program_for
from pulumi_ftjobs.cli.job_ids import by_prefix
from pulumi_ftjobs.cli.pulumi_stack import current_stack, parse_names
from pulumi_ftjobs.cli.service_client import client_for, setting_sources
from pulumi_ftjobs.cli.shared_options import JobIds, StackConfig
from pulumi_ftjobs.cli.terminal_output import print_line, print_stderr
from pulumi_ftjobs.lifecycle.base_error import FtjobsError


def import_jobs(
    job_ids: JobIds,
    out: Annotated[Path, typer.Option(dir_okay=False, help="The import file.")] = Path("ftjobs-import.json"),
    program: Annotated[Path, typer.Option(dir_okay=False, help="The program.")] = Path("imported_jobs.py"),
    stack: Annotated[
        str | None,
        typer.Option(
            metavar="ORGANIZATION/PROJECT/STACK", help="Default: the stack selected in this folder."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite both files.")] = False,
    stack_config: StackConfig = False,
) -> None:
    """Write the import file and the program for existing jobs.

    The preview after the import shows no change.
    """
    existing = [str(path) for path in (out, program) if path.exists()]
    if existing and not force:
        raise FtjobsError(
            f"{' and '.join(existing)} exists already. Choose other names with --out and --program, or use --force"
        )
    names = parse_names(stack) if stack else current_stack()
    sources = setting_sources(use_stack=stack_config)
    with client_for(sources) as client:
        jobs = [by_prefix(client, job_id, client.job).facts() for job_id in dict.fromkeys(job_ids)]
        target = client.target.identity
    content = import_file(jobs, stack=names.pair(sources.stack), urn_prefix=names.urn_prefix, target=target)
    out.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    program.write_text(program_for(jobs), encoding="utf-8")
    print_stderr(f"wrote {out} and {program}; add the program to yours (import {program.stem}), then run")
    print_line(f"pulumi import --file {out} --yes --generate-code=false --protect=false")
