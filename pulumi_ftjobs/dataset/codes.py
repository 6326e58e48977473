"""Every rule has a short code that never changes its meaning; docs/data.md explains each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pulumi_ftjobs.dataset.report import SHOWN
from pulumi_ftjobs.lifecycle.diagnostics import Diagnostic, Severity

SEVERITY: Mapping[str, Severity] = MappingProxyType(
    {
        "FT107": "error",  # byte order mark (by target)
        "FT109": "warning",  # no byte order mark (Azure)
        "FT110": "error",  # not JSON
        "FT111": "error",  # not an object
        "FT112": "error",  # not UTF-8
        "FT113": "warning",  # blank line between rows
        "FT114": "warning",  # too long to be checked
        "FT115": "error",  # too many errors to go on
        "FT120": "error",  # no known format
        "FT121": "error",  # another format than the file's
        "FT122": "error",  # format does not fit the method
        "FT123": "error",  # too few rows
        "FT124": "error",  # too many rows
        "FT130": "error",  # messages missing, empty or no list
        "FT131": "error",  # a message is no object
        "FT132": "error",  # role missing or unknown
        "FT133": "error",  # content missing or of a wrong type
        "FT134": "warning",  # empty content
        "FT135": "error",  # no assistant message
        "FT136": "error",  # weight
        "FT137": "error",  # every assistant message has weight 0
        "FT138": "warning",  # unknown key
        "FT139": "error",  # tool calls and answers do not pair
        "FT140": "error",  # malformed tools
        "FT141": "warning",  # tool that is not declared
        "FT142": "error",  # content part of a wrong kind
        "FT150": "error",  # input of a preference row
        "FT151": "error",  # outputs of a preference row
        "FT152": "warning",  # equal outputs
        "FT160": "error",  # reinforcement row does not end with a user message
        "FT170": "error",  # prompt or completion is no text
        "FT180": "warning",  # longer than the training context
        "FT181": "warning",  # duplicate row
        "FT182": "warning",  # row in both files
        "FT183": "warning",  # too many tokens in all
    }
)


class Problems:
    """Collects problems in bounded memory: the first of each severity in full, the rest as a number."""

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
        """Count problems of which the lines are not known any more."""
        self.more += count

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Those kept, in the order of their lines; what concerns the whole file comes first."""
        both = self._kept["error"] + self._kept["warning"]
        return (*self._whole, *sorted(both, key=lambda problem: (problem.line or 0, problem.severity)))
