"""`ftjobs plot`: the loss curve of a job."""

from __future__ import annotations

from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated

import typer

from pulumi_ftjobs.cli.curves import curves
from pulumi_ftjobs.cli.drawing import chart, svg
from pulumi_ftjobs.cli.options import AsJson, JobId, StackConfig
from pulumi_ftjobs.cli.output import print_json, say, whisper
from pulumi_ftjobs.cli.service_client import service
from pulumi_ftjobs.lifecycle.base_error import FtjobsError


def plot(
    job_id: JobId,
    figure: Annotated[
        list[str] | None,
        typer.Option(help="A figure of the metrics events; may be repeated. By default every loss."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--svg", dir_okay=False, metavar="FILE", help="Write an SVG picture instead."),
    ] = None,
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Draw the loss of a job by step: in the terminal, or as an SVG picture."""
    with service(use_stack=stack_config) as client:
        job = client.job(job_id)
        found = curves(client, job_id)
    chosen = {
        name: found[name] for name in figure or [n for n in found if n.endswith("loss")] if name in found
    }
    if not chosen:
        known = f"it has {', '.join(found)}" if found else "it has none yet"
        raise FtjobsError(f"job {job_id} ({job.status}) has no such figures: {known}")
    if as_json:
        print_json(chosen)
    elif out:
        out.write_text(svg(chosen, f"{job_id} ({job.status})"), encoding="utf-8")
        whisper(f"wrote {out}")
    else:
        say(chart(chosen, width=max(20, min(get_terminal_size().columns - 12, 100))))
