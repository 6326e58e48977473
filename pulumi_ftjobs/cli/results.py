"""`ftjobs results`: the result files of a finished job, as CSV."""

from __future__ import annotations

import base64
import binascii
import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer

from pulumi_ftjobs.cli.job_ids import by_prefix, chosen_ids
from pulumi_ftjobs.cli.service_client import service
from pulumi_ftjobs.cli.shared_options import AsJson, JobId, Last, StackConfig
from pulumi_ftjobs.cli.terminal_output import cell, is_terminal, print_json, print_line, print_stderr
from pulumi_ftjobs.lifecycle.base_error import FtjobsError


def results(
    job_id: JobId = None,
    last: Last = False,
    out: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Write one CSV file per result file into this folder."),
    ] = None,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Print the metrics of a finished job as CSV.

    Result files in base64 are decoded.
    """
    with service(use_stack=stack_config) as client:
        [typed] = chosen_ids(client, [job_id], last=last)
        job = by_prefix(client, typed, client.job)
        if not job.result_files:
            raise FtjobsError(
                f"job {job.id} ({job.status}) has no result files; see `ftjobs events {job.id}`"
            )
        texts = {file_id: decoded(client.file_content(file_id)) for file_id in job.result_files}
    if as_json:
        print_json([row for text in texts.values() for row in _rows(text)])
    elif out:
        out.mkdir(parents=True, exist_ok=True)
        for file_id, text in texts.items():
            path = out / f"{Path(file_id).name}.csv"
            path.write_text(text, encoding="utf-8", newline="")
            print_stderr(f"wrote {path}")
    else:
        for text in texts.values():
            print_line(_printable(text) if is_terminal() else text.rstrip("\r\n"))


def _printable(text: str) -> str:
    """`text` without characters that could move a terminal's cursor."""
    return "\n".join(cell(line, len(line) + 1) for line in text.splitlines())


def decoded(content: bytes) -> str:
    """The CSV text in a result file, which is plain or base64."""
    try:
        plain = base64.b64decode(b"".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        plain = content
    if plain and b"," not in content:
        content = plain
    return content.decode("utf-8", "replace").replace("\r\n", "\n")


def _rows(text: str) -> Iterator[dict[str, Any]]:
    for row in csv.DictReader(StringIO(text)):
        yield {name: _number(value) for name, value in row.items() if name and value not in (None, "")}


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number
