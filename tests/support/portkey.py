"""Portkey's gateway as a child process, on loopback: a foreign proxy in front of the embedded API."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION = "1.15.2"
START_BOUND = 60.0
"""Seconds until it must listen."""


def start_script() -> Path:
    """The script that starts it, where scripts/install_test_tools.sh installs it."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-ftjobs"
    return base / f"portkey-{VERSION}/node_modules/@portkey-ai/gateway/build/start-server.js"


@contextmanager
def portkey(script: Path, log: Path) -> Iterator[str]:
    """Run the gateway on a free port; yields its base URL."""
    node = shutil.which("node")
    assert node, "no node on PATH"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [node, str(script), f"--port={port}", "--headless"],
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        ) as child,
    ):
        try:
            _await(port, child, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


def _await(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_BOUND
    while True:
        assert child.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline, "the gateway does not listen"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
