"""Clients for tests: real transport, injected time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.retry import Backoff
from pulumi_ftjobs.lifecycle.settings import Account, Found
from pulumi_ftjobs.lifecycle.targets import parse_target
from tests.support.keys import KEY


@dataclass
class Time:
    """A clock that only sleeping moves, and a record of every sleep."""

    now: float = 1000.0
    sleeps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now

    def backoff(self) -> Backoff:
        """Pauses that take no time and have no jitter."""
        return Backoff(sleep=self.sleep, clock=self.clock, jitter=lambda: 0.0)


def account(
    base_url: str,
    *keys: str,
    project: str | None = None,
    auth: str = "bearer",
    headers: tuple[tuple[str, str], ...] = (),
    **target: Any,
) -> Account:
    """An account at `base_url`, with the suite's key unless others are given."""
    found = tuple(Found(key, f"place {number}") for number, key in enumerate(keys or (KEY,), start=1))
    return Account(parse_target(base_url, project=project, **target), found, auth, headers)


def client(base_url: str, time: Time, *keys: str, read_timeout: float = 5.0, **settings: Any) -> Client:
    """A client that never really sleeps."""
    return Client(account(base_url, *keys, **settings), time.backoff(), read_timeout=read_timeout)
