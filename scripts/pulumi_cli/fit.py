"""Decides whether a folder holds a Pulumi CLI that this project can use."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pulumi_cli.errors import NotPossible

OLDEST = (3, 240)
BELOW_MAJOR = 4
WANTED = ">= 3.240 and < 4"

# The engine starts these by name: the language host, the launcher of programs, the dynamic provider host.
HOST_PARTS = ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")

ANSWER_SECONDS = 30


def version_of(pulumi: Path) -> tuple[int, int, int]:
    """Ask a `pulumi` executable for its version.

    Raises:
        NotPossible: it does not start, does not answer in time, or answers something else.
    """
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [str(pulumi), "version"],
            capture_output=True,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=ANSWER_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise NotPossible(f"{pulumi} does not answer 'version' within {ANSWER_SECONDS} s") from None
    except OSError as error:
        raise NotPossible(f"{pulumi} does not start: {error.strerror}") from None
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", answer.stdout.strip())
    if answer.returncode or not match:
        said = (answer.stderr.strip() or answer.stdout.strip() or "nothing").splitlines()[-1]
        raise NotPossible(f"{pulumi} is broken: 'version' exits {answer.returncode} and says: {said[:160]}")
    major, minor, patch = (int(number) for number in match.groups())
    return major, minor, patch


def check(pulumi: Path, elsewhere: Sequence[Path] = ()) -> str:
    """Return the version of a fitting CLI; its Python parts lie beside it or in the folders `elsewhere`.

    Raises:
        NotPossible: the version does not fit, or a part of the Python host is missing.
    """
    version = version_of(pulumi)
    text = ".".join(map(str, version))
    if version < OLDEST or version[0] >= BELOW_MAJOR:
        raise NotPossible(f"{pulumi} is version {text}; needed is {WANTED}")
    # A package manager often links `pulumi` alone into its bin folder; the engine looks beside the real file.
    folders = [pulumi.parent, pulumi.resolve().parent, *elsewhere]
    path = os.pathsep.join(map(str, folders))
    missing = [part for part in HOST_PARTS if not shutil.which(part, path=path)]
    if missing:
        raise NotPossible(f"{pulumi} {text} has no {' and no '.join(missing)} beside it or on PATH")
    return text


def on_path(search: str) -> tuple[Path, str]:
    """Find a fitting CLI on a search path and return its folder and version.

    Raises:
        NotPossible: none is there, or the first one does not fit.
    """
    found = shutil.which("pulumi", path=search)
    if not found:
        raise NotPossible("there is none")
    pulumi = Path(found).absolute()
    text = check(pulumi, [Path(folder) for folder in search.split(os.pathsep) if folder])
    return pulumi.parent, text
