"""`ftjobs plot`: the loss curve of a job."""

from __future__ import annotations

from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated

import typer

from pulumi_ftjobs.cli.curves import curves
from pulumi_ftjobs.cli.drawing import chart, svg
from pulumi_ftjobs.cli.job_ids import by_prefix, chosen_ids
from pulumi_ftjobs.cli.service_client import service
from pulumi_ftjobs.cli.shared_options import AsJson, JobId, Last, StackConfig
from pulumi_ftjobs.cli.terminal_output import print_json, print_line, print_stderr
from pulumi_ftjobs.lifecycle.base_error import FtjobsError


def plot(
    job_id: JobId = None,
    last: Last = False,
    metric: Annotated[
        list[str] | None,
        typer.Option(help="A metric by name; may be repeated. Default: every loss."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--svg", dir_okay=False, metavar="FILE", help="Write an SVG image instead."),
    ] = None,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Draw the loss of a job by step, in the terminal or as SVG."""
    with service(use_stack=stack_config) as client:
        [typed] = chosen_ids(client, [job_id], last=last)
        job = by_prefix(client, typed, client.job)
        found = curves(client, job.id)
    chosen = {
        name: found[name] for name in metric or [n for n in found if n.endswith("loss")] if name in found
    }
    if not chosen:
        known = f"known metrics: {', '.join(found)}" if found else "it has no metrics yet"
        raise FtjobsError(f"job {job.id} ({job.status}): no such metric; {known}")
    if as_json:
        print_json(chosen)
    elif out:
        out.write_text(svg(chosen, f"{job.id} ({job.status})"), encoding="utf-8")
        print_stderr(f"wrote {out}")
    else:
        print_line(chart(chosen, width=max(20, min(get_terminal_size().columns - 12, 100))))
