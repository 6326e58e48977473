"""What the pages show is true: programs type-check, commands and their options exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from pulumi_ftjobs.cli.command_table import COMMANDS, app, load
from pulumi_ftjobs.native.schema import schema
from tests.docs.pages import ROOT, Block, blocks, commands, sources

if sys.version_info >= (3, 11):
    import tomllib

AZURE, PYTHON = (
    [block for block in blocks("python") if ("pulumi_azure_native" in block.text) is wanted]
    for wanted in (True, False)
)
"""Programs that use Pulumi's Azure provider, and all others."""
CONSOLE = commands()
SHELLS = {
    "cd",
    "cat",
    "jq",
    "sh",
    "brew",
    "xargs",
    "curl",
    "npm",
    "export",
    "mkdir",
    ".",
    "git",
    "pip",
    "az",
    "uv",
    "python3.11",
    "kill",
    "ls",
    "python",
    "python3",
    "echo",
}


CONTINUED = """\
import pulumi
import pytest
from typer.main import get_command
from pulumi import automation as auto
import pulumi_ftjobs as ft
"""
"""What a block without imports goes on from."""


EXAMPLES = [path for path in sources("examples/*.py") if path.parent.name not in {"examples", "data"}]


@pytest.mark.slow
def test_every_python_block_and_every_example_type_checks(tmp_path: Path) -> None:
    """One mypy for all: the engine's SDK is large."""
    by_name = {}
    for number, block in enumerate(PYTHON):
        name = f"block{number:03}"
        (tmp_path / f"{name}.py").write_text(("" if "import " in block.text else CONTINUED) + block.text)
        by_name[name] = block
    for program in EXAMPLES:
        name = program.parent.name.replace("-", "_") if program.name == "__main__.py" else program.stem
        (tmp_path / f"{name}.py").write_text(program.read_text())
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "", "--check-untyped-defs"]
        + [str(path) for path in sorted(tmp_path.glob("*.py"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = re.sub(
        r"^.*?(block\d{3})\.py", lambda m: str(by_name[m[1]]), result.stdout, flags=re.MULTILINE
    )
    assert result.returncode == 0, expected + result.stderr


@pytest.mark.slow
def test_the_programs_with_pulumis_azure_provider_type_check(tmp_path: Path) -> None:
    (types,) = _azure_types()
    (tmp_path / "mypy.ini").write_text("[mypy]\n[mypy-pulumi_azure_native.*]\nignore_errors = True\n")
    for number, block in enumerate(AZURE):
        (tmp_path / f"azure{number}.py").write_text(block.text)
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(tmp_path / "mypy.ini"), "--check-untyped-defs"]
        + [str(path) for path in sorted(tmp_path.glob("*.py"))],
        cwd=ROOT,
        env=os.environ | {"MYPYPATH": str(types)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def _azure_types() -> list[Path]:
    """Where scripts/install_test_tools.sh put them; without them skip, but in CI fail."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-ftjobs"
    found = sorted(cache.glob("azure-native-*[0-9]"))[-1:]
    if not found:
        reason = "no types of pulumi-azure-native: run `make tools`"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def _of_the_plugin(value: object) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Every resource and function call in a YAML program: it, its declared inputs, and the schema's."""
    if isinstance(value, dict):
        kind, function = str(value.get("type", "")), str(value.get("function", ""))
        if kind.startswith("ftjobs:"):
            known = schema()["resources"][kind.replace("ftjobs:", "ftjobs:index:")]
            yield value, value["properties"], known["inputProperties"]
        elif kind == "pulumi:providers:ftjobs":
            yield value, value["properties"], schema()["provider"]["inputProperties"]
        elif function.startswith("ftjobs:"):
            known = schema()["functions"][function.replace("ftjobs:", "ftjobs:index:")]
            yield value, value["arguments"], known["inputs"]["properties"]
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _of_the_plugin(inner)


def test_every_yaml_program_uses_what_the_plugin_has() -> None:
    programs = [yaml.safe_load(block.text) for block in blocks("yaml") if "ftjobs:" in block.text]
    programs += [yaml.safe_load(path.read_text()) for path in sources("examples/**/Pulumi.yaml")]
    found = list(_of_the_plugin(programs))
    assert len(found) >= 10
    for declared, given, known in found:
        assert set(given) <= set(known), declared


def test_there_is_something_to_check() -> None:
    assert len(PYTHON) >= 10
    assert len(CONSOLE) >= 30


@pytest.mark.parametrize(("block", "line"), CONSOLE, ids=lambda value: str(value)[:60])
def test_every_command_exists(block: Block, line: str) -> None:
    for words in _simple_commands(line):
        if words[0] == "make":
            assert _targets() >= {w for w in words[1:] if "=" not in w}, f"{block}: {line}"
        elif words[0] == "ftjobs":
            _has_options(words[1:])
        elif words[0] == "pulumi":
            _known_config_key(words)
        elif words[:2] == ["pip", "install"]:
            _known_extra(words)
        else:
            assert words[0] in SHELLS, f"{block}: {line}"


def _simple_commands(line: str) -> list[list[str]]:
    """The commands of a line, without assignments before them."""
    found = []
    inner = re.findall(r"\$\(([^)]*)\)", line)
    for part in [*re.split(r"\||&&|;", re.sub(r"\$\([^)]*\)", "X", line)), *(i.split("|")[0] for i in inner)]:
        words = shlex.split(part, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words = words[1:]
        if words:
            found.append(words)
    return found


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def _has_options(words: list[str]) -> None:
    if words[0].startswith("--"):
        known = {option for parameter in get_command(app).params for option in parameter.opts}
        assert words[0] in known
        return
    assert words[0] in COMMANDS, f"ftjobs has no {words[0]}"
    known = {option for parameter in load(words[0]).params for option in parameter.opts}
    assert {word.split("=")[0] for word in words[1:] if word.startswith("--")} <= known


def _known_config_key(words: list[str]) -> None:
    for word in words:
        if word.startswith("ftjobs:index:"):
            assert word in schema()["resources"], word
        elif word.startswith("ftjobs:"):
            assert f"`{word}`" in (ROOT / "README.md").read_text(), word


def _known_extra(words: list[str]) -> None:
    if sys.version_info < (3, 11):
        return
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for word in words:
        if word.startswith("pulumi-ftjobs["):
            assert set(word[len("pulumi-ftjobs[") : -1].split(",")) <= set(known)
