"""How fast training data is validated, hashed and counted, beside json.loads in a loop in the same run.

    python benchmarks/dataset.py [--mb 512]

Every figure is the best of three child processes: time is processor time of that process (so figures are
per core), memory is its peak above what it held before (Linux; elsewhere 0). The file is generated, chat rows of about
1.4 KB with words in random order, an escape in each row and no two rows equal.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (
    "the a customer account order please reset password invoice refund ticket is was not with from help open "
    "settings then security click here and confirm your email address payment shipping delayed today status"
)
WORDS = TEXT.split()


TOOLS = [
    {"type": "function", "function": {"name": "look", "description": "Look up an order", "parameters": {}}}
]
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"id": "7"}'}}


def generate(path: Path, size: int | None, rows: int | None = None, *, tools: bool = False) -> None:
    """Write chat rows until `size` bytes or `rows` rows are there; `tools` gives each a call, its answer, a weight."""
    chance = random.Random(7)
    pool = [
        " ".join(chance.choices(WORDS, k=chance.randint(15, 120))).capitalize() + "." for _ in range(2_000)
    ]
    written = number = 0
    with path.open("w") as file:
        while (written < size) if size is not None else (number < (rows or 0)):
            messages: list[dict[str, object]] = [
                {"role": "system", "content": "You are a support agent of Example Ltd."},
                {"role": "user", "content": f"#{number} {chance.choice(pool)}"},
                {"role": "assistant", "content": f"{chance.choice(pool)}\n{chance.choice(pool)}"},
            ]
            row: dict[str, object] = {"messages": messages}
            if tools:
                messages[2:2] = [
                    {"role": "assistant", "tool_calls": [CALL]},
                    {"role": "tool", "tool_call_id": "c1", "content": "sent"},
                ]
                messages[-1]["weight"] = 1
                row["tools"] = TOOLS
            written += file.write(json.dumps(row) + "\n")
            number += 1


def loads_loop(path: str) -> None:
    """The yardstick: what anyone would write first. It checks nothing and hashes nothing."""
    with open(path, "rb") as file:  # noqa: PTH123
        for line in file:
            json.loads(line)


def measure(task: str, path: str) -> dict[str, float]:
    """Run one task in this (child) process."""
    if task == "estimate":
        sys.modules["toktok"] = None  # type: ignore[assignment]
    from pulumi_ftjobs.dataset import scan, stream, token_counts  # noqa: PLC0415

    if task == "exact":
        token_counts.count(["warm"], exact=True)
    report = scan(path, count_tokens=False) if task in {"stream", "second"} else None
    before, wall, cpu = memory(reset=True), time.perf_counter(), time.process_time()
    if task == "loads":
        loads_loop(path)
    elif task == "stream":
        assert report is not None
        assert sum(map(len, stream(path, report))) == report.size
    elif task == "load-counter":
        token_counts.count(["warm"], exact=True)
    else:
        report = scan(path, count_tokens=task in {"exact", "estimate"})
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    counted = report.tokens if report else None
    return {"wall": wall, "cpu": cpu, "extra_mb": memory() - before, "tokens": counted or 0}


def memory(*, reset: bool = False) -> float:
    """The peak of resident memory in MB; `reset` starts a new peak from what is resident now."""
    if not Path("/proc/self/clear_refs").exists():
        return 0.0
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def child(task: str, path: Path) -> dict[str, float]:
    """The best of three fresh processes."""
    command = [sys.executable, __file__, "--task", task, "--path", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    answers = [
        json.loads(
            subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
        )
        for _ in range(3)
    ]
    return min(answers, key=lambda answer: answer["cpu"])  # type: ignore[no-any-return]


TASKS = {
    "loads": "json.loads in a loop (no check, no hash)",
    "plain": "scan: validate + both digests",
    "estimate": "scan + token estimate",
    "exact": "scan + exact tokens",
    "stream": "stream for the upload (hash on the way)",
}


def measure_all(megabytes: int = 128) -> list[dict[str, str]]:
    """A row for each task, on a large file; rows with tools are a quarter of its size."""
    with tempfile.TemporaryDirectory() as folder:
        large, small, tools = (Path(folder) / f"{name}.jsonl" for name in ("large", "small", "tools"))
        generate(large, megabytes * 1_000_000)
        generate(small, None, rows=10)
        generate(tools, megabytes * 250_000, tools=True)
        return [_row(title, child(task, path), path) for task, title, path in _tasks(large, small, tools)]


def _tasks(large: Path, small: Path, tools: Path) -> list[tuple[str, str, Path]]:
    return [
        *((task, title, large) for task, title in TASKS.items()),
        ("loads", "rows with tools: json.loads in a loop", tools),
        ("plain", "rows with tools: scan", tools),
        ("second", "second scan in one process (cached)", large),
        ("plain", "scan of a 10-row file", small),
        ("load-counter", "loading the exact counter, once a process", small),
    ]


def _row(title: str, found: dict[str, float], path: Path) -> dict[str, str]:
    size = path.stat().st_size / 1e6
    per_second = size >= 1 and found["cpu"] > 0.01
    return {
        "task": title,
        "MB/s a core": f"{size / found['cpu']:.0f}" if per_second else "",
        "CPU": f"{found['cpu'] * 1e3:,.1f} ms",
        "memory beyond the start": f"{found['extra_mb']:.0f} MB",
    }


def main() -> None:
    """Print the rows; a child process prints the figures of one task."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mb", type=int, default=512)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        print(json.dumps(measure(given.task, given.path)))
        return
    for row in measure_all(given.mb):
        print(row)


if __name__ == "__main__":
    main()
