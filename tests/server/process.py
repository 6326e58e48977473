"""`ftjobs serve` as a child process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from .application import KEY


@dataclass
class Child:
    """A running server: its process, its URL, and how long it took to be ready."""

    process: subprocess.Popen[str]
    url: str
    seconds: float

    @property
    def root(self) -> str:
        return self.url.removesuffix("/v1")

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, headers={"authorization": f"Bearer {KEY}"}, timeout=20, trust_env=False
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)


@contextmanager
def child(*options: str) -> Iterator[Child]:
    """Start, hand over when it listens, and stop whatever is left."""
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "serve", "--port", "0"]
    command += ["--set", "exact_tokens=false", *options]
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on http://127.0.0.1:"), line + process.stdout.read()
            yield Child(process, line.split()[-1], time.monotonic() - started)
        finally:
            process.terminate()
            process.wait(timeout=10)
