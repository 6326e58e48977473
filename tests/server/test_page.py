"""The page for people, in a real browser: it shows a job, its curve and its events, and keeps itself up to date."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_ftjobs.testing import EmbeddedApi, embedded_api

from .test_plugin import create, train

pytestmark = pytest.mark.slow

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--window-size=1200,900",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and os.environ.get("CI"):
        pytest.fail("no Chromium here: apt-get install -y chromium")
    if found is None:
        pytest.skip("no Chromium here: apt-get install -y chromium")
    return found


@pytest.fixture(scope="module")
def served() -> Iterator[EmbeddedApi]:
    with embedded_api(speed=2000) as api:
        api.scenario(
            {
                "match": {"suffix": "broken"},
                "fail": {"code": "x", "message": "<b>Node</b> lost.", "at_step": 9},
            }
        )
        train(api, suffix="broken")
        train(api, suffix="support")
        yield api


def look(browser: str, api: EmbeddedApi, tmp_path: Path, *more: str, seconds: float = 2.5) -> str:
    """Open the page in a browser with nothing of its own; what the document is after some seconds of its own."""
    url = api.url.removesuffix("/v1") + "/"
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [browser, *FLAGS, profile, f"--virtual-time-budget={round(seconds * 1000)}", *more, url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return run.stdout


def test_the_page_shows_jobs_a_curve_and_events(browser: str, served: EmbeddedApi, tmp_path: Path) -> None:
    shown = look(browser, served, tmp_path, "--dump-dom")

    assert "Simulated. Nothing is trained and nothing is billed here" in shown
    assert [name for name in ("support", "broken") if f"<strong>{name}</strong>" in shown] == [
        "support",
        "broken",
    ]
    assert 'class="succeeded">succeeded' in shown
    assert "&lt;b&gt;Node&lt;/b&gt; lost." in shown
    assert "The job has successfully completed" in shown
    assert len(re.findall(r'<path d="M[\d. ]+(L[\d. ]+){20,}"', shown)) == 1


def test_a_picture_of_the_page_is_not_empty(browser: str, served: EmbeddedApi, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    look(browser, served, tmp_path, f"--screenshot={picture}")

    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000


def test_the_page_keeps_itself_up_to_date(browser: str, tmp_path: Path) -> None:
    """The clock moves on only when the page looks: loaded once, it must look often to see the training end."""
    with embedded_api() as api:
        api.clock(mode="stepped")
        create(api)
        api.clock(per_poll=30)
        late = look(browser, api, tmp_path, "--dump-dom", seconds=40)

    assert 'class="succeeded">succeeded' in late
