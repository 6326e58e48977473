"""Rules of single values (string, number, choice, mapping), collected as diagnostics of one declaration."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic, Severity
from pulumi_ftjobs.lifecycle.profiles import OPENAI, Profile
from pulumi_ftjobs.lifecycle.values import UNKNOWN, listed, one_line


@dataclass
class DiagnosticList:
    """Collects the diagnostics of one declaration, by the rules of one service.

    No value is ever quoted: it could be a secret, and the author has it in front of them.
    """

    profile: Profile = OPENAI
    items: list[Diagnostic] = field(default_factory=list)

    def add(self, severity: Severity, code: str, path: str, message: str) -> None:
        """Add one diagnostic."""
        self.items.append(Diagnostic(severity, code, path, message))

    def error(self, path: str, message: str, code: Code) -> None:
        """Wrong at every service."""
        self.add("error", code.value, path, message)

    def warn(self, path: str, message: str, code: Code) -> None:
        """Accepted by every service, but probably not meant."""
        self.add("warning", code.value, path, message)

    def suspect(self, path: str, message: str, code: Code) -> None:
        """Probably not meant: an error where the profile is strict, a warning elsewhere."""
        report = self.error if self.profile.strict else self.warn
        report(path, message, code)

    def limit(self, path: str, message: str, code: Code = Code.RANGE) -> None:
        """A rule of OpenAI: an error where the profile is strict, a warning elsewhere."""
        elsewhere = "" if self.profile.strict else " at OpenAI; this server may accept it"
        self.suspect(path, f"{message}{elsewhere}", code)

    def mapping(self, path: str, value: Any, what: str = "a dict") -> Mapping[str, Any] | None:
        """Return `value` if it is a known mapping with string keys, else None (with an error if it is none)."""
        if value is UNKNOWN or value is None:
            return None
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            self.error(path, f"must be {what}", Code.TYPE)
            return None
        return value

    def keys(self, path: str, value: Mapping[str, Any], known: Collection[str]) -> None:
        """Report keys that are not `known`, with the closest one that is."""
        for key in value:
            if key in known:
                continue
            place, hint = f"{path}.{one_line(key, 60)}", did_you_mean(key, known)
            if self.profile.strict:
                self.error(place, f"is not a field of this API; {hint}", Code.UNKNOWN_FIELD)
            else:
                self.limit(place, f"is not a known field ({hint})", Code.UNKNOWN_FIELD)

    def text(
        self, path: str, value: Any, *, low: int = 1, high: int | None = None, required: bool = False
    ) -> bool:
        """Whether `value` is a known string within its length; a missing one is an error only if `required`."""
        if value is UNKNOWN:
            return False
        if value is None:
            if required:
                self.error(path, "is required", Code.REQUIRED)
            return False
        if not isinstance(value, str):
            self.error(path, "must be a string", Code.TYPE)
            return False
        if len(value) < low:
            self.error(path, "must not be empty", Code.RANGE)
            return False
        if high is not None and len(value) > high:
            self.limit(path, f"must have at most {high} characters")
            return False
        return True

    def choice(self, path: str, value: Any, allowed: Iterable[str], *, required: bool = False) -> None:
        """Check that `value` is one of the `allowed` words."""
        words = tuple(allowed)
        if value is UNKNOWN or (value is None and not required):
            return
        if value is None:
            self.error(path, f"is required: one of {listed(words, 'or')}", Code.REQUIRED)
        elif value not in words:
            self.error(path, f"must be one of {listed(words, 'or')}", Code.CHOICE)

    def number(self, path: str, value: Any, rule: Range) -> None:
        """Check that `value` is a number within its range."""
        if value is UNKNOWN or value is None:
            return
        if not rule.kind_fits(value):
            self.error(path, f"must be {rule.words()}", Code.TYPE)
        elif not rule.contains(value):
            if rule.ours:
                self.error(path, f"must be {rule.words()}", Code.RANGE)
            else:
                self.limit(path, f"must be {rule.words()}")


def did_you_mean(word: str, known: Collection[str]) -> str:
    """The closest known word as a question, else all known words."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {listed(sorted(known))}"


@dataclass(frozen=True)
class Range:
    """The accepted range of a number."""

    low: float
    high: float | None = None
    whole: bool = True
    open: bool = False
    """The lower end itself is not accepted."""
    auto: bool = False
    """The word "auto" is accepted too."""
    ours: bool = False
    """The range is this provider's own, not the service's: a violation is an error everywhere."""

    def kind_fits(self, value: object) -> bool:
        """Whether `value` is a number of the right kind, in the range or not."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return False
        return not self.whole or value == int(value)

    def contains(self, value: float) -> bool:
        """Whether `value` lies in the range."""
        above = value > self.low if self.open else value >= self.low
        return above and (self.high is None or value <= self.high)

    def words(self) -> str:
        """The range as users read it."""
        kind = "a whole number" if self.whole else "a number"
        low = f"{self.low:g}" if not self.whole else f"{int(self.low)}"
        start = (
            f"greater than {low}"
            if self.open
            else f"from {low}"
            if self.high is not None
            else f"of at least {low}"
        )
        high = "" if self.high is None else f"{int(self.high)}" if self.whole else f"{self.high:g}"
        end = f" and at most {high}" if high and self.open else f" to {high}" if high else ""
        auto = '"auto" or ' if self.auto else ""
        return f"{auto}{kind} {start}{end}"
