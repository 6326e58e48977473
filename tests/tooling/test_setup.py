"""`make setup` finds a Python, and a way to make an environment with it, or says what is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "scripts" / "setup.sh"

# Answers the questions that setup.sh asks; `venv` and `pip` are what it does when it is asked for an environment.
PYTHON = """#!/bin/sh
case "$*" in
  *version_info*) exit {too_old} ;;
  *sys.executable*) echo "$0" ;;
  *"-m venv"*) {venv} ;;
  *"-m virtualenv"*) exit 1 ;;
  *"-m pip install --quiet"*virtualenv) exit 1 ;;
esac
"""
MAKES_ONE = "mkdir -p .venv/bin; cp '{python}' .venv/bin/python"


class Tree:
    """A source tree with nothing but the script, and a search path with nothing but what a test puts there."""

    def __init__(self, root: Path) -> None:
        self.root, self.bin = root, root / "bin"
        self.bin.mkdir()
        (root / "scripts").mkdir()
        shutil.copy(SETUP, root / "scripts")
        for tool in ("sh", "dirname", "rm", "mkdir", "cp", "mktemp", "touch"):
            (self.bin / tool).symlink_to(shutil.which(tool) or "")

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def python(self, name: str, *, too_old: bool = False, venv: str | None = None) -> None:
        """Put a Python there; as a rule it can make environments."""
        makes = MAKES_ONE.format(python=self.bin / name) if venv is None else venv
        self.program(name, PYTHON.format(too_old=int(too_old), venv=makes))

    def setup(self, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.root / "scripts" / "setup.sh")],
            env={"PATH": str(self.bin), **environment},
            capture_output=True,
            check=False,
            text=True,
            timeout=30,
        )


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_python3_is_used_when_it_is_new_enough(tree: Tree) -> None:
    tree.python("python3")

    done = tree.setup()

    assert done.returncode == 0, done.stderr
    assert f"making .venv with {tree.bin / 'python3'}" in done.stdout
    assert (tree.root / ".venv" / "installed").exists()


def test_a_python3_that_is_too_old_gives_way_to_a_newer_one(tree: Tree) -> None:
    tree.python("python3", too_old=True)
    tree.python("python3.12")

    assert f"making .venv with {tree.bin / 'python3.12'}" in tree.setup().stdout


def test_the_python_one_names_is_used(tree: Tree) -> None:
    tree.python("python3")
    tree.python("mine")

    assert f"making .venv with {tree.bin / 'mine'}" in tree.setup(PYTHON="mine").stdout


def test_without_a_fitting_python_the_message_says_what_was_tried(tree: Tree) -> None:
    tree.python("python3", too_old=True)

    done = tree.setup()

    assert done.returncode == 1
    assert "no Python >= 3.10 found (tried: python3, python3.13 ... python3.10, python)" in done.stderr
    assert "make setup PYTHON=" in done.stderr


def test_where_venv_is_broken_uv_makes_the_environment(tree: Tree) -> None:
    tree.python("python3", venv="exit 1")
    tree.program(
        "uv", f'#!/bin/sh\n[ "$1" = venv ] || exit 0\n{MAKES_ONE.format(python=tree.bin / "python3")}\n'
    )

    done = tree.setup()

    assert done.returncode == 0, done.stderr
    assert os.access(tree.root / ".venv" / "bin" / "python", os.X_OK)


def test_where_nothing_makes_an_environment_the_message_names_the_package(tree: Tree) -> None:
    tree.python("python3", venv="exit 1")

    done = tree.setup()

    assert done.returncode == 1
    assert "On Debian and Ubuntu: apt-get install python3-venv" in done.stderr
    assert not (tree.root / ".venv").exists()


def test_an_environment_that_is_there_is_kept(tree: Tree) -> None:
    tree.python("python3")
    tree.setup()

    assert "making .venv" not in tree.setup().stdout


def test_a_half_made_environment_is_made_again(tree: Tree) -> None:
    tree.python("python3")
    (tree.root / ".venv" / "bin").mkdir(parents=True)

    assert "making .venv" in tree.setup().stdout
