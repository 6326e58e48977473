"""What the rules find while a file is read: problems, texts to count, images."""

from __future__ import annotations

from pulumi_ftjobs.dataset.codes import Problems

MESSAGE_TOKENS = 4
"""Tokens the chat format puts around a message: three marks and the role."""

NAME_TOKENS = 1
"""One more for a message with a name."""

ROW_TOKENS = 3
"""Tokens of the chat format at the end of a row."""


class Found:
    """Collects for one file. `line` is the row that is being looked at."""

    __slots__ = ("counting", "guessed", "images", "line", "overhead", "problems", "texts", "unseen")

    def __init__(self, *, counting: bool) -> None:
        """Start with nothing found. `counting` is whether the texts will be counted."""
        self.counting = counting
        self.problems = Problems()
        self.line = 0
        self.texts: list[str] = []  # of the current row
        self.overhead = 0  # tokens of the format itself
        self.images = 0
        self.unseen = False  # rows that nobody looked into: how many tokens they hold is not known
        self.guessed = False  # tool definitions and calls: how the service writes them is not published

    def say(self, code: str, message: str) -> None:
        """Report a problem of the current row."""
        self.problems.add(code, message, self.line)


def shown_key(key: str) -> str:
    """A key of a row for a message: schema, but still somebody's; cut, with control characters escaped."""
    text = ascii(key)
    return text if len(text) <= 40 else f"{text[:37]}...'"
