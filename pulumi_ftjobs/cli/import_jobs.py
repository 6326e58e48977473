"""`ftjobs import`: existing jobs into a Pulumi stack, with the program that declares them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pulumi_ftjobs.cli.import_file import import_file, program_for
from pulumi_ftjobs.cli.options import JobIds, StackConfig
from pulumi_ftjobs.cli.output import say, whisper
from pulumi_ftjobs.cli.service_client import client_of, sources
from pulumi_ftjobs.cli.stacks import current_stack, parse_names
from pulumi_ftjobs.lifecycle.base_error import FtjobsError


def import_jobs(
    job_ids: JobIds,
    out: Annotated[Path, typer.Option(dir_okay=False, help="The import file.")] = Path("ftjobs-import.json"),
    program: Annotated[Path, typer.Option(dir_okay=False, help="The program.")] = Path("imported_jobs.py"),
    stack: Annotated[
        str | None,
        typer.Option(
            metavar="ORGANIZATION/PROJECT/STACK", help="By default the stack selected in this folder."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite both files.")] = False,
    stack_config: StackConfig = False,
) -> None:
    """Write the import file and the program for existing jobs. The preview after the import is empty."""
    taken = [str(path) for path in (out, program) if path.exists()]
    if taken and not force:
        raise FtjobsError(
            f"{' and '.join(taken)} exists already; choose --out and --program, or give --force"
        )
    names = parse_names(stack) if stack else current_stack()
    places = sources(use_stack=stack_config)
    with client_of(places) as client:
        jobs = [client.job(job_id).facts() for job_id in dict.fromkeys(job_ids)]
        target = client.target.identity
    content = import_file(jobs, stack=names.pair(places.stack), urn_prefix=names.urn_prefix, target=target)
    out.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    program.write_text(program_for(jobs), encoding="utf-8")
    whisper(f"wrote {out} and {program}; make the program part of yours (import {program.stem}), then run")
    say(f"pulumi import --file {out} --yes --generate-code=false --protect=false")
