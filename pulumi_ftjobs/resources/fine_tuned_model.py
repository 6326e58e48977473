"""FineTunedModel: the model a job makes. Declaring it is what waits for the job."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, RECORD
from pulumi_ftjobs.provider.model import FineTunedModelProvider
from pulumi_ftjobs.resources.fine_tuning_job import FineTuningJob
from pulumi_ftjobs.resources.job_reference import job_id_of, require_callable, with_account_of
from pulumi_ftjobs.resources.runtime.acceptance import Accept
from pulumi_ftjobs.resources.runtime.deferred_registration import leave_out_what_is_not_yet
from pulumi_ftjobs.resources.runtime.job_wait import End, Way, end_of, fail_at_the_end
from pulumi_ftjobs.resources.runtime.nullable_outputs import settle
from pulumi_ftjobs.resources.runtime.program_inputs import (
    nobody_acts,
    passes_by,
    program_inputs,
    waiting_allowed,
)
from pulumi_ftjobs.resources.runtime.wait_registry import waits

_OUTPUTS = (
    "name",
    "status",
    "base_model",
    "trained_tokens",
    "result_files",
    "metrics",
    "created_at",
    "finished_at",
    "owned_by",
    "shutdown_date",
)
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


class FineTunedModel(Resource, module="ftjobs", name="FineTunedModel"):
    """The model of a job that has succeeded, and the record of how the job ended.

    This is the one thing that waits: in the program, with the progress on the job's row. A job that
    fails fails the update, and whatever uses an earlier model stays on it.
    """

    TYPE: ClassVar[str] = "pulumi-python:dynamic/ftjobs:FineTunedModel"

    name: pulumi.Output[str]
    """The model's name, also its id: what an application asks for."""
    job_id: pulumi.Output[str]
    """The job that made it."""
    status: pulumi.Output[str]
    """How the job ended: `succeeded`."""
    base_model: pulumi.Output[str | None]
    """The base model, as the service resolved it."""
    trained_tokens: pulumi.Output[int | None]
    """Billable tokens."""
    result_files: pulumi.Output[list[str]]
    """Ids of the result files."""
    metrics: pulumi.Output[dict[str, Any] | None]
    """The job's final metrics: train_loss, valid_loss and so on, as the service names them."""
    created_at: pulumi.Output[int | None]
    """When the model was made, seconds since 1970."""
    finished_at: pulumi.Output[int | None]
    """When the job ended, seconds since 1970."""
    owned_by: pulumi.Output[str | None]
    """Who owns the model."""
    shutdown_date: pulumi.Output[str | None]
    """When the service takes it down (YYYY-MM-DD), if announced."""

    def __init__(
        self,
        resource_name: str,
        *,
        job: FineTuningJob | pulumi.Input[str],
        accept: Accept | None = None,
        deletion_policy: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the model of a job.

        job: a FineTuningJob, or the id of a job. The model lives in the job's account: it takes its provider.
        accept: judges the job's final metrics, e.g. `lambda m: m.valid_loss < 0.9`; what it refuses fails the
        update with the figures, and whatever uses an earlier model stays on it. Default: every model is good.
        deletion_policy: "retain" (default) keeps the model at the service when the resource goes: it cost
        money to make and nothing to keep; "delete" deletes it (needs the Owner role).

        `opts.custom_timeouts.create` bounds the wait ("6h"; default: none). The job goes on after it.
        """
        require_callable(accept)
        job_id, opts = job_id_of(job), with_account_of(job, opts)
        program = program_inputs(self.TYPE, resource_name, opts)
        way = _way(job, pulumi.Output.from_input(program["urn"]), accept, opts)
        if not nobody_acts():
            if not way.wait:
                leave_out_what_is_not_yet()
            waits()
        end: pulumi.Output[End | None] = job_id.apply(
            lambda known: None if nobody_acts() else end_of(known, self, way)
        )
        props: dict[str, Any] = {
            "job_id": pulumi.Output.all(job_id, end).apply(lambda both: both[0]),
            "deletion_policy": deletion_policy,
            PROGRAM: {
                **program,
                "hold": end.apply(lambda known: known.hold or False if known else None),
                "hold_code": end.apply(lambda known: known.code if known else None),
            },
            RECORD: None,
            **dict.fromkeys(_OUTPUTS),
        }
        own = pulumi.ResourceOptions(hide_diffs=list(_OUTPUTS))
        super().__init__(
            FineTunedModelProvider(), resource_name, props, pulumi.ResourceOptions.merge(own, opts)
        )
        end.apply(lambda known: fail_at_the_end(known, self) if known else None)
        settle(self, "status", tuple(name for name in _OUTPUTS if name not in {"status", "result_files"}))
        settle(self, "status", ("result_files",), missing=[])


def _way(
    job: Any, urn: pulumi.Output[str], accept: Accept | None, opts: pulumi.ResourceOptions | None
) -> Way:
    """How this model deals with its job."""
    row = job if isinstance(job, FineTuningJob) else None
    way = Way(row, urn, timeout=_timeout(opts), accept=accept, wait=waiting_allowed(), ignore=passes_by())
    if way.wait and row is not None and row.kept_paused:
        return way._replace(wait=False, why_not="paused=True is declared")
    return way


def _timeout(opts: pulumi.ResourceOptions | None) -> float | None:
    """Seconds of `custom_timeouts.create` ("1h30m", "45m", or seconds), None for no bound."""
    timeouts: Any = opts.custom_timeouts if opts else None
    given = timeouts.get("create") if isinstance(timeouts, dict) else getattr(timeouts, "create", None)
    if given is None:
        return None
    parts = re.findall(r"([0-9.]+)(ms|h|m|s)", str(given))
    try:
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else float(given)
    except ValueError:
        seconds = 0.0
    if seconds <= 0:
        raise pulumi.RunError(
            f'custom_timeouts: create must be a time such as "6h" or "90m", it is {given!r}'
        )
    return seconds
