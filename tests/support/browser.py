"""Chromium without a screen: documents after their scripts ran, and pictures of them."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import pytest

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--hide-scrollbars",
]  # fmt: skip


def chromium() -> str:
    """The browser of this machine; without one the test is skipped, but not where CI runs."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and os.environ.get("CI"):
        pytest.fail("no Chromium here: apt-get install -y chromium")
    if found is None:
        pytest.skip("no Chromium here: apt-get install -y chromium")
    return found


def visit(
    url: str, *more: str, seconds: float = 2.5, width: int = 1200, height: int = 900, dark: bool = False
) -> str:
    """Open a page with an empty profile; what `more` asks for is made after some virtual seconds."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            chromium(),
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            f"--virtual-time-budget={round(seconds * 1000)}",
            *more,
            url,
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def document(url: str, *, seconds: float = 2.5, width: int = 1200, dark: bool = False) -> str:
    """The page's document after some virtual seconds."""
    return visit(url, "--dump-dom", seconds=seconds, width=width, dark=dark)


def picture(url: str, path: Path, *, width: int, dark: bool) -> Path:
    """A picture of the page's first screen, 900 pixels high."""
    visit(url, f"--screenshot={path}", width=width, dark=dark)
    return path


def corner(path: Path) -> tuple[int, ...]:
    """The colour of the first pixel of a PNG, whose row filters change nothing there."""
    data = path.read_bytes()
    start = data.index(b"IDAT") + 4
    return tuple(zlib.decompressobj().decompress(data[start : start + 4096])[1:4])


def size(path: Path) -> tuple[int, ...]:
    """Width and height of a PNG."""
    return struct.unpack(">II", path.read_bytes()[16:24])
