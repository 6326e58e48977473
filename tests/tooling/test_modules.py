"""What a reader can rely on in the package: a module's name is its own, its first line says why it exists."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "pulumi_ftjobs"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 400


def test_no_two_modules_have_the_same_name() -> None:
    names = Counter(module.name for module in MODULES if not module.name.startswith("__"))
    assert [name for name, number in names.items() if number > 1] == []


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    long = [module.name for module in MODULES if len(module.read_text("utf-8").splitlines()) > MAX_LINES]
    assert long == []


def test_every_module_says_in_its_first_line_why_it_exists() -> None:
    silent = [
        module.name for module in MODULES if not ast.get_docstring(ast.parse(module.read_text("utf-8")))
    ]
    assert silent == []
