"""Every step of a resource's life with every fault: at most one job, and the state and the service agree again.

`make faults` runs all rows and writes what was seen to docs/fault-matrix.md (the option --write-fault-matrix). Of the
steps other than create, `make test` runs three faults each, and of the CLI's rows those in HELD.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engine.cli import Running, Stack
from tests.engine.conftest import Corner
from tests.engine.fault_matrix import Matrix, Row, one_line, recorded
from tests.engine.full_disk import full_disk
from tests.engine.programs import JOB_AND_MODEL
from tests.engine.waits import interrupt_the_program, the_program, waiting
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.engine import FAST_SLEEP, Failed, Host, running_host, settings, urn_of
from tests.support.keys import OTHER_KEY
from tests.support.rows import MODEL, rows, upload
from tests.support.server import Server

JOB = "FineTuningJob"
FILE = "FineTuningFile"
JOBS = "/fine_tuning/jobs"
OVER = {"failed", "cancelled"}

FAULTS: dict[str, dict[str, Any]] = {
    "connection reset before the request is taken": {"kind": "reset_before"},
    "connection reset after the work was done": {"kind": "reset_after"},
    "no answer in time, work done": {"kind": "timeout_after", "seconds": 1},
    "answer cut short": {"kind": "truncate"},
    "answer that is no JSON": {"kind": "unreadable"},
    "page of HTML from a proxy": {"kind": "html"},
    "500 after the work was done": {"kind": "status", "status": 500, "commit": True},
    "502 before the work": {"kind": "status", "status": 502, "commit": False},
    "503 after the work was done": {"kind": "status", "status": 503, "commit": True},
    "408 after the work was done": {"kind": "status", "status": 408, "commit": True},
    "409 after the work was done": {"kind": "status", "status": 409, "commit": True},
    "429 after the work was done": {"kind": "status", "status": 429, "commit": True},
    "504 after the work was done": {"kind": "status", "status": 504, "commit": True},
    "answer lost, and the clock jumps by days": {"kind": "reset_after"},
    "answer lost, and the provider stands still (SIGSTOP) beyond its read timeout": {"kind": "hold_after"},
    "429, then fine": {"kind": "status", "status": 429, "headers": {"retry-after-ms": "20"}},
    "401, key revoked": {"kind": "status", "status": 401, "count": None},
    "404 for every request of the step": {"kind": "status", "status": 404, "count": None},
}
REPRESENTATIVE = ("connection reset after the work was done", "page of HTML from a proxy", "401, key revoked")
JUMPING_CLOCK = """
import itertools, sys
_jumps, _wall = itertools.cycle([0.0, 172800.0, -172800.0]), time.time

def jumping():
    ours = sys._getframe(1).f_globals.get("__name__", "").startswith("pulumi_ftjobs")
    return _wall() + (next(_jumps) if ours else 0.0)

time.time = jumping
"""
"""The provider's wall clock is two days ahead, two days behind, and right, in turn; gRPC's own clock is not."""
SHORT_READS = """
from pulumi_ftjobs.api.transport import Transport
Transport.__init__.__defaults__ = (1.0, *Transport.__init__.__defaults__[1:])
"""
"""The read timeout is a second."""
STOPPED = 3.0
"""Seconds that a process stands still."""
STEPS: dict[str, tuple[str, str]] = {
    "upload": ("POST", "/files"),
    "create": ("POST", JOBS),
    "read": ("GET", f"{JOBS}*"),
    "pause": ("POST", f"{JOBS}/*/pause"),
    "delete": ("POST", f"{JOBS}/*/cancel"),
}
"""The request of each step that goes wrong."""


@pytest.fixture(scope="session")
def matrix(pytestconfig: pytest.Config) -> Iterator[Matrix]:
    """The rows of this run; written to the docs when the option says so."""
    made = Matrix()
    yield made
    if pytestconfig.getoption("--write-fault-matrix"):
        made.write()


def hold(matrix: Matrix, row: Row, pytestconfig: pytest.Config, *, first: int = 0) -> None:
    """Keep a row, and compare its numbers, from the `first` on, with those that the docs show."""
    matrix.add(row)
    if not pytestconfig.getoption("--write-fault-matrix"):
        shown = recorded().get((row.step, row.fault))
        assert shown is not None
        assert row.numbers[first:] == shown[first:], f"run `make faults`: {row}"


class Life:
    """One job, or one file, through the provider process, as the engine would call it."""

    def __init__(self, server: Corner, name: str, rows_file: Path | None = None) -> None:
        self.server = server
        self.stack = f"v1:organization/faults/{name}"
        self.kind = FILE if rows_file else JOB
        self._client = make_client(server.url, Time(), project=server.project)
        if rows_file:
            rows_file.write_bytes(rows())
        self._declared: dict[str, Any] = (
            {"path": str(rows_file)}
            if rows_file
            else {"model": MODEL, "training_file": upload(self._client), "seed": 1}
        )
        self.state: tuple[str, dict[str, Any]] | None = None

    def close(self) -> None:
        """Close the connections of the looks."""
        self._client.close()

    def at_service(self) -> int:
        """Jobs that are neither failed nor cancelled, or files."""
        if self.kind == FILE:
            return len(list(self._client.files()))
        return sum(job["status"] not in OVER for job in self.server.jobs())

    def inputs(self, host: Host, *, paused: bool | None = None) -> dict[str, Any]:
        declared = self._declared | ({} if paused is None else {"paused": paused})
        program = {"__program": {"stack": self.stack, "urn": urn_of(self.kind, "faulty")}}
        return host.check(self.kind, declared | program).inputs

    def run(self, host: Host, step: str) -> str:
        """One command; returns what it said last."""
        host.engine.said.clear()
        try:
            self._step(host, step)
        except Failed as error:
            return f"error: {error}"
        said = host.said()
        return said[-1] if said else "(nothing)"

    def _step(self, host: Host, step: str) -> None:
        creates = step in {"create", "upload"}
        if self.state is None:
            if creates:
                self.state = host.create(self.kind, self.inputs(host))
            return
        if creates:
            return
        job_id, outs = self.state
        if step == "read":
            found, outs = host.read(JOB, job_id, outs)
            self.state = (found, outs) if found else None
        elif step == "pause":
            news = self.inputs(host, paused=True)
            if host.diff(JOB, job_id, outs, news).changes:
                self.state = (job_id, host.update(JOB, job_id, outs, news))
        else:
            host.delete(JOB, job_id, outs)
            self.state = None


STEPS_WITH_FAULTS = [
    pytest.param(step, fault, marks=() if step == "create" or fault in REPRESENTATIVE else pytest.mark.faults)
    for step in STEPS
    for fault in FAULTS
]


@pytest.mark.parametrize(("step", "fault"), STEPS_WITH_FAULTS)
def test_a_step_with_a_fault_and_the_same_command_again(
    server: Corner, matrix: Matrix, step: str, fault: str, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    config = settings(server) | {"ftjobs:project": server.project}
    life = Life(
        server, f"{step}-{list(FAULTS).index(fault)}", tmp_path / "rows" if step == "upload" else None
    )
    if step not in {"create", "upload"}:
        with running_host(config, preamble=FAST_SLEEP) as host:
            life.run(host, "create")
        server.clock(advance=120)
    method, path = STEPS[step]
    server.fault(**(FAULTS[fault] | {"method": method, "path": path}))
    stands_still = "SIGSTOP" in fault
    extra = SHORT_READS if stands_still else JUMPING_CLOCK if "clock" in fault else ""
    with running_host(config, preamble=FAST_SLEEP + extra) as host:
        if stands_still:
            with _stopped_at_a_fault(server, host.pid):
                says = life.run(host, step)
        else:
            says = life.run(host, step)
    seen = (life.at_service(), int(life.state is not None))
    server.clear_faults()
    with running_host(config, preamble=FAST_SLEEP) as host:
        life.run(host, step)
    after = (life.at_service(), int(life.state is not None))
    life.close()
    assert after == ((0, 0) if step == "delete" else (1, 1)), says
    hold(matrix, Row(step, fault, *seen, one_line(says), *after), pytestconfig)


@contextmanager
def _stopped_at_a_fault(server: Corner, pid: int) -> Iterator[None]:
    """Stop a process once the service holds its request, and let it go on when the answer has waited for it."""

    def stand_still() -> None:
        deadline = time.monotonic() + 20
        while not any(rule["struck"] for rule in server.faults()):
            assert time.monotonic() < deadline, "the request never came"
            time.sleep(0.02)
        os.kill(pid, signal.SIGSTOP)
        server.release()
        time.sleep(STOPPED)
        os.kill(pid, signal.SIGCONT)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(stand_still)
        yield
        done.result()


def _ctrl_c_twice(running: Running) -> None:
    running.interrupt()
    running.until_or_end(lambda: "^C" in running.text)
    running.interrupt()


def _stop_and_go_on(find: Callable[[Running], list[int]]) -> Callable[[Running], Callable[[], None]]:
    """A blow after which the processes stand still until what it returns is called."""

    def blow(running: Running) -> Callable[[], None]:
        pids = find(running)
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)

        def go_on() -> None:
            time.sleep(STOPPED)
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

        return go_on

    return blow


BLOWS: dict[str, Callable[[Running], Callable[[], None] | None]] = {
    "kill -9 of the CLI": Running.kill_cli,
    "kill -9 of the provider": Running.kill_provider,
    "kill -9 of everything (power cut)": Running.stop,
    "Ctrl-C": Running.interrupt,
    "Ctrl-C twice": _ctrl_c_twice,
    "the program is interrupted": interrupt_the_program,
    "the CLI stands still (SIGSTOP), then goes on": _stop_and_go_on(lambda running: [running.pid]),
    "the provider stands still (SIGSTOP), then goes on": _stop_and_go_on(Running.providers),
    "the program stands still (SIGSTOP), then goes on": _stop_and_go_on(
        lambda running: [the_program(running)]
    ),
}
MOMENTS: dict[str, str] = {
    "create, before the service has the job": "hold_before",
    "create, the answer still under way": "hold_after",
    "wait for the model": "",
}
HELD = {
    ("create, before the service has the job", "kill -9 of the CLI"),
    ("create, the answer still under way", "kill -9 of the provider"),
    ("create, the answer still under way", "Ctrl-C twice"),
    ("wait for the model", "kill -9 of everything (power cut)"),
    ("wait for the model", "Ctrl-C"),
}
"""The rows of the real CLI that `make test` runs."""


MOMENTS_WITH_BLOWS = [
    pytest.param(moment, blow, marks=() if (moment, blow) in HELD else pytest.mark.faults)
    for moment in MOMENTS
    for blow in BLOWS
]


@pytest.mark.parametrize(("moment", "blow"), MOMENTS_WITH_BLOWS)
def test_a_command_that_is_struck_and_the_same_command_again(
    stack: Stack, server: Corner, matrix: Matrix, moment: str, blow: str, pytestconfig: pytest.Config
) -> None:
    running = _begun(stack, server, moment)
    go_on = BLOWS[blow](running)
    server.clear_faults()
    if go_on or not MOMENTS[moment]:
        server.clock(
            per_poll=3600
        )  # the wait is the program's, so it outlives its provider until the job has ended
    if go_on:
        go_on()
    # A request that was held when its sender was killed may still reach the service: that count is a race.
    racing = MOMENTS[moment] == "hold_before" and not go_on
    _same_command_again(stack, server, matrix, (moment, blow), running, pytestconfig, first=int(racing))


@pytest.mark.faults
def test_a_disk_that_is_full_when_the_job_is_recorded(
    stack: Stack, server: Corner, matrix: Matrix, pytestconfig: pytest.Config
) -> None:
    moment = "create, the answer still under way"
    with full_disk(stack.backend) as fill:
        running = _begun(stack, server, moment)
        fill()
        server.clear_faults()
        server.clock(per_poll=3600)
        cell = (moment, "the disk with the state is full; then space, and the state file back from its .bak")

        def mend() -> None:
            fill.undo()
            backup = stack.state_file.with_suffix(".json.bak")
            assert stack.state_file.read_bytes() == b"", "Pulumi leaves an empty file"
            stack.state_file.write_bytes(backup.read_bytes())

        _same_command_again(stack, server, matrix, cell, running, pytestconfig, mend=mend)


def _begun(stack: Stack, server: Corner, moment: str) -> Running:
    """An update of a job and its model, at this moment."""
    stack.program(JOB_AND_MODEL, SEED=1)
    if not MOMENTS[moment]:
        return waiting(stack, server)
    server.fault(MOMENTS[moment])
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: any(rule["struck"] for rule in server.faults()), "the request")
    return running


def _same_command_again(
    stack: Stack,
    server: Corner,
    matrix: Matrix,
    cell: tuple[str, str],
    running: Running,
    pytestconfig: pytest.Config,
    *,
    first: int = 0,
    mend: Callable[[], None] = lambda: None,
) -> None:
    """Take the row of a command that was struck: how it ended, and what the next one makes of it."""
    result = running.finish()
    mend()
    says = "(the command succeeds)" if result.code == 0 else _last_words(result.text)
    stack.unlock()
    seen = (_alive(server), len(stack.resources()))
    server.clock(per_poll=3600)
    stack.up().ok()
    after = (_alive(server), len(stack.resources()))
    assert after == (1, 1)
    hold(matrix, Row(*cell, *seen, says, *after), pytestconfig, first=first)


def test_a_key_that_was_revoked_while_the_job_runs(
    stack: Stack, server: Corner, matrix: Matrix, pytestconfig: pytest.Config
) -> None:
    stack.program(JOB_AND_MODEL, SEED=1)
    running = waiting(stack, server)
    server.settings(keys={OTHER_KEY: ""})
    refused = "the service refuses to tell (HTTP 401)"
    running.until(lambda: refused in running.text, "the refusal")
    seen = (_alive(server), len(stack.resources()))
    server.settings(keys={})
    server.clock(per_poll=3600)
    running.finish().ok()
    after = (_alive(server), len(stack.resources()))
    assert after == (1, 1)
    hold(
        matrix,
        Row("wait for the model", "key revoked, then good again", *seen, refused, *after),
        pytestconfig,
    )


def _alive(server: Server) -> int:
    return sum(job["status"] not in OVER for job in server.jobs())


def _last_words(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    wanted = [line for line in lines if line.strip().startswith("error:")] or lines[-1:]
    return one_line(wanted[-1]) if wanted else "(nothing)"
