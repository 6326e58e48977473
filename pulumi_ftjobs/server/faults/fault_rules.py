"""Fault rules: which requests get a wrong answer, and which.

A rule matches by method and path, skips some requests, applies a number of times or with a probability, and names a
kind of fault. `commit` says whether the request takes effect first: a lost answer after a committed create is the
fault that makes clients create a second job.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import asdict, dataclass, field
from email.utils import formatdate
from fnmatch import fnmatchcase
from typing import Any

from pulumi_ftjobs.server.faults import fault_schema
from pulumi_ftjobs.server.server_errors import invalid

# What each kind does by default to the request itself: True means it takes effect first.
KINDS: dict[str, bool] = {
    "status": False,
    "reset": False,
    "timeout": True,
    "delay": False,
    "truncate": True,
    "html": False,
    "unreadable": True,
    "hold": False,
    "drop_fields": True,
}
_ALIASES: dict[str, tuple[str, bool]] = {
    "reset_before": ("reset", False),
    "reset_after": ("reset", True),
    "timeout_before": ("timeout", False),
    "timeout_after": ("timeout", True),
    "hold_before": ("hold", False),
    "hold_after": ("hold", True),
}


@dataclass
class Fault:
    """One rule. `count` None means always; `seconds` is for delay and timeout, `status` and the next five for status.

    `retry_after` (seconds) becomes a header in the form that `retry_after_form` names: seconds, date or ms.
    """

    kind: str
    commit: bool
    id: int = 0
    method: str = "*"
    path: str = "*"
    count: int | None = 1
    skip: int = 0
    probability: float = 1.0
    status: int = 500
    code: str | None = None
    message: str | None = None
    type: str | None = None
    param: str | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    retry_after_form: str = "seconds"
    seconds: float = 1.0
    fields: list[str] = field(default_factory=list)
    """For `drop_fields`: members of the JSON body that a gateway in between loses."""
    seed: int = 0
    struck: int = 0

    def answer_headers(self) -> dict[str, str]:
        """Return the headers of the rule's answer, including its retry-after."""
        if self.retry_after is None:
            return dict(self.headers)
        if self.retry_after_form == "ms":
            wait = {"retry-after-ms": f"{self.retry_after * 1000:g}"}
        elif self.retry_after_form == "date":
            wait = {"retry-after": formatdate(time.time() + self.retry_after, usegmt=True)}
        else:
            wait = {"retry-after": f"{self.retry_after:g}"}
        return {**self.headers, **wait}

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about this request; the path is seen without its version prefix."""
        if self.method not in ("*", method):
            return False
        return self.path == "*" or path.startswith(self.path) or fnmatchcase(path, self.path)


class FaultRules:
    """The active rules, in the order they were made; the first that applies wins."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []
        self._made = 0
        self._dice: dict[int, random.Random] = {}
        self._released = asyncio.Event()

    def add(self, request: dict[str, Any]) -> Fault:
        """Add a rule from its JSON form; a 400 names what is wrong."""
        fault_schema.check(request)
        kind = request.get("kind")
        if kind not in KINDS and kind not in _ALIASES:
            raise invalid(f"kind must be one of {', '.join([*KINDS, *_ALIASES])}.", "kind")
        kind, commit = _ALIASES.get(str(kind), (str(kind), KINDS.get(str(kind), False)))
        members = {
            k: v
            for k, v in request.items()
            if k not in ("kind", "commit") and (v is not None or k == "count")
        }
        self._made += 1
        rule = Fault(kind=kind, commit=bool(request.get("commit", commit)), id=self._made, **members)
        rule.method = rule.method.upper()
        rule.path = rule.path.removeprefix("/v1") or "*"
        rule.headers = {k.lower(): str(v) for k, v in rule.headers.items()}
        self._dice[rule.id] = random.Random(rule.seed)  # noqa: S311
        self.rules.append(rule)
        return rule

    def take(self, method: str, path: str) -> Fault | None:
        """Return the rule that applies to this request, if any, and count it."""
        for rule in self.rules:
            if not rule.matches(method, path) or rule.count == 0:
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            if self._dice[rule.id].random() >= rule.probability:
                continue
            rule.struck += 1
            if rule.count is not None:
                rule.count -= 1
            return rule
        return None

    def clear(self) -> None:
        """Remove every rule and release held requests."""
        self.rules.clear()
        self.release()

    def release(self) -> None:
        """Release every held request."""
        self._released.set()
        self._released = asyncio.Event()

    async def held(self) -> None:
        """Wait until held requests are released."""
        await self._released.wait()

    def public(self) -> dict[str, Any]:
        """Return the rules with how often each applied."""
        return {"faults": [asdict(rule) for rule in self.rules]}
