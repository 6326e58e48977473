"""The pages people read, and what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.build_docs import pages, sources

__all__ = ["ROOT", "Block", "blocks", "commands", "pages", "sources", "without_code"]

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Every block in one of the languages."""
    return [block for page in pages() for block in _blocks(page) if block.language in languages]


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for found in _FENCE.finditer(text):
        yield Block(page, text.count("\n", 0, found.start()) + 1, found[1], found[2])


def commands() -> list[tuple[Block, str]]:
    """Every command line in a console block, continued lines joined."""
    return [
        (block, line.removeprefix("$ "))
        for block in blocks("console")
        for line in block.text.replace("\\\n", " ").splitlines()
        if line.startswith("$ ")
    ]


def without_code(page: Path) -> str:
    """The text of a page, fenced blocks left out."""
    return _FENCE.sub("", page.read_text("utf-8"))
