"""How close `pulumi up` comes to the engine's own floor: a provider that does nothing, same stack, same run.

For the dynamic provider and for the plugin, wall and CPU seconds beside the floor, with the spread of the repetitions.
Wall seconds are those of a machine that may be shared: read the ratios, and CPU before wall.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.processes import Cpu
from tests.engine.cli import Stack, closing
from tests.support.server import Server, running_server

FLOOR_MODULE = """
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider

class Nothing(ResourceProvider):
    serialize_as_secret_always = False
    def diff(self, _id, _olds, _news):
        return DiffResult(changes=False)
    def create(self, props):
        return CreateResult("id-" + props["name"], {"name": props["name"]})
    def read(self, id_, props):
        return ReadResult(id_, {"name": props["name"]})

class Floor(Resource, module="floor", name="Floor"):
    def __init__(self, name):
        super().__init__(Nothing(), name, {"name": name})
"""
FLOOR_PROGRAM = "import floor\nfor n in range(N):\n    floor.Floor(f'j{n}')\n"
OUR_PROGRAM = (
    "for n in range(N):\n    ft.FineTuningJob(f'j{n}', model=MODEL, training_file='file-bench', seed=n)\n"
)
NATIVE_PROGRAM = """
for n in range(N):
    job = {"model": MODEL, "trainingFile": "file-bench", "seed": n}
    pulumi.CustomResource("ftjobs:index:FineTuningJob", f"j{n}", job)
"""
FAST_LANE = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}


COMMANDS = ("preview", "up", "up again", "refresh", "destroy")
KINDS = ("floor", "dynamic", "native")
PARALLEL = 4
"""Calls that the dynamic host makes at once: N jobs cannot be faster than floor + N x latency / 4."""


@dataclass
class Row:
    """One command of one provider: all repetitions."""

    kind: str
    command: str
    jobs: int
    latency_ms: float
    fast_lane: bool
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    requests: int = 0
    connections: int = 0
    state_bytes: int = 0
    """Of the stack's state file after the command."""

    def facts(self) -> dict[str, Any]:
        """The row as JSON."""
        return asdict(self)


def measure(jobs: int, latency: float, *, fast_lane: bool, repeat: int) -> list[Row]:
    """Every command of every kind, repeated on fresh stacks; kinds take turns, so that noise meets all of them."""
    rows = {
        (command, kind): Row(kind, command, jobs, latency, fast_lane)
        for command in COMMANDS
        for kind in KINDS
    }
    for _ in range(repeat):
        with ExitStack() as opened:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="ftjobs-bench-")))
            seed = folder / "seed.json"
            seed.write_text('{"files": [{"id": "file-bench", "purpose": "fine-tune"}]}')
            server = opened.enter_context(running_server("--seed", str(seed), "--speed", "1"))
            stacks = {kind: _stack(opened, folder, kind, server, jobs) for kind in KINDS}
            if latency:
                server.fault("delay", method="*", path="/*", seconds=latency / 1000, count=None)
            for command in COMMANDS:
                for kind in KINDS:
                    _run(rows[command, kind], stacks[kind], server)
    return list(rows.values())


def _run(row: Row, stack: Stack, server: Server) -> None:
    verbs = {"preview": stack.preview, "up": stack.up, "up again": stack.up, "refresh": stack.refresh}
    server.clear_journal()
    with Cpu() as used:
        done = verbs.get(row.command, stack.destroy)(**(FAST_LANE if row.fast_lane else {})).ok()
    row.wall.append(round(done.seconds, 3))
    row.cpu.append(round(used.seconds, 3))
    row.requests, row.connections = len(server.journal()), server.connections()
    row.state_bytes = stack.state_file.stat().st_size


def _stack(opened: ExitStack, folder: Path, kind: str, server: Server, jobs: int) -> Stack:
    programs = {"floor": FLOOR_PROGRAM, "dynamic": OUR_PROGRAM, "native": NATIVE_PROGRAM}
    made = Stack(folder / kind, url=server.url, scope="proj_default", project="bench", stack="bench")
    opened.enter_context(closing(made))
    made.program(programs[kind], N=jobs)
    if kind == "floor":
        (made.folder / "floor.py").write_text(FLOOR_MODULE)
    elif kind == "native":
        plugins = {"providers": [{"name": "ftjobs", "path": str(Path(sys.executable).parent)}]}
        project = {"name": "bench", "runtime": "python", "plugins": plugins}
        (made.folder / "Pulumi.yaml").write_text(json.dumps(project))  # JSON is YAML
    return made
