"""Which format a file has: the one most of its rows have. The others are then its mistakes."""

from __future__ import annotations

from pulumi_ftjobs.dataset.codes import Problems
from pulumi_ftjobs.dataset.report import SHOWN, Format


class Formats:
    """Counts rows by format and keeps the first lines of each, so that one pass is enough."""

    def __init__(self) -> None:
        """Start without rows."""
        self._counts: dict[Format, int] = {}
        self._lines: dict[Format, list[int]] = {}

    def add(self, kind: Format, line: int) -> None:
        """Count a row."""
        count = self._counts.get(kind, 0)
        self._counts[kind] = count + 1
        if count < SHOWN:
            self._lines.setdefault(kind, []).append(line)

    def decide(self, problems: Problems) -> Format | None:
        """The file's format, None without any known row; rows of another one are reported."""
        if not self._counts:
            return None
        chosen = max(self._counts, key=lambda kind: self._counts[kind])
        for kind, count in self._counts.items():
            if kind != chosen:
                code, message = _stranger(kind, chosen)
                for line in self._lines[kind]:
                    problems.add(code, message, line)
                problems.skip(count - len(self._lines[kind]))
        return chosen


def _stranger(kind: Format, chosen: Format) -> tuple[str, str]:
    if (kind, chosen) == ("reinforcement", "chat"):
        return "FT135", "does not end with an assistant message to learn from"
    if (kind, chosen) == ("chat", "reinforcement"):
        return "FT160", "ends with an assistant message: a reinforcement row ends with the user's"
    return "FT121", f"is a {kind} row in a file of {chosen} rows"
