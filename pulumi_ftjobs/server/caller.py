"""The caller of a request: whose records it sees, and which service it believes to talk to."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_ftjobs.server.service_profiles import DEFAULT_ORGANIZATION, OPENAI, ServiceProfile
from pulumi_ftjobs.server.storage.record_store import Query

EVERYBODY = ""
"""In place of an organization or a project: every caller sees the record. No caller can be called so."""


@dataclass(frozen=True)
class Caller:
    """Organization, project and service of a request. `scoped` False: every record is visible."""

    org: str = DEFAULT_ORGANIZATION
    project: str = "proj_default"
    profile: ServiceProfile = OPENAI
    scoped: bool = True

    def query(self) -> Query:
        """The records this caller may see."""
        if not self.scoped:
            return Query()
        # The plus keeps SQLite from looking jobs up by organization and sorting them all for one page.
        return Query(("+org IN ('', ?)", "project IN ('', ?)"), (self.org, self.project))

    @property
    def owner(self) -> dict[str, object]:
        """The columns that say whose a record is."""
        return {"org": self.org, "project": self.project}
