"""The embedded API for its own tests, without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .application import Api, Wall


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def api(tmp_path: Path, wall: Wall) -> Iterator[Api]:
    found = Api(tmp_path / "store.sqlite", wall)
    yield found
    found.close()
