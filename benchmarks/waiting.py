"""Many jobs waiting in one update: what it asks of the service, what it costs, and how soon an end is reported.

A real `pulumi up` on the embedded API with a stopped clock: every job trains while it is measured, then some are ended
at a known moment. Ends that an estimate announces are noticed sooner; tests/api/test_follow.py counts those.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.engine import FAST_LANE
from tests.engine.cli import Running, Stack, closing
from tests.support.server import Server, running_server

MEASURED = 20.0
"""Seconds of waiting that are measured while all jobs train."""
ENDED = 2
"""Jobs that are ended one by one to see how soon the row says so."""
JOBS = (1, 50, 500)

PROGRAM = """
data = ft.FineTuningFile("data", path="rows.jsonl")
for number in range(COUNT):
    job = ft.FineTuningJob(f"job{number}", model=MODEL, training_file=data, seed=number)
    ft.FineTunedModel(f"job{number}", job=job)
"""


def measure(counts: tuple[int, ...] = JOBS) -> list[dict[str, str]]:
    """A row for each number of jobs."""
    return [_row(count) for count in counts]


def _row(count: int) -> dict[str, str]:
    """One update from the first submission to the last model."""
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        server.clock(mode="stepped")
        stack = Stack(Path(folder), url=server.url, scope="proj_bench", project="bench", stack="bench")
        with closing(stack):
            stack.program(PROGRAM, COUNT=count)
            running = stack.start("up", "--yes", "--skip-preview", **FAST_LANE)
            running.until(lambda: len(server.posts()) == count, "all jobs")
            server.clock(advance=120)
            running.until(lambda: "loss" in running.text, "training jobs")
            found = {"jobs": f"{count}"} | _steady(server, running, count)
            found["from an end to its row"] = _one_by_one(server, running)
            found["all other ends at once"] = _finish(server, running)
            return found


def _steady(server: Server, running: Running, count: int) -> dict[str, str]:
    """Requests, connections, threads and memory while everything trains."""
    server.clear_journal()
    time.sleep(MEASURED)
    calls = server.calls()
    ticks = max(calls.count("GET /fine_tuning/jobs") / -(-count // 100), 1)
    events = len([call for call in calls if call.endswith("/events")])
    threads, memory = _program(running)
    return {
        f"ticks in {MEASURED:.0f} s": f"{ticks:.0f}",
        "listing pages a tick": f"{calls.count('GET /fine_tuning/jobs') / ticks:.1f}",
        "reads of events a tick": f"{events / ticks:.1f}",
        "connections": f"{server.connections()}",
        "the program": f"{threads} threads, {memory} MB",
    }


def _program(running: Running) -> tuple[int, int]:
    """Threads and resident megabytes of the process that runs the user's program."""
    for pid, words in running._plugins():  # noqa: SLF001 - the harness knows its processes
        if "pulumi-language-python-exec" in words:
            status = Path(f"/proc/{pid}/status").read_text()
            threads = re.search(r"Threads:\s+(\d+)", status)
            memory = re.search(r"VmRSS:\s+(\d+) kB", status)
            return int(threads[1]) if threads else 0, int(memory[1]) // 1024 if memory else 0
    return 0, 0


def _one_by_one(server: Server, running: Running) -> str:
    """Seconds from a job's end, which nothing announced, to the model's row."""
    delays = []
    for job in reversed(server.jobs()[-ENDED:]):
        server.act(job["id"], "succeed")
        name = f"FineTunedModel job{job['seed']} "
        begun = time.monotonic()
        running.until(lambda name=name: name in running.text, "its row")  # type: ignore[misc]
        delays.append(time.monotonic() - begun)
    return f"{statistics.median(delays):.1f} s"


def _finish(server: Server, running: Running) -> str:
    """Seconds until the update is over when everything ends at once."""
    begun = time.monotonic()
    open_ones = [job["id"] for job in server.jobs() if job["status"] == "running"]

    def end(part: list[str]) -> None:
        for job_id in part:
            server.act(job_id, "succeed")

    enders = [threading.Thread(target=end, args=(open_ones[n::4],)) for n in range(4)]
    for ender in enders:
        ender.start()
    for ender in enders:
        ender.join()
    running.finish().ok()
    return f"{time.monotonic() - begun:.1f} s" if open_ones else "-"


if __name__ == "__main__":
    for row in measure(tuple(map(int, sys.argv[1:])) or JOBS):
        print(row, flush=True)
