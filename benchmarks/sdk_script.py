"""What a script with the official Python package takes for the same jobs: create, look, cancel, one after the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.processes import Cpu
from benchmarks.service import SEED
from tests.support.keys import KEY
from tests.support.server import running_server

LATENCY = 0.05
SCRIPTS = {
    "create": "print(json.dumps([client.fine_tuning.jobs.create(model=MODEL, training_file='file-bench', seed=n).id "
    "for n in range(N)]))",
    "look": "print(len([job.status for job in client.fine_tuning.jobs.list(limit=100)]))",
    "cancel": "[client.fine_tuning.jobs.cancel(job.id) for job in client.fine_tuning.jobs.list(limit=100)]",
}
HEAD = "import json\nimport openai\nclient = openai.OpenAI()\nMODEL = 'gpt-4.1-mini-2025-04-14'\nN = {jobs}\n"


def measure(jobs: int = 100) -> list[dict[str, str]]:
    """Wall and CPU seconds of the three scripts at 50 ms latency. They remember nothing and repeat nothing safely."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        seed = Path(folder) / "seed.json"
        seed.write_text(SEED)
        with running_server("--seed", str(seed)) as server:
            server.fault("delay", method="*", path="/*", seconds=LATENCY, count=None)
            own = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url, "OPENAI_PROJECT_ID": "proj_default"}
            for name, script in SCRIPTS.items():
                begun = time.perf_counter()
                with Cpu() as used:
                    subprocess.run(
                        [sys.executable, "-c", HEAD.format(jobs=jobs) + script],
                        env=os.environ | own,
                        stdout=subprocess.DEVNULL,
                        check=True,
                    )
                wall = time.perf_counter() - begun
                rows.append(
                    {"script": f"{name}, N={jobs}", "wall": f"{wall:.2f} s", "CPU": f"{used.seconds:.2f} s"}
                )
            if len(server.jobs()) != jobs:
                raise RuntimeError(json.dumps(len(server.jobs())))
    return rows


if __name__ == "__main__":
    for row in measure():
        print(row)
