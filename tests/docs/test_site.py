"""The site: every page is in it, and it builds without a warning."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT, pages, sources
from tests.support.browser import document, picture, size

pytestmark = pytest.mark.slow


def _leaves(nav: Any) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    return [leaf for item in (nav.values() if isinstance(nav, dict) else nav) for leaf in _leaves(item)]


def test_every_page_of_the_docs_is_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[2]  # the rest has tags of mkdocs' own
    nav = _leaves(yaml.safe_load(menu))
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in nav if page.startswith("docs/")} == pages


def test_what_git_ignores_is_no_page() -> None:
    ignored = [
        "examples/policy/pack/lib/python3.11/site-packages/x/LICENSE.md",
        "examples/policy/pack/venv/lib/x/LICENSE.md",
        "examples/dpo/.state/x.md",
    ]
    command = ["git", "check-ignore", "--no-index", *ignored]
    expected = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    assert expected == ignored
    assert ROOT / "docs" / "limits.md" in pages()


@pytest.mark.parametrize(
    "left", ["Pulumi.dev.yaml", "Pulumi.prod.yaml", ".state/.pulumi/meta.yaml", ".venv/x"]
)
def test_what_running_an_example_leaves_behind_is_not_for_git(left: str) -> None:
    for project in sources("examples/*/Pulumi.yaml"):
        asked = subprocess.run(["git", "check-ignore", "-q", project.parent / left], cwd=ROOT, check=False)
        assert asked.returncode == 0, project.parent / left


@pytest.fixture(scope="module")
def site() -> Path:
    """The folder of the built site."""
    command = [sys.executable, str(ROOT / "scripts" / "build_docs.py")]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "WARNING" not in built.stderr
    return ROOT / "build" / "site"


def test_the_site_builds_without_a_warning(site: Path) -> None:
    assert (site / "docs" / "limits" / "index.html").exists()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("page", ["index.html", "docs/cost/index.html"])
def test_pictures_at_two_widths_light_and_dark(
    site: Path, tmp_path: Path, page: str, width: int, dark: bool
) -> None:
    taken = picture((site / page).as_uri(), tmp_path / "page.png", width=width, dark=dark)
    assert size(taken) == (width, 900)
    assert taken.stat().st_size > 20_000
    scheme = "slate" if dark else "default"
    assert f'data-md-color-scheme="{scheme}"' in document((site / page).as_uri(), width=width, dark=dark)


@pytest.mark.parametrize(
    "page", ["index.html", "docs/cost/index.html", "docs/resources/fine-tuning-job/index.html"]
)
def test_no_page_is_wider_than_a_narrow_window(site: Path, page: str) -> None:
    measured = site / page.replace("index.html", "measured.html")
    script = "<script>document.body.dataset.beyond = document.documentElement.scrollWidth - innerWidth</script></body>"
    measured.write_text((site / page).read_text().replace("</body>", script))
    try:
        shown = document(measured.as_uri(), width=390)
    finally:
        measured.unlink()
    assert 'data-beyond="0"' in shown
