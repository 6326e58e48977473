"""The plugin as a process: what it loads, and when it ends."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

PARENT = """
import subprocess, sys
command = [sys.executable, "-m", "pulumi_ftjobs.native.plugin_process"]
child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
print(child.pid, child.stdout.readline().strip(), flush=True)
input()
"""


def test_nothing_of_the_http_library_is_loaded_before_the_service_is_asked() -> None:
    program = (
        "import sys, pulumi_ftjobs.native.plugin_process; print({'httpx', 'pydantic'} & set(sys.modules))"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "set()"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the state of a process from /proc")
def test_the_plugin_ends_when_the_engine_was_killed() -> None:
    engine = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert engine.stdout
    pid, port = engine.stdout.readline().split()
    assert int(port) > 0

    engine.kill()
    engine.communicate()

    deadline = time.monotonic() + 60
    while _is_running(int(pid)):
        assert time.monotonic() < deadline, "the plugin still runs"
        time.sleep(0.1)


def _is_running(pid: int) -> bool:
    """Whether the process exists and has not ended already."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
