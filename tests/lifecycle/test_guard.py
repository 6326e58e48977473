"""The suite's own guards can fail: a shown key, and a connection that leaves this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.keys import KEY, OTHER_KEY, leaks

TESTS = f"""
import logging, sys

def test_prints(): print("the key is {KEY}")
def test_logs(): logging.getLogger("x").warning("the key is %s", "{OTHER_KEY}")
def test_raises(): raise ValueError("{KEY}")
def test_is_quiet(): assert True
"""


def test_a_test_that_shows_the_key_fails(tmp_path: Path) -> None:
    file = tmp_path / "test_leaky.py"
    file.write_text(TESTS)
    root = Path(__file__).parents[2]
    words = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-q", f"--rootdir={tmp_path}", str(file)]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, *words],
        capture_output=True,
        text=True,
        cwd=root,
        timeout=60,
        check=False,
    )
    summary = ran.stdout.splitlines()[-1]
    assert "3 failed" in summary
    assert "1 passed" in summary
    assert ran.stdout.count("the test key appears in") >= 3
    assert not leaks(ran.stdout), "the guard shows what it guards"


@pytest.mark.parametrize("value", [KEY, f"x{OTHER_KEY}x", {"a": [KEY]}, [{"b": f"Bearer {KEY}"}]])
def test_a_key_is_found_at_any_depth(value: object) -> None:
    assert leaks(value)
    assert not leaks({"a": [KEY[:-1]]})


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0)])
def test_a_connection_that_leaves_this_machine_is_refused(address: tuple[object, ...]) -> None:
    family = socket.AF_INET6 if len(address) == 4 else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(RuntimeError, match="stay on this machine"):
        sock.connect(address)


def test_a_name_is_not_even_looked_up() -> None:
    with pytest.raises(RuntimeError, match="stay on this machine"):
        socket.getaddrinfo("api.openai.com", 443)


def test_no_setting_of_this_machine_is_seen() -> None:
    seen = [name for name in os.environ if name.startswith(("OPENAI_", "AZURE_", "PULUMI_", "FTJOBS_"))]
    assert seen == []
