"""How close `pulumi up` comes to the engine's own floor: a provider that does nothing, same stack, same run.

    python -m benchmarks.engine [--jobs 1 10 100] [--latency 0 50] [--fast-lane]

Prints, for the dynamic provider and for the plugin, seconds, ratios, requests and connections. Figures of one run on
one machine: read the ratios.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.engine.cli import Result, Stack, closing
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


@dataclass
class Row:
    """One measured command."""

    what: str
    floor: float
    ours: float
    requests: int
    connections: int

    def __str__(self) -> str:
        return (
            f"{self.what:<34} floor {self.floor:7.2f} s   ours {self.ours:7.2f} s   "
            f"ratio {self.ours / self.floor:5.2f}   {self.requests:5d} requests   {self.connections} connections"
        )


def measure(jobs: int, latency: float, extra: dict[str, str]) -> list[Row]:
    """Up, up again, refresh and destroy, each beside the floor."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ftjobs-bench-")))
        seed = folder / "seed.json"
        seed.write_text('{"files": [{"id": "file-bench", "purpose": "fine-tune"}]}')
        server = stack.enter_context(running_server("--seed", str(seed), "--speed", "1"))
        floor = _stack(stack, folder / "floor", server, FLOOR_PROGRAM, jobs)
        (floor.folder / "floor.py").write_text(FLOOR_MODULE)
        ours = _stack(stack, folder / "ours", server, OUR_PROGRAM, jobs)
        native = _stack(stack, folder / "native", server, NATIVE_PROGRAM, jobs)
        plugins = {"providers": [{"name": "ftjobs", "path": str(Path(sys.executable).parent)}]}
        project = {"name": "bench", "runtime": "python", "plugins": plugins}
        (native.folder / "Pulumi.yaml").write_text(json.dumps(project))  # JSON is YAML
        if latency:
            server.fault("delay", method="*", path="/*", seconds=latency / 1000, count=None)
        rows = []
        for name in ("up", "up again", "refresh", "destroy"):
            least = _command(floor, name, extra).seconds
            for kind, one in (("dynamic", ours), ("native", native)):
                what = f"{kind} {name}, N={jobs}, {latency:g} ms"
                rows.append(_row(what, server, least, one, name, extra))
        return rows


def _row(what: str, server: Server, floor: float, one: Stack, name: str, extra: dict[str, str]) -> Row:
    server.clear_journal()
    seconds = _command(one, name, extra).seconds
    return Row(what, floor, seconds, len(server.journal()), server.connections())


def _command(stack: Stack, name: str, extra: dict[str, str]) -> Result:
    verb = {"up": stack.up, "up again": stack.up, "refresh": stack.refresh, "destroy": stack.destroy}[name]
    return verb(**extra).ok()


def _stack(stack: ExitStack, folder: Path, server: Server, program: str, jobs: int) -> Stack:
    made = stack.enter_context(
        closing(Stack(folder, url=server.url, scope="proj_default", project="bench", stack="bench"))
    )
    made.program(program, N=jobs)
    return made


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", nargs="+", type=int, default=[1, 10, 100])
    parser.add_argument("--latency", nargs="+", type=float, default=[0, 50], help="ms per answer")
    parser.add_argument("--fast-lane", action="store_true", help="write the state once, at the end")
    chosen = parser.parse_args()
    for latency in chosen.latency:
        for jobs in chosen.jobs:
            for row in measure(jobs, latency, FAST_LANE if chosen.fast_lane else {}):
                print(row, flush=True)


if __name__ == "__main__":
    main()
