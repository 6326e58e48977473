"""Random operations on a stack, beside a model of what should be: no job twice, none lost, nothing that grows.

    python -m benchmarks.soak [--rounds 2000] [--seconds 60] [--engine] [--seed 1]

A round is one command after one random event. After every command that succeeded the service has, for every
declaration, at most one job that is not failed or cancelled, and every unfinished job is in the state. The same seed
makes the same walk. A rename, another label, a removal, an end and a refresh create no job.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.soak_drivers import FILE, Declared, Driver, EngineDriver, HostDriver, Usage
from tests.engine.cli import Stack, closing
from tests.support.server import Server, running_server

OVER = {"succeeded", "failed", "cancelled"}
NAMES = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
JOBS = 4
"""The most jobs that the program declares."""
SEEDS = range(3)
FAULTS: list[dict[str, Any]] = [
    {"kind": "reset_after"},
    {"kind": "unreadable"},
    {"kind": "truncate"},
    {"kind": "reset_before"},
    {"kind": "status", "status": 500, "commit": True},
    {"kind": "status", "status": 502, "commit": False},
    {"kind": "status", "status": 503, "commit": False},
    {"kind": "status", "status": 429, "headers": {"retry-after-ms": "20"}},
]


class Broken(AssertionError):
    """The service and the state are not what the model says."""


@dataclass
class Soak:
    """One random walk."""

    driver: Driver
    server: Server
    chance: Random
    events: Counter[str] = field(default_factory=Counter)
    program: dict[str, Declared] = field(default_factory=lambda: {"one": Declared(0), "two": Declared(1)})
    server_usage: Usage = field(default_factory=Usage)
    history: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    """What `used` said after a tenth of the rounds: what grows shows beside it."""

    def round(self) -> None:
        """One event, and updates until the stack is whole again."""
        events = [
            self.declare,
            self.change,
            self.remove,
            self.kill,
            self.fail,
            self.lose,
            self.end,
            self.refresh,
            self.relabel,
            self.rename,
            self.destroy,
        ]
        event = self.chance.choice(events)
        self._note(event.__name__)
        before = len(self.server.jobs())
        event()
        self.update()
        created = len(self.server.jobs()) - before
        if created and event in (self.relabel, self.rename, self.remove, self.end, self.refresh):
            raise Broken(f"{event.__name__} created {created} jobs")
        self.server_usage.sample(self.server.pid)

    def update(self) -> None:
        """What a user does after an event: the same command again until it succeeds."""
        for _attempt in range(3):
            self._note("up")
            if self.driver.up(self.program):
                break
            self.server.clear_faults()
        else:
            raise Broken("three updates in a row failed")
        self.server.clear_faults()
        self.check()

    def _note(self, event: str) -> None:
        self.events[event] += 1
        self.history.append(f"{event} {dict(self.program)}")

    def check(self) -> None:
        """Hold the service and the state against the model. Raises Broken."""
        jobs = self.server.jobs()
        owned = self.driver.owned()
        living = Counter(
            (job["metadata"] or {}).get("ftjobs_declaration")
            for job in jobs
            if job["status"] not in {"failed", "cancelled"}
        )
        twice = [declaration for declaration, count in living.items() if count > 1]
        lost = [job["id"] for job in jobs if job["status"] not in OVER and job["id"] not in owned]
        unknown = owned - {job["id"] for job in jobs}
        if twice or lost or unknown or len(owned) != len(self.program):
            raise Broken(
                f"twice: {twice}; unfinished and in no state: {lost}; in the state only: {unknown}; "
                f"{len(self.program)} declared, {len(owned)} in the state"
            )

    def used(self) -> list[str]:
        """The most that any provider process and the service used so far."""
        return [
            f"{what}, at most: {used.kilobytes / 1024:.0f} MiB, {used.descriptors} descriptors, "
            f"{used.threads} threads"
            for what, used in (("provider", self.driver.usage), ("service", self.server_usage))
        ]

    # -- events ------------------------------------------------------------------------------------

    def declare(self) -> None:
        """A new job, or a former declaration again."""
        taken = {former for declared in self.program.values() for former in declared.former}
        names = set(NAMES) - taken if len(self.program) < JOBS else self.program
        name = self.chance.choice(sorted(names))
        self._set_seed(name, self.chance.choice(SEEDS))

    def change(self) -> None:
        """Another seed: a replacement, or the way back to a former job."""
        if self.program:
            self._set_seed(self.chance.choice(sorted(self.program)), self.chance.choice(SEEDS))

    def _set_seed(self, name: str, seed: int) -> None:
        """Declare a job; the aliases stay as long as its job is the one that carries the former name."""
        before = self.program.get(name)
        self.program[name] = before if before and before.seed == seed else Declared(seed)

    def relabel(self) -> None:
        """Other metadata: an update in place."""
        if self.program:
            name = self.chance.choice(sorted(self.program))
            self.program[name] = replace(self.program[name], team=self.chance.choice("abc"))

    def rename(self) -> None:
        """Another name, the old one kept as an alias."""
        taken = {former for declared in self.program.values() for former in declared.former}
        free = sorted(set(NAMES) - set(self.program) - taken)
        if self.program and free:
            old = self.chance.choice(sorted(self.program))
            before = self.program.pop(old)
            self.program[self.chance.choice(free)] = replace(before, former=(old, *before.former))

    def remove(self) -> None:
        """One job less."""
        if self.program:
            del self.program[self.chance.choice(sorted(self.program))]

    def kill(self) -> None:
        """A new or changed job, and kill -9 while it is submitted."""
        self.chance.choice([self.declare, self.change])()
        self.driver.killed_up(self.program, self.chance)

    def fail(self) -> None:
        """The next create goes wrong in one of many ways."""
        self.declare()
        self.server.fault(**self.chance.choice(FAULTS))

    def lose(self) -> None:
        """The state is gone."""
        self.driver.lose_state()

    def end(self) -> None:
        """A job ends."""
        running = [job["id"] for job in self.server.jobs() if job["status"] not in OVER]
        if running:
            self.server.act(self.chance.choice(sorted(running)), self.chance.choice(["succeed", "fail"]))

    def refresh(self) -> None:
        """`pulumi refresh`."""
        if not self.driver.refresh():
            raise Broken("a refresh failed")

    def destroy(self) -> None:
        """`pulumi destroy`: nothing may run on."""
        if not self.driver.destroy():
            raise Broken("a destroy failed")
        running = [job["id"] for job in self.server.jobs() if job["status"] not in OVER]
        if running:
            raise Broken(f"destroyed, and still running: {running}")


@contextmanager
def soak(seed: int, *, engine: bool) -> Iterator[Soak]:
    """A walk over a fresh service and a fresh stack."""
    with tempfile.TemporaryDirectory(prefix="ftjobs-soak-") as name:
        folder = Path(name)
        (folder / "seed.json").write_text(f'{{"files": [{{"id": "{FILE}", "purpose": "fine-tune"}}]}}')
        with running_server("--seed", str(folder / "seed.json")) as server:
            server.clock(mode="stepped")
            if not engine:
                yield Soak(HostDriver(server, f"v1:organization/soak/{seed}"), server, Random(seed))
                return
            stack = Stack(folder, url=server.url, scope="", project="soak", stack="soak")
            with closing(stack):
                yield Soak(EngineDriver(server, stack), server, Random(seed))


def walk(one: Soak, rounds: int, seconds: float = float("inf")) -> int:
    """Go on until either is over; returns the rounds."""
    end = time.monotonic() + seconds
    one.update()
    for number in range(rounds):
        if time.monotonic() > end:
            return number
        one.round()
        if number + 1 == rounds // 10:
            one.early = one.used()
    return rounds


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--engine", action="store_true", help="with the real CLI; slower")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with soak(chosen.seed, engine=chosen.engine) as one:
        try:
            rounds = walk(one, chosen.rounds, chosen.seconds)
        except Broken as error:
            print("\n".join(one.history[-12:]), file=sys.stderr)
            print(f"seed {chosen.seed}: {error}", file=sys.stderr)
            return 1
        jobs = len(one.server.jobs())
        print(f"seed {chosen.seed}: {rounds} rounds, {jobs} jobs, no duplicate, none lost")
        print("events: " + ", ".join(f"{count} {name}" for name, count in sorted(one.events.items())))
        for early, whole in zip(one.early or one.used(), one.used(), strict=True):
            print(f"{whole} (in the first tenth of the rounds {early.rpartition(': ')[2]})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
