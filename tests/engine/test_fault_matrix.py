"""Every step of a resource's life with every fault: at most one job, and the state and the service agree again.

`make faults` (the option --write-fault-matrix) writes what was seen to docs/fault-matrix.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.engine.cli import Running, Stack
from tests.engine.conftest import Corner
from tests.engine.fault_matrix import Matrix, Row, one_line, recorded
from tests.engine.programs import JOB_AND_MODEL
from tests.engine.waits import interrupt_the_program, waiting
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.engine import FAST_SLEEP, Failed, Host, running_host, settings, urn_of
from tests.support.keys import OTHER_KEY
from tests.support.rows import MODEL, upload
from tests.support.server import Server

JOB = "FineTuningJob"
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
    "429, then fine": {"kind": "status", "status": 429, "headers": {"retry-after-ms": "20"}},
    "401, key revoked": {"kind": "status", "status": 401, "count": None},
    "404 for every request of the step": {"kind": "status", "status": 404, "count": None},
}
STEPS: dict[str, tuple[str, str]] = {
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
    """One job through the provider process, as the engine would call it."""

    def __init__(self, server: Corner, name: str) -> None:
        self.server = server
        self.stack = f"v1:organization/faults/{name}"
        client = make_client(server.url, Time(), project=server.project)
        self.file = upload(client)
        client.close()
        self.state: tuple[str, dict[str, Any]] | None = None

    def jobs(self) -> int:
        """Jobs at the service that are neither failed nor cancelled."""
        return sum(job["status"] not in OVER for job in self.server.jobs())

    def inputs(self, host: Host, *, paused: bool | None = None) -> dict[str, Any]:
        declared: dict[str, Any] = {
            "model": MODEL,
            "training_file": self.file,
            "seed": 1,
        }
        declared |= {} if paused is None else {"paused": paused}
        program = {"__program": {"stack": self.stack, "urn": urn_of(JOB, "faulty")}}
        return host.check(JOB, declared | program).inputs

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
        if self.state is None:
            if step == "create":
                self.state = host.create(JOB, self.inputs(host))
            return
        if step == "create":
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


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_with_a_fault_and_the_same_command_again(
    server: Corner, matrix: Matrix, step: str, fault: str, pytestconfig: pytest.Config
) -> None:
    config = settings(server) | {"ftjobs:project": server.project}
    life = Life(server, f"{step}-{list(FAULTS).index(fault)}")
    if step != "create":
        with running_host(config, preamble=FAST_SLEEP) as host:
            life.run(host, "create")
        server.clock(advance=120)
    method, path = STEPS[step]
    server.fault(**(FAULTS[fault] | {"method": method, "path": path}))
    with running_host(config, preamble=FAST_SLEEP) as host:
        says = life.run(host, step)
    seen = (life.jobs(), int(life.state is not None))
    server.clear_faults()
    with running_host(config, preamble=FAST_SLEEP) as host:
        life.run(host, step)
    after = (life.jobs(), int(life.state is not None))
    assert after == ((0, 0) if step == "delete" else (1, 1)), says
    hold(matrix, Row(step, fault, *seen, one_line(says), *after), pytestconfig)


BLOWS: dict[str, Callable[[Running], None]] = {
    "kill -9 of the CLI": Running.kill_cli,
    "kill -9 of the provider": Running.kill_provider,
    "kill -9 of everything (power cut)": Running.stop,
    "Ctrl-C": Running.interrupt,
    "the program is interrupted": interrupt_the_program,
}
MOMENTS: dict[str, str] = {
    "create, before the service has the job": "hold_before",
    "create, the answer still under way": "hold_after",
    "wait for the model": "",
}


@pytest.mark.parametrize("blow", BLOWS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_command_that_is_struck_and_the_same_command_again(
    stack: Stack, server: Corner, matrix: Matrix, moment: str, blow: str, pytestconfig: pytest.Config
) -> None:
    stack.program(JOB_AND_MODEL, SEED=1)
    if MOMENTS[moment]:
        server.fault(MOMENTS[moment])
        running = stack.start("up", "--yes", "--skip-preview")
        running.until(lambda: any(rule["struck"] for rule in server.faults()), "the request")
    else:
        running = waiting(stack, server)
    BLOWS[blow](running)
    server.clear_faults()
    if not MOMENTS[moment]:
        server.clock(
            per_poll=3600
        )  # the wait is the program's, so it outlives its provider until the job has ended
    says = _last_words(running.finish().text)
    stack.unlock()
    seen = (_alive(server), len(stack.resources()))
    server.clock(per_poll=3600)
    stack.up().ok()
    after = (_alive(server), len(stack.resources()))
    assert after == (1, 1)
    # A request that was held when its sender was killed may still reach the service: that count is a race.
    racing = MOMENTS[moment] == "hold_before"
    hold(matrix, Row(moment, blow, *seen, says, *after), pytestconfig, first=1 if racing else 0)


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
