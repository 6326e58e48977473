"""Who is asking: whose records a request sees, and in which vocabulary it is answered."""

from __future__ import annotations

from dataclasses import dataclass

from .store import Query


@dataclass(frozen=True)
class Caller:
    """Whose eyes a request sees with. `azure` chooses the vocabulary of the answers."""

    org: str = "org-ftjobs"
    project: str = "proj_default"
    azure: bool = False
    scoped: bool = True

    def query(self) -> Query:
        """The records this caller may see."""
        if not self.scoped:
            return Query()
        return Query(("org = ?", "project = ?"), (self.org, self.project))

    @property
    def owner(self) -> dict[str, object]:
        """The columns that say whose a record is."""
        return {"org": self.org, "project": self.project}
