"""One pass over the rows of a file, from lines to figures and problems."""

from __future__ import annotations

from array import array

from pulumi_ftjobs.dataset.codes import Problems
from pulumi_ftjobs.dataset.duplicates import COMPARED, NO_ROW, report_duplicates
from pulumi_ftjobs.dataset.formats import Formats
from pulumi_ftjobs.dataset.found import Found
from pulumi_ftjobs.dataset.lines import LONGEST
from pulumi_ftjobs.dataset.parse import BadRowError, parse
from pulumi_ftjobs.dataset.report import Format
from pulumi_ftjobs.dataset.rows import check_row
from pulumi_ftjobs.dataset.tokens import Counter, count

CONTEXT = 65_536
"""Tokens of the longest example gpt-4o and gpt-4.1 train on; what is beyond is cut off."""

GIVE_UP = 100_000
"""Errors after which the rest of a file is only hashed: it is no training data, and each takes time."""


class Reading:
    """The state of one pass. Memory: the figures, 8 bytes a line for `COMPARED` lines, one batch of texts."""

    def __init__(self, *, count_tokens: bool) -> None:
        """Start before the first line."""
        self.rows = 0
        self.gave_up = False
        self.found = Found(counting=count_tokens)
        self.hashes = array("q")
        self._formats = Formats()
        self._counter = Counter() if count_tokens else None
        self._blank: int | None = None

    def lines(self, first: int, lines: list[bytes | None]) -> None:
        """Look at these lines, of which the first has the number `first`."""
        if self.gave_up:
            self.rows += sum(line != b"" for line in lines)
            return
        if not any(lines) and None not in lines:
            self._blank = self._blank or first
            self.hashes.extend([NO_ROW] * max(0, min(len(lines), COMPARED - len(self.hashes))))
            return
        for number, line in enumerate(lines, first):
            self.line(number, line)
        if self.problems.errors >= GIVE_UP:
            self.gave_up = self.found.unseen = True
            last = first + len(lines) - 1
            self.problems.first(
                "FT115", f"has more than {GIVE_UP:,} errors: lines after {last:,} were not looked at"
            )

    def line(self, number: int, line: bytes | None) -> None:
        """Look at one line; None is one that is too long to look at."""
        self.found.line = number
        try:
            mark = self._look(line)
        except BadRowError as bad:
            mark = NO_ROW
            self._bad(bad)
        except RecursionError:
            mark = NO_ROW
            self.found.say("FT110", "is not usable JSON: nested too deeply")
        if number <= COMPARED:
            self.hashes.append(mark)

    def _look(self, line: bytes | None) -> int:
        found = self.found
        if line is None:
            self._row()
            found.unseen = True
            found.say(
                "FT114",
                f"is longer than {LONGEST >> 20} MiB and was not looked into: the file's tokens and cost are not known",
            )
            return NO_ROW
        row, text = parse(line)
        self._row()
        kind = check_row(row, found)
        if kind is not None:
            self._formats.add(kind, found.line)
        if self._counter is not None:
            self._counter.add(found.texts)
            if len(line) > CONTEXT:
                self._check_length(found)
        return hash(text)

    def finish(self) -> tuple[Format | None, int | None]:
        """The file's format and tokens; the problems that only the whole file shows are added.

        Some tokens are not the file's tokens: with rows that were not looked into they are unknown.
        """
        report_duplicates(self.hashes, self.found.problems)
        chosen = self._formats.decide(self.found.problems)
        if self._counter is None or self.found.unseen:
            return chosen, None
        return chosen, self._counter.total() + self.found.overhead

    @property
    def tokens_exact(self) -> bool:
        """Whether the count of tokens is what the service counts."""
        return (
            self._counter is not None
            and self._counter.exact
            and not self.found.guessed
            and not self.found.unseen
            and not self.found.images
        )

    @property
    def problems(self) -> Problems:
        """What was found so far."""
        return self.found.problems

    def _row(self) -> None:
        """Count a row; blank lines before it were not at the end of the file, so they are reported."""
        self.rows += 1
        if self._blank is not None:
            self.problems.add("FT113", "is blank: services may refuse blank lines between rows", self._blank)
            self._blank = None

    def _bad(self, bad: BadRowError) -> None:
        if bad.code == "FT113":
            self._blank = self._blank or self.found.line
            return
        self._row()
        self.found.say(bad.code, str(bad))

    @staticmethod
    def _check_length(found: Found) -> None:
        tokens = count(found.texts)
        if tokens > CONTEXT:
            found.say("FT180", f"has about {tokens:,} tokens: what is beyond {CONTEXT:,} is not trained on")
