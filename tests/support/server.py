"""The embedded API as a child process, operated by the package's own client."""

from __future__ import annotations

import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pulumi_ftjobs.testing import EmbeddedApi, FaultKind
from tests.support.keys import KEY

START_BOUND = 60.0
"""Seconds a server may take to say that it listens."""
STOP_BOUND = 10.0
_READY = "listening on "


class Server(EmbeddedApi):
    """A running `ftjobs serve` in a child process, with what only this suite needs."""

    def __init__(self, url: str, pid: int, log: Path) -> None:
        super().__init__(url, KEY)
        self.pid = pid
        self.log = log
        """What the process wrote to both its streams."""

    def calls(self) -> list[str]:
        """The requests as `METHOD /path` lines, without the version prefix."""
        return [f"{r['method']} {r['path'].removeprefix('/v1')}" for r in self.requests()]

    def fault(
        self, kind: FaultKind, method: str = "POST", path: str = "/fine_tuning/jobs", **members: Any
    ) -> None:
        """Answer creates wrongly, unless another method and path are given."""
        super().fault(kind, method=method, path=path, **members)

    journal = EmbeddedApi.requests
    clear_journal = EmbeddedApi.forget

    def restore(self) -> None:
        """As at the start, and every key is good again."""
        self.reset()
        self.settings(keys={})


@contextmanager
def running_server(
    *options: str, speed: float = 1.0, store: Path | None = None, port: int = 0, **settings: object
) -> Iterator[Server]:
    """A server in a child process, stopped in every case.

    `options`: further command line words; `settings`: switches, as `--set NAME=VALUE`.
    """
    words = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "serve", "--port", str(port)]
    words += ["--speed", str(speed), *options]
    words += ["--store", str(store)] if store else []
    # The exact counter takes most of a second of each server's first upload.
    for name, value in {"exact_tokens": False, **settings}.items():
        words += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    with tempfile.TemporaryDirectory(prefix="ftjobs-server-") as folder:
        log = Path(folder) / "log"
        with (
            log.open("ab") as errors,
            subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, text=True
            ) as child,
        ):
            lines: queue.Queue[str] = queue.Queue()
            assert child.stdout is not None
            reader = threading.Thread(target=_pass_on, args=(child.stdout, lines, log), daemon=True)
            reader.start()
            try:
                yield Server(_address(lines, log), child.pid, log)
            finally:
                _stop(child)
                reader.join(STOP_BOUND)


def _address(lines: queue.Queue[str], log: Path) -> str:
    try:
        line = lines.get(timeout=START_BOUND)
    except queue.Empty:
        line = "nothing"
    assert line.startswith(_READY), f"the server said {line!r}\n{log.read_text()}"
    return line.removeprefix(_READY).strip()


def _pass_on(stream: IO[str], lines: queue.Queue[str], log: Path) -> None:
    """Hand on the first line and keep reading, so that the server never waits for its reader."""
    lines.put(stream.readline())
    for line in stream:
        with log.open("a") as file:
            file.write(line)


def _stop(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(STOP_BOUND)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(STOP_BOUND)
