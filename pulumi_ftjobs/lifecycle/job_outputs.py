"""What a job becomes in the state: the API's fields with the service's values, small and without nulls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi_ftjobs.lifecycle.job_fields import ECHOED, JOB_OUTPUTS
from pulumi_ftjobs.lifecycle.state_schema import OWN_METADATA, PROGRAM, RECORD, Record, program_of

_KEPT_HINTS: Final = frozenset({"stack", "urn", "retain", "get"})


def job_outputs(job: Mapping[str, Any], inputs: Mapping[str, Any], record: Record) -> dict[str, Any]:
    """The outputs of a FineTuningJob.

    `inputs` gives the rows digests that belong to the files. Nulls are left out and our own metadata
    pairs are taken off: a state is written whole at every step, so its size is time.
    """
    outs = {name: job[name] for name in JOB_OUTPUTS if name != "id" and job.get(name) not in (None, [])}
    if "metadata" in outs:
        own = {k: v for k, v in outs["metadata"].items() if k not in OWN_METADATA}
        outs["metadata"] = own
        if not own:
            del outs["metadata"]
    outs |= {name: inputs[name] for name in ECHOED if inputs.get(name) is not None}
    if inputs.get(PROGRAM):
        outs[PROGRAM] = kept_hints(inputs)
    outs[RECORD] = dict(record)
    return outs


def kept_hints(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The hidden inputs that stay in the outputs: read() and delete() are given nothing else."""
    return {name: value for name, value in program_of(inputs).items() if name in _KEPT_HINTS}
