"""The page for people, in a real browser: it shows a job, its curve and its events, and keeps itself up to date."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_ftjobs.testing import EmbeddedApi, embedded_api

from .test_plugin import create, train

pytestmark = pytest.mark.slow

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--window-size=1200,900", "--hide-scrollbars",
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
        train(api, suffix="support", metadata={"team": "support"})
        yield api


def look(
    browser: str, api: EmbeddedApi, tmp_path: Path, *more: str, seconds: float = 2.5, jobs: str = ""
) -> str:
    """Open the page in a browser with a profile that is empty; return the document after some virtual seconds."""
    url = f"{api.url.removesuffix('/v1')}/#{jobs}"
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [browser, *FLAGS, profile, f"--virtual-time-budget={round(seconds * 1000)}", *more, url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return run.stdout


def corner(picture: Path) -> tuple[int, ...]:
    """The colour of the first pixel of a PNG, whose row filters change nothing there."""
    data = picture.read_bytes()
    start = data.index(b"IDAT") + 4
    return tuple(zlib.decompressobj().decompress(data[start : start + 4096])[1:4])


def size(picture: Path) -> tuple[int, ...]:
    return struct.unpack(">II", picture.read_bytes()[16:24])


def test_the_page_shows_jobs_a_curve_and_events(browser: str, served: EmbeddedApi, tmp_path: Path) -> None:
    shown = look(browser, served, tmp_path, "--dump-dom")

    assert "Simulated. Nothing is trained and nothing is billed here" in shown
    assert re.findall(r"<strong>(\w+)</strong>", shown) == ["support", "broken"]
    assert 'class="succeeded">succeeded' in shown
    assert "&lt;b&gt;Node&lt;/b&gt; lost." in shown
    assert "The job has successfully completed" in shown
    assert len(re.findall(r'<path d="M[\d. ]+(L[\d. ]+){20,}"', shown)) == 1


def test_the_page_says_what_was_trained_and_folds_the_steps(
    browser: str, served: EmbeddedApi, tmp_path: Path
) -> None:
    shown = look(browser, served, tmp_path, "--dump-dom")
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]+)</dd>", shown))

    assert (facts["Base model"], facts["Method"]) == ("gpt-4o-mini-2024-07-18", "supervised")
    assert (facts["Step"], facts["metadata: team"]) == ("96 of 96", "support")
    assert {"Duration", "Training time", "Trained tokens", "n_epochs", "Seed"} <= set(facts)
    assert "<summary>96 step events, the newest 50</summary>" in shown
    assert "<details open" not in shown


def test_the_curve_has_a_legend_and_ticks(browser: str, served: EmbeddedApi, tmp_path: Path) -> None:
    shown = look(browser, served, tmp_path, "--dump-dom")

    assert re.findall(r"</i>(training loss|validation loss)</span>", shown) == ["training loss"]
    assert re.findall(r'text-anchor="middle">(\d+)</text>', shown) == ["0", "20", "40", "60", "80"]
    assert len(re.findall(r'text-anchor="end">[\d.]+</text>', shown)) >= 3


def test_the_running_job_is_the_one_that_is_shown(browser: str, tmp_path: Path) -> None:
    with embedded_api() as api:
        api.clock(mode="stepped")
        create(api, suffix="first")
        api.clock(advance=100)
        create(api, suffix="second")
        shown = look(browser, api, tmp_path, "--dump-dom")

    assert re.search(r'<h2 id="name">first</h2>', shown)
    assert re.search(r"<dt>Time left</dt><dd[^>]*>[^<]*\d+ s", shown)


def test_runs_are_compared_side_by_side(browser: str, served: EmbeddedApi, tmp_path: Path) -> None:
    jobs = ",".join(job["id"] for job in served.jobs())
    shown = look(browser, served, tmp_path, "--dump-dom", jobs=jobs)

    assert "Comparing 2 jobs" in shown
    assert re.findall(r"</i>([^<]+)</span>", shown) == ["support: training loss", "broken: training loss"]
    assert re.search(r'<tr class="differs"><th>Step</th><td>96 of 96</td><td>9 of 96</td></tr>', shown)
    assert re.search(r"<tr><th>Method</th><td>supervised</td><td>supervised</td></tr>", shown)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize(("scheme", "dark"), [(1, False), (0, True)], ids=["light", "dark"])
def test_pictures_at_two_widths_light_and_dark(
    browser: str, served: EmbeddedApi, tmp_path: Path, width: int, scheme: int, dark: bool
) -> None:
    picture = tmp_path / "page.png"
    flags = [f"--window-size={width},900", f"--blink-settings=preferredColorScheme={scheme}"]
    look(browser, served, tmp_path, *flags, f"--screenshot={picture}")

    assert size(picture) == (width, 900)
    assert picture.stat().st_size > 20_000
    assert all((channel < 64) is dark for channel in corner(picture))


def test_the_page_keeps_itself_up_to_date(browser: str, tmp_path: Path) -> None:
    """The clock moves on only when the page looks: loaded once, it must look often to see the training end."""
    with embedded_api() as api:
        api.clock(mode="stepped")
        create(api)
        api.clock(per_poll=30)
        late = look(browser, api, tmp_path, "--dump-dom", seconds=40)

    assert 'class="succeeded">succeeded' in late
