"""The pytest plugin: `ftjobs_api`, a fixture that runs the embedded API.

A separate module beside the package, because pytest imports every installed plugin at every start. Nothing is
imported before a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pulumi_ftjobs.testing import EmbeddedApi


_ARGUMENTS = ("speed", "store", "seed", "scenario", "settings", "services")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    line = f"ftjobs({', '.join(_ARGUMENTS)}): how the fixture ftjobs_api starts its server"
    config.addinivalue_line("markers", line)


@pytest.fixture
def ftjobs_api(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedApi]:
    """A fine-tuning API of this test's own; `OPENAI_BASE_URL` and `OPENAI_API_KEY` point to it while the test runs."""
    from pulumi_ftjobs.testing import embedded_api  # noqa: PLC0415

    with embedded_api(**_arguments(request)) as api:
        for name, value in api.env.items():
            monkeypatch.setenv(name, value)
        yield api


def _arguments(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the marker says; a mistake in it ends the test with one sentence."""
    marker = request.node.get_closest_marker("ftjobs")
    if marker is None:
        return {}
    wrong = [repr(argument) for argument in marker.args] + sorted(set(marker.kwargs) - set(_ARGUMENTS))
    if wrong:
        known = ", ".join(f"{name}=" for name in _ARGUMENTS)
        pytest.fail(f"@pytest.mark.ftjobs takes {known} and not {', '.join(wrong)}", pytrace=False)
    return dict(marker.kwargs)
