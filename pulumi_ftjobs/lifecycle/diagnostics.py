"""What a check says: one diagnostic type for declarations, data, cost and calendar, rendered in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

Severity = Literal["error", "warning", "info"]


class Code(str, Enum):
    """Why a diagnostic was made; rules about data files have the codes `FT101` to `FT183`."""

    REQUIRED = "required"
    """A value is missing."""
    TYPE = "type"
    """A value has the wrong type."""
    RANGE = "range"
    """A number, length or count is out of range."""
    CHOICE = "choice"
    """A word is not one of the accepted ones."""
    FORMAT = "format"
    """A string has the wrong form."""
    UNKNOWN_FIELD = "unknown_field"
    """The API has no such field."""
    CONFLICT = "conflict"
    """Two values exclude each other."""
    RESERVED = "reserved"
    """The name is used by this provider."""
    IN_CLEAR = "in_clear"
    """A value that looks like a credential would be sent, and stored, unencrypted."""
    ADVICE = "advice"
    """The service chooses a default that matters."""
    PLAN = "plan"
    """What a create would do: train for about so much, or adopt."""
    ENDED = "ended"
    """The job ended badly: every update fails, or judges it again."""
    SETTING = "setting"
    """A setting is missing or unusable."""
    DATA = "data"
    """The file cannot be read, or what is known of it is out of date."""
    BUDGET = "budget"
    """The estimate is above a limit."""
    PRICE_UNKNOWN = "price_unknown"
    """A limit cannot be enforced because no price is known."""
    CREATION_ENDS = "creation_ends"
    """The service stops, or has stopped, creating jobs."""
    TRAINING_ENDS = "training_ends"
    """The base model can no longer be trained, or soon not."""
    BASE_ENDS = "base_ends"
    """The base model is, or will be, shut down."""


@dataclass(frozen=True)
class Diagnostic:
    """One thing to say about a declaration, a file or a setting. Never contains a declared value or a row."""

    severity: Severity
    code: str
    """A `Code`, or the code of a data rule."""
    path: str
    """The property, e.g. `method.supervised.hyperparameters.n_epochs`; empty for what concerns a file alone."""
    message: str
    """The rule and the remedy, without the path."""
    line: int | None = None
    """Line of the file, from 1."""
    file: str | None = None
    """The file it is about."""

    def __str__(self) -> str:
        """One line: property, file and line where known, message, code where a page explains it."""
        place = f"{self.file} " if self.file else ""
        place += f"line {self.line}: " if self.line is not None else ""
        code = f" [{self.code}]" if self.code.startswith("FT") else ""
        return f"{f'{self.path}: ' if self.path else ''}{place}{self.message}{code}"


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether one of them fails a preview."""
    return any(one.severity == "error" for one in diagnostics)


def rendered(diagnostics: Iterable[Diagnostic], severity: Severity) -> list[str]:
    """The lines of those with this severity."""
    return [str(one) for one in diagnostics if one.severity == severity]
