"""What the tests of generated SDKs share: the SDKs, and everything that the engine's tests have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.conftest import _service, pulumi_on_path, server  # noqa: F401 - fixtures

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs tools of other languages: `make sdks` runs it."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.sdk)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def sdks() -> Path:
    """The folder with the SDKs, as they would be generated today."""
    script = [sys.executable, str(ROOT / "scripts" / "generate_sdks.py")]
    return Path(subprocess.run(script, stdout=subprocess.PIPE, text=True, check=True).stdout.strip())
