"""Many jobs waiting in one update: what it asks of the service, what it costs, and how soon an end is reported.

Run: `python benchmarks/waiting.py [JOBS]`. A real `pulumi up` on the embedded API with a stopped clock: every job
trains while it is measured, then each is ended at a known moment. Needs a Pulumi CLI (scripts/ensure_pulumi.py).
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.engine.cli import Running, Stack, closing  # noqa: E402 - the harness of the tests drives this too
from tests.support.server import Server, running_server  # noqa: E402

MEASURED = 60.0
"""Seconds of waiting that are measured while all jobs train."""
ENDED = 5
"""Jobs that are ended one by one to see how soon the row says so."""

PROGRAM = """
data = ft.FineTuningFile("data", path="rows.jsonl")
for number in range(COUNT):
    job = ft.FineTuningJob(f"job{number}", model=MODEL, training_file=data, seed=number)
    ft.FineTunedModel(f"job{number}", job=job)
"""


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    script = [sys.executable, str(ROOT / "scripts" / "ensure_pulumi.py")]
    found = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]
    os.environ["PATH"] = f"{found}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        server.clock(mode="stepped")
        stack = Stack(Path(folder), url=server.url, scope="proj_bench", project="bench", stack="bench")
        with closing(stack):
            measure(stack, server, count)


def measure(stack: Stack, server: Server, count: int) -> None:
    """One update from the first submission to the last model."""
    stack.program(PROGRAM, COUNT=count)
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: len(server.posts()) == count, "all jobs")
    print(f"{count} jobs submitted, {server.connections()} connections so far")
    server.clock(advance=120)
    running.until(
        lambda: f"job{count - 1} " in running.text and "running - " in running.text, "training jobs"
    )
    steady(server, running, count)
    one_by_one(server, running)
    finish(server, running, count)


def steady(server: Server, running: Running, count: int) -> None:
    """Requests, connections, threads and memory while everything trains."""
    server.clear_journal()
    lines = running.text.count("\n")
    time.sleep(MEASURED)
    calls = server.calls()
    listings = calls.count("GET /fine_tuning/jobs")
    pages = -(-count // 100)
    ticks = max(listings // pages, 1)
    events = len([call for call in calls if call.endswith("/events")])
    print(
        f"in {MEASURED:.0f} s: {ticks} ticks; a tick: {listings / ticks:.1f} listing pages, "
        f"{events / ticks:.1f} events requests"
    )
    print(f"connections: {server.connections()}")
    threads, memory = program(running)
    print(f"the program: {threads} threads, {memory} MB resident")
    print(f"lines printed meanwhile: {running.text.count(chr(10)) - lines}")


def program(running: Running) -> tuple[int, int]:
    """Threads and resident megabytes of the process that runs the user's program."""
    for pid, words in running._plugins():  # noqa: SLF001 - the harness knows its processes
        if "pulumi-language-python-exec" in words:
            status = Path(f"/proc/{pid}/status").read_text()
            threads = re.search(r"Threads:\s+(\d+)", status)
            memory = re.search(r"VmRSS:\s+(\d+) kB", status)
            return int(threads[1]) if threads else 0, int(memory[1]) // 1024 if memory else 0
    return 0, 0


def one_by_one(server: Server, running: Running) -> None:
    """Seconds from a job's end to the model's row."""
    delays = []
    for job in reversed(server.jobs()[-ENDED:]):
        server.act(job["id"], "succeed")
        name = f"FineTunedModel job{job['seed']} "
        begun = time.monotonic()
        running.until(lambda name=name: name in running.text, "its row")  # type: ignore[misc]
        delays.append(time.monotonic() - begun)
    print(f"from end to row: median {statistics.median(delays):.1f} s, longest {max(delays):.1f} s")


def finish(server: Server, running: Running, count: int) -> None:
    """End everything at once."""
    begun = time.monotonic()
    open_ones = [job["id"] for job in server.jobs() if job["status"] == "running"]
    enders = [
        threading.Thread(target=lambda part=open_ones[n::4]: [server.act(i, "succeed") for i in part])
        for n in range(4)
    ]  # type: ignore[misc]
    for ender in enders:
        ender.start()
    for ender in enders:
        ender.join()
    shown = running.finish().ok()
    print(f"{len(open_ones)} ends at once: the update was over {time.monotonic() - begun:.1f} s later")
    print(f"lines of output in all: {shown.text.count(chr(10))} for {count} jobs")


if __name__ == "__main__":
    main()
