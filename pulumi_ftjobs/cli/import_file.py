"""Existing jobs as a file for `pulumi import --file`, and as the program that declares them.

`pulumi import TYPE NAME ID` cannot work for any Python dynamic resource: the engine does not send the provider
with the read. A file with inputs and outputs needs no read. File and program are written from the same inputs, so
the preview after the import shows no change. Each job is declared with its own id as `adopt_job_id`: even if the
state is lost, it is adopted and never created again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pprint import pformat
from typing import Any, Final

from pulumi_ftjobs.lifecycle.declared_inputs import inputs_of_job
from pulumi_ftjobs.lifecycle.identity import declared_digests
from pulumi_ftjobs.lifecycle.job_outputs import job_outputs
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, Record
from pulumi_ftjobs.lifecycle.values import without_nulls

JOB_TYPE: Final = "pulumi-python:dynamic/ftjobs:FineTuningJob"
JOB_PROVIDER: Final = (
    "gASVOwAAAAAAAACMGnB1bHVtaV9mdGpvYnMucHJvdmlkZXIuam9ilIwVRmluZVR1bmluZ0pvYlByb3ZpZGVylJOUKYGULg=="
)
"""The pickled provider class as stored in every state: permanent, see the tests of the pickles."""

_PROVIDER: Final = "__provider"
_HEAD: Final = '''"""Fine-tuning jobs that existed before this program.

`adopt_job_id` names the job of a declaration. To train again, change an input and remove that line.
"""

import pulumi_ftjobs as ft
'''

Job = Mapping[str, Any]


def import_file(jobs: Sequence[Job], *, stack: str, urn_prefix: str, target: str) -> dict[str, Any]:
    """The content of the file for `pulumi import --file F --yes --generate-code=false`.

    jobs: as the API gives them. stack: the value of the stack pair. urn_prefix: `urn:pulumi:<stack>::<project>`.
    target: the identity of the service the jobs live at (`Target.identity`).
    """
    resources = []
    for name, job in zip(names_of(jobs), jobs, strict=True):
        inputs = declared_inputs(job)
        hidden = {PROGRAM: {"stack": stack, "urn": f"{urn_prefix}::{JOB_TYPE}::{name}"}}
        record = Record(declared=declared_digests(inputs), target=target)
        outputs = job_outputs(without_nulls(job), {**inputs, **hidden}, record)
        provider = {_PROVIDER: JOB_PROVIDER}
        resources.append(
            {
                "type": JOB_TYPE,
                "name": name,
                "id": job["id"],
                "inputs": {**inputs, **hidden, **provider},
                "outputs": {**outputs, **provider},
            }
        )
    return {"resources": resources}


def program_for(jobs: Sequence[Job]) -> str:
    """The text of a Pulumi program that declares the same jobs, under the same names as in the import file."""
    declarations = [_declaration(name, job) for name, job in zip(names_of(jobs), jobs, strict=True)]
    return "\n".join([_HEAD, *declarations])


def names_of(jobs: Iterable[Job]) -> list[str]:
    """A name for each job: its suffix where it is known and unique, else the end of its id."""
    wanted = [_slug(str(job.get("user_provided_suffix") or "")) for job in jobs]
    tails = [_slug(str(job["id"]).rpartition("-")[2])[-8:] for job in jobs]
    names = [
        name if name and wanted.count(name) == 1 else "-".join(part for part in (name or "job", tail) if part)
        for name, tail in zip(wanted, tails, strict=True)
    ]
    return [name if names.count(name) == 1 else f"{name}-{number}" for number, name in enumerate(names)]


def declared_inputs(job: Job) -> dict[str, Any]:
    """What declares this job, and adopts it: no other is created."""
    return {**inputs_of_job(job), "adopt_job_id": job["id"]}


def _declaration(name: str, job: Job) -> str:
    lines = [f"    {key}={_literal(value)}," for key, value in declared_inputs(job).items()]
    return "\n".join(["", "ft.FineTuningJob(", f"    {name!r},", *lines, ")", ""])


def _literal(value: Any) -> str:
    return pformat(value, indent=1, width=100, sort_dicts=False).replace("\n", "\n    ")


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")
