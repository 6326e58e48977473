"""`import pulumi_ftjobs`: its names load late, and are found the way names of a module are found."""

from __future__ import annotations

import subprocess
import sys

import pytest

import pulumi_ftjobs as ft
from pulumi_ftjobs.resources import exports


def python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize(
    "module", ["pulumi_ftjobs", "pulumi_ftjobs.testing", "pulumi_ftjobs.server.server_process"]
)
def test_pulumi_is_not_loaded_before_a_name_is_asked_for(module: str) -> None:
    assert python(f"import sys, {module}; print('pulumi' in sys.modules)") == "False"


def test_a_star_import_brings_every_name() -> None:
    code = (
        "before = set(dir()); from pulumi_ftjobs import *; print(*sorted(set(dir()) - before - {'before'}))"
    )
    assert python(code).split() == sorted(exports.__all__)


def test_every_name_is_listed_and_found() -> None:
    assert set(exports.__all__) <= set(dir(ft))
    assert all(getattr(ft, name) is getattr(exports, name) for name in exports.__all__)


def test_a_misspelled_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'pulumi_ftjobs' has no attribute 'FineTuningJobs'"):
        _ = ft.FineTuningJobs  # type: ignore[attr-defined]
