"""What every test on the engine would otherwise make again: the list of installed packages, new stacks, and the
import of Pulumi.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.forked_python import CLIENT, forked_python

ASKED = "-m pip list -v --format json"
"""What the language host runs in every command to find packages with plugins: half the CPU of a small preview."""


class Kept:
    """A folder of one test run with the answers that stay the same in it."""

    def __init__(self, folder: Path, *, forks: bool = True) -> None:
        """`forks`: whether programs and providers are forks of a process that has imported Pulumi."""
        self._folder = folder
        self.python = folder / "python"
        """For `PULUMI_PYTHON_CMD`: answers `pip list` from a file, forks programs and providers, and is the real
        interpreter for all else.
        """
        answer = folder / "pip-list.json"
        with answer.open("wb") as file:
            subprocess.run([sys.executable, *ASKED.split()], stdout=file, check=True)
        lines = ["#!/bin/sh", f'[ "$*" = "{ASKED}" ] && exec cat {shlex.quote(str(answer))}']
        if forks:
            client = shlex.join([str(CLIENT), forked_python().address])
            lines += [f'case "$1" in -u | /*) set -- -I -S {client} "$@" ;; esac']
        lines += [f'exec {shlex.quote(sys.executable)} "$@"', ""]
        self.python.write_text("\n".join(lines))
        self.python.chmod(0o755)

    def new_stack(self, name: str, parts: dict[str, Path], make: Callable[[], object]) -> None:
        """Fill the folders of a new stack: with what `make` left there the first time, else by `make`.

        Args:
            name: which stack; equal names are equal stacks.
            parts: the folders that belong to a stack, by what they are.
            make: makes the stack in these folders, which are empty.
        """
        copy = self._folder / name
        if copy.exists():
            for part, folder in parts.items():
                shutil.copytree(copy / part, folder, dirs_exist_ok=True)
            return
        make()
        for part, folder in parts.items():
            shutil.copytree(folder, copy / part)
