"""What is published: the same bytes from the same sources, nothing that does not belong, no open-ended dependency."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SOURCES = ("pulumi_ftjobs", "tests", "*.py", "*.md", "*.toml", "LICENSE")


def _requirements() -> Iterator[str]:
    """Every requirement of pyproject.toml; Python 3.10 has no reader of TOML."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    lists = re.findall(r"^(?:requires|dependencies|\w+) = \[(.*?)\](?= *(?:#.*)?$)", text, re.M | re.S)
    yield from re.findall(r'"([A-Za-z][\w.-]*(?:\[[\w,]+\])?[<>=].*?)"', "\n".join(lists))


@pytest.mark.parametrize("requirement", sorted(set(_requirements())))
def test_a_dependency_has_a_lower_and_an_upper_bound(requirement: str) -> None:
    operators = {specifier.operator for specifier in Requirement(requirement).specifier}
    assert operators & {">=", "=="}, "no lower bound"
    assert operators & {"<", "<=", "=="}, "no upper bound"


def test_the_dependencies_of_a_user_are_among_the_bounded_ones() -> None:
    assert {"pulumi", "httpx", "starlette"} <= {Requirement(r).name for r in _requirements()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Path]]:
    """Wheel and sdist, built from two copies of the sources in folders and at separate times."""
    made = []
    for number in range(2):
        copy = tmp_path_factory.mktemp(f"copy{number}") / f"tree{number}"
        copy.mkdir()
        for pattern in SOURCES:
            for source in ROOT.glob(pattern):
                keep = shutil.ignore_patterns("__pycache__")
                if source.is_dir():
                    shutil.copytree(source, copy / source.name, ignore=keep, copy_function=shutil.copyfile)
                else:
                    shutil.copyfile(source, copy / source.name)
        build = [sys.executable, "-m", "hatchling", "build", "-d", "dist"]
        subprocess.run(build, cwd=copy, check=True, stdout=subprocess.DEVNULL)
        made.append(
            {path.suffix: path for path in (copy / "dist").iterdir() if path.suffix in {".whl", ".gz"}}
        )
    return made


@pytest.mark.slow
@pytest.mark.parametrize("kind", [".whl", ".gz"])
def test_the_same_sources_are_the_same_bytes(built: list[dict[str, Path]], kind: str) -> None:
    first, second = (sha256(one[kind].read_bytes()).hexdigest() for one in built)
    assert first == second


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(built: list[dict[str, Path]]) -> None:
    names = zipfile.ZipFile(built[0][".whl"]).namelist()
    assert {name.split("/")[0] for name in names} == {
        "pulumi_ftjobs",
        "ftjobs_pytest.py",
        "pulumi_ftjobs-0.1.0.dist-info",
    }
    assert {"pulumi_ftjobs/py.typed", "pulumi_ftjobs/pulumi-plugin.json"} <= set(names)
    assert len(names) == len(set(names)), "a file is there twice"


@pytest.mark.slow
def test_the_sdist_holds_what_its_tests_need(built: list[dict[str, Path]]) -> None:
    with tarfile.open(built[0][".gz"]) as archive:
        names = archive.getnames()
    assert any(name.endswith("/tests/conftest.py") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.endswith(".sqlite")]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_pins_every_action_and_takes_no_permission_by_default(workflow: Path) -> None:
    shape = yaml.safe_load(workflow.read_text("utf-8"))
    assert shape["permissions"] == {}
    used = [step["uses"] for job in shape["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action


def test_a_release_stores_no_credential() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    assert "secrets." not in text
    assert yaml.safe_load(text)["jobs"]["publish"]["permissions"] == {"id-token": "write"}
