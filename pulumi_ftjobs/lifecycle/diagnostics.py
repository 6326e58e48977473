"""Collecting everything that is wrong with a declaration: property path, rule, never the value."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_ftjobs.lifecycle.profiles import Profile
from pulumi_ftjobs.lifecycle.values import UNKNOWN, listed, one_line


@dataclass
class Findings:
    """Errors and warnings, each one line that begins with its property path.

    No value is ever quoted: a value could be a secret, and the reader has it before his eyes anyway.
    """

    profile: Profile = "openai"
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def error(self, path: str, rule: str) -> None:
        """Wrong for every service."""
        self.errors.append(f"{path}: {rule}")

    def warn(self, path: str, rule: str) -> None:
        """Worth knowing, wrong for none."""
        self.warnings.append(f"{path}: {rule}")

    def limit(self, path: str, rule: str) -> None:
        """A limit of OpenAI's service: an error there and on Azure, advice on a compatible server."""
        if self.profile == "compatible":
            self.warn(path, f"{rule} at OpenAI; this server may see it differently")
        else:
            self.error(path, rule)

    def mapping(self, path: str, value: Any, what: str = "a dict") -> Mapping[str, Any] | None:
        """`value` if it is a mapping with string keys and known; None (and an error) otherwise."""
        if value is UNKNOWN or value is None:
            return None
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            self.error(path, f"must be {what}")
            return None
        return value

    def keys(
        self, path: str, value: Mapping[str, Any], known: Collection[str], *, strict: bool = True
    ) -> None:
        """Name unknown keys, with the closest known one."""
        for key in value:
            if key in known:
                continue
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {listed(sorted(known))}"
            if strict:
                self.error(f"{path}.{one_line(key, 60)}", f"is not a field of this API; {hint}")
            else:
                self.limit(f"{path}.{one_line(key, 60)}", f"is not a known field ({hint})")

    def text(
        self, path: str, value: Any, *, low: int = 1, high: int | None = None, required: bool = False
    ) -> bool:
        """Whether `value` is a known string within its length; missing is wrong only if `required`."""
        if value is UNKNOWN:
            return False
        if value is None:
            if required:
                self.error(path, "is required")
            return False
        if not isinstance(value, str):
            self.error(path, "must be a string")
            return False
        if len(value) < low:
            self.error(path, "must not be empty")
            return False
        if high is not None and len(value) > high:
            self.limit(path, f"must have at most {high} characters")
            return False
        return True

    def choice(self, path: str, value: Any, allowed: Iterable[str], *, required: bool = False) -> None:
        """One of a fixed set of words."""
        words = tuple(allowed)
        if value is UNKNOWN or (value is None and not required):
            return
        if value not in words:
            self.error(path, f"must be one of {listed(words, 'or')}" if value is not None else "is required: "
                       f"one of {listed(words, 'or')}")  # fmt: skip

    def number(self, path: str, value: Any, rule: Range) -> None:
        """A number within its range."""
        if value is UNKNOWN or value is None:
            return
        if not rule.kind_fits(value):
            self.error(path, f"must be {rule.words()}")
        elif not rule.holds(value):
            (self.error if rule.ours else self.limit)(path, f"must be {rule.words()}")


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
    """The range is this provider's own and not the service's: wrong whatever the service."""

    def kind_fits(self, value: object) -> bool:
        """Whether `value` is a number of the right kind, wherever it lies."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return False
        return not self.whole or value == int(value)

    def holds(self, value: float) -> bool:
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
