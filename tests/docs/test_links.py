"""Links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, pages, without_code

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_TARGETS = [
    (page, target)
    for page in pages()
    for target in _LINK.findall(re.sub(r"`[^`]*`", "", without_code(page)))
    if not target.startswith(("http://", "https://"))
]


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", without_code(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    ("page", "target"), _TARGETS, ids=[f"{page.relative_to(ROOT)}-{target}" for page, target in _TARGETS]
)
def test_a_link_leads_somewhere(page: Path, target: str) -> None:
    name, _, anchor = target.partition("#")
    there = (page.parent / name).resolve() if name else page
    assert there.exists(), f"{page.relative_to(ROOT)} links to {target}"
    if anchor:
        assert anchor in _anchors(there), f"{target}: {sorted(_anchors(there))}"


def test_every_page_of_the_docs_can_be_reached() -> None:
    """From README and overview, at most by way of another page."""
    seen, open_pages = set(), [ROOT / "README.md"]
    while open_pages:
        page = open_pages.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        open_pages += [(page.parent / t.partition("#")[0]).resolve() for p, t in _TARGETS if p == page]
    assert set(pages()) - seen == set()
