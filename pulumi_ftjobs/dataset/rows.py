"""What a row is: which of the formats, and whether it keeps that format's rules."""

from __future__ import annotations

from typing import Any

from .codes import Problems
from .report import SHOWN, Format

_PLAIN_ROLES = frozenset({"system", "developer", "user", "assistant"})
_NONE: list[str] = []


class Formats:
    """Which format the file has: the one most rows have. The others are then the mistakes."""

    def __init__(self, problems: Problems) -> None:
        """Report into `problems`."""
        self.problems = problems
        self._counts: dict[Format, int] = {}
        self._lines: dict[Format, list[int]] = {}

    def add(self, kind: Format, line: int) -> None:
        """Count a row."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        lines = self._lines.setdefault(kind, [])
        if len(lines) < SHOWN:
            lines.append(line)

    def decide(self) -> Format | None:
        """The file's format; rows of another one become problems."""
        if not self._counts:
            return None
        chosen = max(self._counts, key=lambda kind: self._counts[kind])
        for kind, count in self._counts.items():
            if kind != chosen:
                for line in self._lines[kind]:
                    self.problems.add("FT121", f"is a {kind} row in a file of {chosen} rows", line)
                self.problems.skip(count - len(self._lines[kind]))
        return chosen


def texts_of(row: dict[str, Any], line: int, formats: Formats) -> list[str]:
    """The texts of a row that are trained on; its problems go where `formats` reports."""
    texts = _plain_chat(row)
    if texts:
        formats.add("chat", line)
        return texts
    if "messages" in row:
        messages = row["messages"]
        last = messages[-1] if isinstance(messages, list) and messages else None
        ends_with_user = isinstance(last, dict) and last.get("role") != "assistant"
        formats.add("reinforcement" if ends_with_user else "chat", line)
    elif "preferred_output" in row or "non_preferred_output" in row:
        formats.add("preference", line)
    elif "prompt" in row or "completion" in row:
        formats.add("completion", line)
    else:
        formats.problems.add(
            "FT120", "has none of the known forms: messages, input and preferred_output, or prompt", line
        )
    return _NONE


def _plain_chat(row: dict[str, Any]) -> list[str] | None:
    """The texts of a row that is nothing but plain messages ending with the assistant's: nearly all rows are."""
    messages = row.get("messages")
    if len(row) != 1 or type(messages) is not list:
        return None
    texts = []
    role = None
    for message in messages:
        if type(message) is not dict or len(message) != 2:
            return None
        role, content = message.get("role"), message.get("content")
        if type(role) is not str or role not in _PLAIN_ROLES or type(content) is not str or not content:
            return None
        texts.append(content)
    return texts if role == "assistant" else None
