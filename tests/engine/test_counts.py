"""What one more job costs, counted and not timed: requests, gRPC calls of the program, Outputs, bytes of the state.

A regression shows here without a clock; benchmarks/engine.py says what it means in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.engine.cli import Stack
from tests.engine.programs import MANY
from tests.support.server import Server

COUNTING = """
import atexit, collections, json
from pathlib import Path

import grpc._channel

made = collections.Counter()

def counted(owner, method, name):
    plain = getattr(owner, method)

    def call(self, *args, **kwargs):
        made[name(self)] += 1
        return plain(self, *args, **kwargs)

    setattr(owner, method, call)

counted(pulumi.Output, "__init__", lambda _output: "Output")
counted(grpc._channel._UnaryUnaryMultiCallable, "__call__",
    lambda call: call._method.decode().rpartition("/")[2] if isinstance(call._method, bytes)
    else call._method.rpartition("/")[2])
atexit.register(lambda: Path("counts.json").write_text(json.dumps(made)))
"""
FEW, MORE = 5, 25
SDK_LOGS_PER_JOB = 4
"""The SDK sends its own debug lines about every resource; ours adds none."""
OUTPUTS_PER_JOB = 32
"""Most of them are made by the SDK, one or two per property."""


STATE_PER_JOB = 3_000
"""Bytes. The backend writes the whole state at every step, so they are also time."""


def counts(stack: Stack, jobs: int) -> dict[str, int]:
    """What the program did in an update of this number of jobs, and the size of the state it left."""
    stack.program(COUNTING + MANY, COUNT=jobs)
    stack.up().ok()
    found: dict[str, int] = json.loads((stack.folder / "counts.json").read_text())
    return {**found, "state": stack.state_file.stat().st_size}


def test_one_more_job_is_one_call_to_the_engine_and_bounded_numbers_of_outputs_and_bytes(
    new_stack: Callable[..., Stack],
) -> None:
    few, more = counts(new_stack(), FEW), counts(new_stack(), MORE)
    per_job = {name: (more[name] - few.get(name, 0)) / (MORE - FEW) for name in more}
    assert per_job["RegisterResource"] == 1
    assert per_job.pop("Log") <= SDK_LOGS_PER_JOB
    assert per_job.pop("state") <= STATE_PER_JOB
    others = {name: n for name, n in per_job.items() if n and name not in {"RegisterResource", "Output"}}
    assert others == {}, "something else is called once for every job"
    assert per_job["Output"] <= OUTPUTS_PER_JOB


@pytest.mark.parametrize("jobs", [FEW, MORE])
def test_the_requests_of_every_command_are_bounded(stack: Stack, server: Server, jobs: int) -> None:
    def asked(command: Callable[[], object]) -> int:
        server.clear_journal()
        command()
        return len(server.journal())

    stack.program(MANY, COUNT=jobs)
    assert asked(lambda: stack.preview().ok()) == 0
    assert asked(lambda: stack.up().ok()) <= jobs + 6 + jobs // 5, (
        "two listings before the creates and a few in and after them, an upload with its look-up, a POST per job"
    )
    assert asked(lambda: stack.up().ok()) == 0
    assert asked(lambda: stack.refresh().ok()) <= 3, "one listing of jobs, one look at the file"
    assert asked(lambda: stack.destroy().ok()) <= 2 * jobs + 3
