"""A Python that answers `pip list` from a file, because the language host asks for it in every command.

`pip list` costs more CPU than the rest of a small `pulumi preview`, and its answer stays the same for a whole
test run. Everything else reaches the real interpreter.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

ASKED = "-m pip list -v --format json"
"""What the language host runs to find packages with plugins."""


def python_that_keeps_pip_list(folder: Path) -> Path:
    """Write the answer and the executable into a folder; returns the executable, for `PULUMI_PYTHON_CMD`."""
    answer, python = folder / "pip-list.json", folder / "python"
    with answer.open("wb") as file:
        subprocess.run([sys.executable, *ASKED.split()], stdout=file, check=True)
    python.write_text(
        f'#!/bin/sh\n[ "$*" = "{ASKED}" ] && exec cat {shlex.quote(str(answer))}\n'
        f'exec {shlex.quote(sys.executable)} "$@"\n'
    )
    python.chmod(0o755)
    return python
