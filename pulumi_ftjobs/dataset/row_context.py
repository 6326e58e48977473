"""What the rules collect while a file is read: diagnostics, texts to count, images."""

from __future__ import annotations

from pulumi_ftjobs.dataset.file_report import SHOWN
from pulumi_ftjobs.dataset.rule_codes import SEVERITY
from pulumi_ftjobs.lifecycle.diagnostics import Diagnostic, Severity


class FileDiagnostics:
    """Diagnostics of one file in bounded memory: the first of each severity in full, the rest as a number."""

    def __init__(self) -> None:
        """Start with none."""
        self._kept: dict[Severity, list[Diagnostic]] = {"error": [], "warning": []}
        self._whole: list[Diagnostic] = []
        self.more = 0
        self.errors = 0

    def add(self, code: str, message: str, line: int | None = None) -> None:
        """Add one, with the severity of its code."""
        severity = SEVERITY[code]
        kept = self._kept[severity]
        self.errors += severity == "error"
        if len(kept) < SHOWN:
            kept.append(Diagnostic(severity, code, "", message, line))
        else:
            self.more += 1

    def first(self, code: str, message: str) -> None:
        """Add one about the whole file that is shown however many there are."""
        self._whole.append(Diagnostic(SEVERITY[code], code, "", message))

    def skip(self, count: int) -> None:
        """Count diagnostics whose lines are no longer known."""
        self.more += count

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Those kept, in the order of their lines; what concerns the whole file comes first."""
        both = self._kept["error"] + self._kept["warning"]
        return (*self._whole, *sorted(both, key=lambda one: (one.line or 0, one.severity)))


MESSAGE_TOKENS = 4
"""Tokens the chat format puts around a message: three marks and the role."""

NAME_TOKENS = 1
"""One more for a message with a name."""

ROW_TOKENS = 3
"""Tokens of the chat format at the end of a row."""


class RowContext:
    """What the rules collect for one file; `line` is the current row."""

    __slots__ = ("counting", "diagnostics", "guessed", "images", "line", "overhead", "texts", "unseen")

    def __init__(self, *, counting: bool) -> None:
        """Start with nothing found. `counting` is whether the texts will be counted."""
        self.counting = counting
        self.diagnostics = FileDiagnostics()
        self.line = 0
        self.texts: list[str] = []  # of the current row
        self.overhead = 0  # tokens of the format itself
        self.images = 0
        self.unseen = False  # some rows were not parsed: their tokens are unknown
        self.guessed = False  # tool definitions and calls: how the service writes them is not published

    def report(self, code: str, message: str) -> None:
        """Add a diagnostic of the current row."""
        self.diagnostics.add(code, message, self.line)


def shown_key(key: str) -> str:
    """A key of a row for a message: may be confidential, so it is cut, with control characters escaped."""
    text = ascii(key)
    return text if len(text) <= 40 else f"{text[:37]}...'"
