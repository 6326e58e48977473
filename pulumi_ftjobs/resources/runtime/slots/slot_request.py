"""Which declarations need a slot: those for which the provider would submit a job, by the provider's own table."""

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
from pulumi_ftjobs.resources.runtime.program_settings import stack_value, waiting_allowed
from pulumi_ftjobs.resources.runtime.stack_state import StackState


@dataclass(frozen=True, eq=False)
class SlotGroup:
    """Jobs that may not all be unfinished at a time, whatever else the account has."""

    limit: int
    urns: list[str]
    """Of its jobs, as far as they are declared."""

    def holds(self, pairs: tuple[object, object], stack: str) -> bool:
        """Whether the job with these pairs (stack, declaration) was declared by one of them."""
        return pairs[0] == stack and any(same_resource(pairs[1], urn) for urn in self.urns)


@dataclass(frozen=True)
class SlotRequest:
    """A job that will be submitted, and so needs a slot."""

    number: int
    """The order of declaration, which is the order of submission."""
    name: str
    stack: str
    """Its stack pair."""
    declared: str
    """Its declaration pair."""
    urns: Sequence[str] = ()
    """Its own URN and those of its aliases."""
    replaced: Mapping[str, Any] | None = None
    """The recorded outputs of the job it replaces, which will be cancelled for it; None if there is none."""

    group: SlotGroup | None = None
    """The sweep that it belongs to, which has a separate limit."""

    def adopts(self, job: Mapping[str, Any]) -> bool:
        """Whether `job` has this very declaration and will be adopted."""
        return (
            pair(job, STACK_KEY) == self.stack
            and pair(job, DECLARATION_KEY) == self.declared
            and job.get("status") not in {"failed", "cancelled"}
        )

    def supersedes(self, job: Mapping[str, Any]) -> bool:
        """Whether `job` is the one that this job replaces: a job never waits for the one it replaces."""
        before = self.replaced
        if before is None:
            return False
        if pair(job, STACK_KEY) == self.stack:
            return any(same_resource(pair(job, DECLARATION_KEY), urn) for urn in self.urns)
        return all(job.get(name) == before.get(name) for name in ("created_at", "training_file", "seed"))


async def slot_request(
    number: int,
    name: str,
    props: Mapping[str, Any],
    urns: list[str],
    opts: pulumi.ResourceOptions,
    state: StackState,
    group: SlotGroup | None = None,
) -> tuple[SlotRequest | None, bool]:
    """The request for a slot, None where no job will be submitted; and whether the state has this resource.

    Raises:
        pulumi.RunError: where waiting is disabled and the state cannot be read.
    """
    if props.get("adopt_job_id"):
        return None, False
    try:
        before = await state.recorded(urns)
    except FtjobsError as error:
        if not waiting_allowed():
            raise pulumi.RunError(str(error)) from None
        before = None  # then the service's own listing decides alone
    if before is not None and not _is_replaced(before, props, opts.ignore_changes or ()):
        return None, True
    request = SlotRequest(
        number,
        name,
        stack_value(),
        declaration(props, urns[0]),
        urns,
        None if opts.retain_on_delete else before,
        group,
    )
    return request, before is not None


def _is_replaced(before: Mapping[str, Any], props: Mapping[str, Any], ignored: Sequence[str]) -> bool:
    """Whether another job will be submitted for one that is recorded."""
    return any(
        change.effect == "replace" and not any(_covers(path, change) for path in ignored)
        for change in job_changes("", before, props)
    )


def _covers(ignored: str, change: Change) -> bool:
    """Whether a path of `ignore_changes` covers this change."""
    return ignored in {"*", change.property} or f"{change.path}.".startswith(f"{ignored}.")
