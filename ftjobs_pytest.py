"""The pytest plugin: `ftjobs_api`, a fixture that runs the embedded API.

A module of its own, beside the package, because pytest imports every installed plugin at every start. Nothing is
imported before a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pulumi_ftjobs.testing import EmbeddedApi


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    line = "ftjobs(speed, store, seed, scenario, settings): how the fixture ftjobs_api starts its server"
    config.addinivalue_line("markers", line)


@pytest.fixture
def ftjobs_api(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedApi]:
    """A fine-tuning API of this test's own; `OPENAI_BASE_URL` and `OPENAI_API_KEY` point to it while the test runs."""
    from pulumi_ftjobs.testing import embedded_api  # noqa: PLC0415

    marker = request.node.get_closest_marker("ftjobs")
    with embedded_api(**(marker.kwargs if marker else {})) as api:
        for name, value in api.env.items():
            monkeypatch.setenv(name, value)
        yield api
