"""Two ways to run the commands of a soak: the provider process alone (quick), and the real CLI with its engine."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Protocol

from tests.engine.cli import Stack
from tests.support.engine import FAST_SLEEP, Failed, Host, running_host, settings, urn_of
from tests.support.server import Server

JOB = "FineTuningJob"
FILE = "file-soak"


@dataclass(frozen=True)
class Declared:
    """One job as the program declares it."""

    seed: int
    team: str = "a"
    former: tuple[str, ...] = ()
    """The names it had before, kept as aliases."""


@dataclass
class Usage:
    """The most that any provider process used."""

    kilobytes: int = 0
    descriptors: int = 0
    threads: int = 0

    def sample(self, pid: int) -> None:
        """Look at a process; one that has ended is passed by."""
        try:
            status = Path(f"/proc/{pid}/status").read_text()
            descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        except OSError:
            return
        values = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        self.kilobytes = max(self.kilobytes, int(values["VmRSS"].split()[0]))
        self.descriptors = max(self.descriptors, descriptors)
        self.threads = max(self.threads, int(values["Threads"]))


class Driver(Protocol):
    """What a random walk needs of a stack."""

    usage: Usage

    def up(self, program: Mapping[str, Declared]) -> bool:
        """Run an update to its end; whether it succeeded."""

    def killed_up(self, program: Mapping[str, Declared], chance: Random) -> None:
        """Start an update and kill -9 something while a job is submitted."""

    def refresh(self) -> bool:
        """Read every job again; whether it succeeded."""

    def destroy(self) -> bool:
        """Delete everything; whether it succeeded."""

    def lose_state(self) -> None:
        """Forget every resource."""

    def owned(self) -> set[str]:
        """The ids in the state."""


@dataclass
class Recorded:
    """One resource in the state."""

    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@dataclass
class HostDriver:
    """The dynamic host, one process per command, called as the engine calls it."""

    server: Server
    stack: str
    usage: Usage = field(default_factory=Usage)
    state: dict[str, Recorded] = field(default_factory=dict)
    pending: list[Recorded] = field(default_factory=list)
    """Replaced, and not deleted yet."""

    def up(self, program: Mapping[str, Declared]) -> bool:
        with running_host(settings(self.server), preamble=FAST_SLEEP) as host:
            try:
                self._up(host, program)
            except Failed:
                return False
            finally:
                self.usage.sample(host.pid)
        return True

    def _up(self, host: Host, program: Mapping[str, Declared]) -> None:
        for name, declared in program.items():
            before = [former for former in declared.former if former in self.state]
            if before and name not in self.state:
                self.state[name] = self.state.pop(before[0])
            self._one(host, name, self._inputs(name, declared))
        while self.pending:
            host.delete(JOB, self.pending[0].id, self.pending[0].outputs)
            self.pending.pop(0)
        for name in [name for name in self.state if name not in program]:
            host.delete(JOB, self.state[name].id, self.state[name].outputs)
            del self.state[name]

    def _one(self, host: Host, name: str, inputs: dict[str, Any]) -> None:
        old = self.state.get(name)
        checked = host.check(JOB, inputs, old.inputs if old else None)
        assert checked.failures == [], checked.failures
        if old is None:
            self.state[name] = Recorded(*self._created(host, checked.inputs))
            return
        found = host.diff(JOB, old.id, old.outputs, checked.inputs)
        if found.replaces:
            self.state[name] = Recorded(*self._created(host, checked.inputs))
            self.pending.append(old)
        elif found.changes:
            outputs = host.update(JOB, old.id, old.outputs, checked.inputs)
            self.state[name] = Recorded(old.id, checked.inputs, outputs)

    @staticmethod
    def _created(host: Host, inputs: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        job_id, outputs = host.create(JOB, inputs)
        return job_id, inputs, outputs

    def _inputs(self, name: str, declared: Declared) -> dict[str, Any]:
        program: dict[str, Any] = {"stack": self.stack, "urn": urn_of(JOB, name)}
        if declared.former:
            program["aliases"] = [urn_of(JOB, former) for former in declared.former]
        return {
            "model": "gpt-4.1-mini-2025-04-14",
            "training_file": FILE,
            "seed": declared.seed,
            "metadata": {"team": declared.team},
            "__program": program,
        }

    def killed_up(self, program: Mapping[str, Declared], chance: Random) -> None:
        """The provider dies with a job submitted or about to be, and its answer lost."""
        self.server.fault(chance.choice(["hold_after", "hold_before"]), skip=chance.randrange(2))
        with running_host(settings(self.server), preamble=FAST_SLEEP) as host:
            command = threading.Thread(target=self._quietly_up, args=(host, program))
            command.start()
            while command.is_alive() and not any(rule["struck"] for rule in self.server.faults()):
                command.join(0.02)
            host.kill()
            command.join()
        self.server.clear_faults()

    def _quietly_up(self, host: Host, program: Mapping[str, Declared]) -> None:
        try:
            self._up(host, program)
        except Failed:
            return

    def refresh(self) -> bool:
        with running_host(settings(self.server), preamble=FAST_SLEEP) as host:
            for name, old in list(self.state.items()):
                try:
                    found, outputs = host.read(JOB, old.id, old.outputs)
                except Failed:
                    return False
                if found:
                    self.state[name] = Recorded(found, old.inputs, outputs)
                else:
                    del self.state[name]
            self.usage.sample(host.pid)
        return True

    def destroy(self) -> bool:
        return self.up({})

    def lose_state(self) -> None:
        self.state.clear()
        self.pending.clear()

    def owned(self) -> set[str]:
        return {recorded.id for recorded in self.state.values()}


PROGRAM = """
for name, (seed, team, former) in JOBS.items():
    ft.FineTuningJob(name, model=MODEL, training_file=FILE, seed=seed, metadata={"team": team},
        opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name=one) for one in former]))
"""


@dataclass
class EngineDriver:
    """The real CLI."""

    server: Server
    stack: Stack
    usage: Usage = field(default_factory=Usage)

    def _program(self, program: Mapping[str, Declared]) -> None:
        jobs = {name: (one.seed, one.team, one.former) for name, one in program.items()}
        self.stack.program(PROGRAM, JOBS=jobs, FILE=FILE)

    def up(self, program: Mapping[str, Declared]) -> bool:
        self._program(program)
        return self.stack.up().code == 0

    def killed_up(self, program: Mapping[str, Declared], chance: Random) -> None:
        self._program(program)
        self.server.fault(chance.choice(["hold_after", "hold_before"]), skip=chance.randrange(2))
        running = self.stack.start("up", "--yes", "--skip-preview")
        running.until_or_end(lambda: any(rule["struck"] for rule in self.server.faults()))
        for pid in running.providers():
            self.usage.sample(pid)
        chance.choice([running.kill_cli, running.stop, running.interrupt])()
        self.server.clear_faults()
        running.finish()
        self.stack.run("cancel", "--yes")

    def refresh(self) -> bool:
        return self.stack.refresh().code == 0

    def destroy(self) -> bool:
        return self.stack.destroy().code == 0

    def lose_state(self) -> None:
        self.stack.lose_the_state()

    def owned(self) -> set[str]:
        return {str(found["id"]) for found in self.stack.resources().values()}
