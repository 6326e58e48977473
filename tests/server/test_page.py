"""The page for people, in a real browser: it shows a job, its curve and its events, and keeps itself up to date."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from pulumi_ftjobs.testing import EmbeddedApi, embedded_api
from tests.support.browser import corner, document, picture, size
from tests.support.http_server import http_server

from .test_plugin import create, train

pytestmark = pytest.mark.slow


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


def look(api: EmbeddedApi, *, seconds: float = 2.5, jobs: str = "") -> str:
    """The page's document after some virtual seconds."""
    return document(f"{page(api)}#{jobs}", seconds=seconds)


def page(api: EmbeddedApi) -> str:
    return api.url.removesuffix("v1")


@contextmanager
def with_script(api: EmbeddedApi, script: str) -> Iterator[str]:
    """The page with one more script at its end, and everything else as the server has it."""

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = page(api).rstrip("/") + self.path
            request = urllib.request.Request(asked, headers={"accept": self.headers["accept"]})
            try:
                answer = urllib.request.urlopen(request)
            except urllib.error.HTTPError as error:
                self.send_error(error.code)
                return
            with answer:
                body = answer.read()
                kind = answer.headers["content-type"]
            if "html" in kind:
                body = body.replace(b"</body>", f"<script>{script}</script></body>".encode())
            self.send_response(200)
            self.send_header("content-type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with http_server(Server) as url:
        yield f"{url}/"


def test_the_page_shows_jobs_a_curve_and_events(served: EmbeddedApi) -> None:
    shown = look(served)

    assert "Simulated. Nothing is trained and nothing is billed here" in shown
    assert re.findall(r"<strong>(\w+)</strong>", shown) == ["support", "broken"]
    assert 'class="succeeded">succeeded' in shown
    assert "&lt;b&gt;Node&lt;/b&gt; lost." in shown
    assert "The job has successfully completed" in shown
    assert len(re.findall(r'<path d="M[\d. ]+(L[\d. ]+){20,}"', shown)) == 1


def test_the_page_says_what_was_trained_and_folds_the_steps(served: EmbeddedApi) -> None:
    shown = look(served)
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]+)</dd>", shown))

    assert (facts["Base model"], facts["Method"]) == ("gpt-4o-mini-2024-07-18", "supervised")
    assert (facts["Step"], facts["metadata: team"]) == ("96 of 96", "support")
    assert {"Duration", "Training time", "Trained tokens", "n_epochs", "Seed"} <= set(facts)
    assert "<summary>96 step events, the newest 50</summary>" in shown
    assert "<details open" not in shown


def test_the_curve_has_a_legend_and_ticks(served: EmbeddedApi) -> None:
    shown = look(served)

    assert re.findall(r"</i>(training loss|validation loss)</span>", shown) == ["training loss"]
    assert re.findall(r'text-anchor="middle">(\d+)</text>', shown) == ["0", "20", "40", "60", "80"]
    assert len(re.findall(r'text-anchor="end">[\d.]+</text>', shown)) >= 3


def test_the_values_of_a_step_are_shown_where_the_pointer_is(served: EmbeddedApi) -> None:
    script = """setTimeout(() => {
        const svg = document.querySelector("#chart svg"), box = svg.getBoundingClientRect();
        const place = { clientX: box.left + box.width / 2, clientY: box.top + 50 };
        svg.dispatchEvent(new PointerEvent("pointermove", place));
    }, 1500)"""
    with with_script(served, script) as url:
        shown = document(url)
    tip = re.search(r'<div id="tip"[^>]*>(.*?)</div></div>', shown)
    assert tip
    assert "hidden" not in shown[tip.start() : tip.start(1)]
    assert re.search(r"step 4\d of 96.*training loss \d\.\d+", tip[1])
    assert 'stroke-dasharray="3 3" visibility="visible"' in shown


def test_the_running_job_is_the_one_that_is_shown() -> None:
    with embedded_api() as api:
        api.clock(mode="stepped")
        create(api, suffix="first")
        api.clock(advance=100)
        create(api, suffix="second")
        shown = look(api)

    assert re.search(r'<h2 id="name">first</h2>', shown)
    assert re.search(r"<dt>Time left</dt><dd[^>]*>[^<]*\d+ s", shown)


def test_runs_are_compared_side_by_side(served: EmbeddedApi) -> None:
    jobs = ",".join(job["id"] for job in served.jobs())
    shown = look(served, jobs=jobs)

    assert "Comparing 2 jobs" in shown
    assert re.findall(r"</i>([^<]+)</span>", shown) == ["support: training loss", "broken: training loss"]
    assert re.search(r'<tr class="differs"><th>Step</th><td>96 of 96</td><td>9 of 96</td></tr>', shown)
    assert re.search(r"<tr><th>Method</th><td>supervised</td><td>supervised</td></tr>", shown)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pictures_at_two_widths_light_and_dark(
    served: EmbeddedApi, tmp_path: Path, width: int, dark: bool
) -> None:
    taken = picture(page(served), tmp_path / "page.png", width=width, dark=dark)
    assert size(taken) == (width, 900)
    assert taken.stat().st_size > 20_000
    assert all((channel < 64) is dark for channel in corner(taken))


def test_the_page_keeps_itself_up_to_date() -> None:
    """The clock moves on only when the page looks: loaded once, it must look often to see the training end."""
    with embedded_api() as api:
        api.clock(mode="stepped")
        create(api)
        api.clock(per_poll=30)
        late = look(api, seconds=40)

    assert 'class="succeeded">succeeded' in late
