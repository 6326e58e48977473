"""Text of programs and services in Markdown: in code spans it can neither format nor mention."""

from __future__ import annotations

from pulumi_ftjobs.lifecycle.values import one_line


def code(text: object, longest: int = 80) -> str:
    """A code span: one line, shortened, without anything that could end it."""
    return f"`{one_line(str(text), longest).replace('`', chr(39)) or ' '}`"


def code_cell(text: object, longest: int = 80) -> str:
    """A code span for a table cell: no `|` in it ends the cell, not even after a backslash."""
    return code(text, longest).replace("|", "¦")
