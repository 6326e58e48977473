"""What is to be submitted, how it became a job, and the error where a person must choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pulumi_ftjobs.api.stack_index import Facts
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.identity import declaration
from pulumi_ftjobs.lifecycle.values import listed, one_line

Say = Callable[[str, str], None]
"""Shows a text on the row of a resource: `say(urn, text)`."""


@dataclass(frozen=True)
class JobRequest:
    """One declared job."""

    props: Mapping[str, Any]
    urn: str
    aliases: Sequence[str] = ()
    """URNs the resource had before: its job carries the pair of one of them."""
    others: frozenset[str] = frozenset()
    """Ids of jobs that are known to be other resources'."""
    replaced: frozenset[str] = frozenset()
    """Ids of jobs that this one replaces, as the engine has decided."""

    listing_is_optional: bool = False
    """The user decided that where jobs cannot be listed it is sent all the same."""

    @property
    def urns(self) -> list[str]:
        """The resource's URN and its aliases."""
        return [self.urn, *self.aliases]

    @cached_property
    def declaration(self) -> str:
        """The declaration pair."""
        return declaration(self.props, self.urn)

    @cached_property
    def declarations(self) -> frozenset[str]:
        """The declaration pair under every name of the resource."""
        return frozenset(declaration(self.props, urn) for urn in self.urns)


@dataclass(frozen=True)
class Submission:
    """How a declaration became a job."""

    job: Facts
    adopted: bool = False
    """Found, not created."""
    found_again: bool = False
    """Created by this create, whose answer was lost."""
    marked: bool = True
    """The service keeps our pairs: the job can be found again."""


class ChoiceNeeded(FtjobsError):
    """Jobs exist that may be the declaration, and the service does not keep what would tell."""

    def __init__(self, jobs: Sequence[Facts], outcome: str) -> None:
        ids = [one_line(str(job["id"]), 64) for job in jobs]
        shown = listed(
            [
                f"{job_id} ({one_line(str(job.get('status')), 40)})"
                for job_id, job in zip(ids, jobs, strict=True)
            ]
        )
        adopt = listed([f'adopt_job_id="{job_id}"' for job_id in ids], "or")
        mentioned = ", ".join(f'"{job_id}"' for job_id in ids)
        self.ids = ids
        super().__init__(
            f"this service does not keep metadata, and {shown} may already be this declaration (same file, model and "
            f"method); {outcome}. Declare {adopt}, or triggers=[{mentioned}] to train beside "
            f"{'it' if len(ids) == 1 else 'them'}"
        )
