"""What a person waits for: commands in the terminal, completion of the shell, imports, the first call of a client."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

from benchmarks.processes import Cpu
from tests.support.keys import KEY
from tests.support.server import Server, running_server

REPEATS = 5
FTJOBS = [sys.executable, "-m", "pulumi_ftjobs.cli.main"]
COMPLETION = {"_FTJOBS_COMPLETE": "complete_bash", "COMP_WORDS": "ftjobs ca", "COMP_CWORD": "1"}
IMPORT = "import pulumi"
IMPORT_OURS = "import pulumi, pulumi_ftjobs; pulumi_ftjobs.FineTuningJob"
CLIENT = """
import pulumi, pulumi.dynamic, pulumi_ftjobs.provider.job, os
{call}
"""
FIRST_CALL = """
from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.lifecycle.settings import Sources
list(Client(Sources({}, {}, dict(os.environ)).account()).jobs())
"""


def measure() -> list[dict[str, str]]:
    """Rows of the page, each beside its target."""
    with running_server() as server:
        return [
            _row("ftjobs --help", "0.3 s", _timed([*FTJOBS, "--help"], server)),
            _row("ftjobs list", "0.5 s + the call", _timed([*FTJOBS, "list"], server)),
            _row("completion of a command", "0.2 s", _timed(FTJOBS, server, **COMPLETION)),
            _row(
                "import pulumi_ftjobs, beyond import pulumi",
                "0.12 s",
                _beyond(server, IMPORT_OURS, IMPORT),
            ),
            _row(
                "the first call of a client in the provider process",
                "0.25 s CPU",
                _beyond(server, CLIENT.format(call=FIRST_CALL), CLIENT.format(call="")),
            ),
        ]


def _row(what: str, target: str, found: tuple[float, float]) -> dict[str, str]:
    wall, cpu = found
    return {"what": what, "wall": f"{wall:.2f} s", "CPU": f"{cpu:.2f} s", "target": target}


def _timed(command: list[str], server: Server, **more: str) -> tuple[float, float]:
    """Median wall and CPU seconds of a command."""
    environment = os.environ | {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url} | more
    walls, cpus = [], []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        with Cpu() as used:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        walls.append(time.perf_counter() - begun)
        cpus.append(used.seconds)
        if done.returncode:
            raise RuntimeError(f"{command} failed: {done.stdout}{done.stderr}")
    return statistics.median(walls), statistics.median(cpus)


def _beyond(server: Server, program: str, less: str) -> tuple[float, float]:
    """What one program takes more than another."""
    more, base = (_timed([sys.executable, "-c", text], server) for text in (program, less))
    return more[0] - base[0], more[1] - base[1]


if __name__ == "__main__":
    for row in measure():
        print(row)
