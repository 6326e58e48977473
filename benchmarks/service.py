"""The embedded API under load, beside aimock where scripts/install_test_tools.sh has installed it."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import local
from typing import Any
from urllib.parse import urlsplit

from tests.support.aimock import installed, running_aimock
from tests.support.keys import KEY
from tests.support.server import running_server

CALLERS = 4
JOBS = 1_000
PAGES = 100
SEED = '{"files": [{"id": "file-bench", "purpose": "fine-tune"}]}'
JOB = json.dumps({"model": "gpt-4.1-mini-2025-04-14", "training_file": "file-bench"})


def measure() -> list[dict[str, str]]:
    """Seconds for 1,000 jobs, and answers per second to four callers."""
    rows = []
    with running_seeded() as url:
        rows.append(_row("ftjobs serve", url))
    executable = installed()
    if executable:
        with running_aimock(executable) as url:
            rows.append(_row("aimock", url))
    return rows


@contextmanager
def running_seeded() -> Iterator[str]:
    """The embedded API with one file; gives its base URL."""
    with tempfile.TemporaryDirectory() as folder:
        seed = Path(folder) / "seed.json"
        seed.write_text(SEED)
        with running_server("--seed", str(seed)) as server:
            yield server.url


def _row(name: str, url: str) -> dict[str, str]:
    ask = _asking(url)
    created, jobs = _timed(lambda _n: ask("POST", "/fine_tuning/jobs", JOB), JOBS)
    read, _ = _timed(lambda n: ask("GET", f"/fine_tuning/jobs/{jobs[n]['id']}"), JOBS)
    listed, _ = _timed(lambda _n: ask("GET", "/fine_tuning/jobs?limit=100"), PAGES)
    return {
        "server": name,
        f"{JOBS:,} jobs created": f"{created:.1f} s",
        "creates/s": f"{JOBS / created:.0f}",
        "reads/s": f"{JOBS / read:.0f}",
        "pages of 100 jobs/s": f"{PAGES / listed:.0f}",
    }


def _timed(call: Callable[[int], Any], count: int) -> tuple[float, list[Any]]:
    begun = time.perf_counter()
    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(call, range(count)))
    return time.perf_counter() - begun, answers


def _asking(url: str) -> Callable[..., Any]:
    """A function that sends one request over its thread's connection, with as little work as possible here."""
    parts, kept = urlsplit(url), local()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    headers["OpenAI-Project"] = "proj_default"

    def ask(method: str, path: str, body: str | None = None) -> Any:
        if not hasattr(kept, "connection"):
            kept.connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        kept.connection.request(method, parts.path + path, body, headers)
        answer = kept.connection.getresponse()
        found = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: HTTP {answer.status} {found}")
        return found

    return ask


if __name__ == "__main__":
    for row in measure():
        print(row)
