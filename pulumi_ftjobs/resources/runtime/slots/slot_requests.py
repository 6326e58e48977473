"""Which declarations need a slot: those for which the engine will submit a job, judged as the provider judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_ftjobs.lifecycle.adoption import pair
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import Change, job_changes
from pulumi_ftjobs.lifecycle.identity import declaration, same_resource
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY
from pulumi_ftjobs.resources.runtime.program_inputs import stack_value, waiting_allowed
from pulumi_ftjobs.resources.runtime.stack_state import recorded


@dataclass(frozen=True)
class Claim:
    """A job that the engine will submit, and so needs a slot."""

    number: int
    """The job that was declared first goes first."""
    name: str
    stack: str
    declared: str
    """Its declaration pair."""
    urns: Sequence[str]
    """Its own URN and those of its aliases."""
    replaced: Mapping[str, Any] | None = None
    """What the state holds of the job it takes the place of, which is cancelled for it; None if nothing is."""

    def made(self, job: Mapping[str, Any]) -> bool:
        """Whether `job` is this very declaration and will be taken over."""
        return (
            pair(job, STACK_KEY) == self.stack
            and pair(job, DECLARATION_KEY) == self.declared
            and job.get("status") not in {"failed", "cancelled"}
        )

    def supersedes(self, job: Mapping[str, Any]) -> bool:
        """Whether `job` is the one that this takes the place of: a job never waits for its own predecessor."""
        before = self.replaced
        if before is None:
            return False
        if pair(job, STACK_KEY) == self.stack:
            return any(same_resource(pair(job, DECLARATION_KEY), urn) for urn in self.urns)
        return all(job.get(name) == before.get(name) for name in ("created_at", "training_file", "seed"))


async def claim_of(
    number: int, name: str, props: Mapping[str, Any], urns: list[str], opts: pulumi.ResourceOptions
) -> tuple[Claim | None, bool]:
    """What needs a slot, None where no job will be submitted; and whether the state has this resource."""
    if props.get("adopt_job_id"):
        return None, False
    try:
        before = await recorded(urns)
    except FtjobsError as error:
        if not waiting_allowed():
            raise pulumi.RunError(str(error)) from None
        before = None  # then the service's own listing decides alone
    if before is not None and not _replaced(before, props, opts.ignore_changes or ()):
        return None, True
    claim = Claim(
        number,
        name,
        stack_value(),
        declaration(props, urns[0]),
        urns,
        None if opts.retain_on_delete else before,
    )
    return claim, before is not None


def _replaced(before: Mapping[str, Any], props: Mapping[str, Any], ignored: Sequence[str]) -> bool:
    """Whether the engine will submit another job for one that is recorded: the table by which the provider judges."""
    return any(
        change.effect == "replace" and not any(_covers(path, change) for path in ignored)
        for change in job_changes("", before, props)
    )


def _covers(ignored: str, change: Change) -> bool:
    """Whether `ignore_changes` has this change in mind."""
    return ignored in {"*", change.property} or f"{change.path}.".startswith(f"{ignored}.")
