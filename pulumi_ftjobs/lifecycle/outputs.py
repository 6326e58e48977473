"""What a job becomes in the state: the API's fields with the service's values, small and without nulls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_ftjobs.lifecycle.contract import JOB_FIELDS, OWN_METADATA, PROGRAM, RECORD, Record


def job_outputs(job: Mapping[str, Any], inputs: Mapping[str, Any], record: Record) -> dict[str, Any]:
    """The outputs of a FineTuningJob.

    `inputs` gives the rows digests that belong to the files. Nulls are left out and our own metadata
    pairs are taken off: a state is written whole at every step, so its size is time.
    """
    outs = {name: job[name] for name in JOB_FIELDS if job.get(name) is not None}
    if "metadata" in outs:
        own = {k: v for k, v in outs["metadata"].items() if k not in OWN_METADATA}
        outs["metadata"] = own
        if not own:
            del outs["metadata"]
    for name in ("training_file_digest", "validation_file_digest"):
        if inputs.get(name) is not None:
            outs[name] = inputs[name]
    if inputs.get(PROGRAM):
        outs[PROGRAM] = inputs[PROGRAM]  # read() and delete() are given outputs only
    outs[RECORD] = dict(record)
    return outs
