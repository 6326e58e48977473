"""The wheel alone, in an environment without the sources: a working provider."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.cli import Stack
from tests.engine.programs import JOB
from tests.support.server import Server

ROOT = Path(__file__).parents[2]
PREPARED = os.environ.get("FTJOBS_WHEEL_PYTHON")
"""The Python of an environment with an installed wheel, from scripts/test_wheel.sh."""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A Python that has the wheel of these sources, and beside it only what they depend on."""
    if PREPARED:
        return Path(PREPARED)
    environment = tmp_path / "environment"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return environment / "bin" / "python"


def test_the_wheel_alone_is_a_working_provider(
    new_stack: Callable[..., Stack], server: Server, python: Path
) -> None:
    where = [str(python), "-c", "import pulumi_ftjobs; print(pulumi_ftjobs.__file__)"]
    found = subprocess.run(where, capture_output=True, text=True, check=True, cwd=python.parent).stdout
    assert not found.startswith(str(ROOT / "pulumi_ftjobs")), "the sources, not the wheel"

    stack = new_stack(kept=None)
    stack.environment |= {
        "PULUMI_PYTHON_CMD": str(python),
        "PATH": f"{python.parent}{os.pathsep}{stack.environment['PATH']}",
    }
    stack.program(JOB, SEED=1)
    stack.preview().ok()
    stack.up().ok()
    assert stack.job_id() == server.jobs()[0]["id"]
    assert stack.up().ok().totals == {"unchanged": 3}
    stack.refresh().ok()
    stack.destroy().ok()
    assert server.jobs()[0]["status"] == "cancelled"
