"""What every test runs in: an environment without settings of the machine, a network that ends at
loopback, and a guard that fails whatever shows the suite's key.
"""

from __future__ import annotations

import ipaddress
import os
import re
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.keys import leaks
from tests.support.server import Server, running_server

WITHOUT_TOKENS = Path(__file__).parent / "support" / "without_tokens"
_SETTINGS = re.compile(
    r"OPENAI_.*|AZURE_.*|PULUMI_.*|FTJOBS_.*|(https?|all|no)_proxy|SSL_CERT_.*|NETRC|GRPC_.*", re.IGNORECASE
)


def _loopback_only(event: str, args: tuple[Any, ...]) -> None:
    """Refuse to ask for, or to connect to, anything but this machine."""
    if event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name not in (None, "", "localhost") and not _is_loopback(str(name)):
        raise RuntimeError(f"a test tried to reach {name}: tests stay on this machine")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


sys.addaudithook(_loopback_only)
# A shell ignores it in its background jobs, and every command started here would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _sealed_environment() -> Iterator[None]:
    """No test sees a key, target or proxy of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if _SETTINGS.fullmatch(name)]:
            patch.delenv(name)
        # Every command starts two Pythons, and each starts three times as fast from compiled files.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPATH", str(WITHOUT_TOKENS))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that prints, logs or raises the key has failed, whatever it says itself."""
    report = yield
    shown = [("error", str(report.longrepr or "")), *report.sections]
    for where, text in shown:
        if leaks(text):
            report.outcome = "failed"
            report.sections.clear()
            report.longrepr = f"{item.nodeid}: the test key appears in: {where}"
            break
    return report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--answers",
        choices=["wild", "schema"],
        default="wild",
        help="how the embedded API answers: as the real service was seen to, or as its published schema says",
    )

    parser.addoption(
        "--plain-python",
        action="store_true",
        help="start a new interpreter for every program and provider, as for a user, and fork none",
    )

    parser.addoption(
        "--write-fault-matrix",
        action="store_true",
        help="write what tests/engine/test_fault_matrix.py sees to docs/fault-matrix.md (without -n)",
    )


@pytest.fixture(scope="session")
def answers(pytestconfig: pytest.Config) -> str:
    """How the embedded API answers in this run."""
    return str(pytestconfig.getoption("--answers"))


@pytest.fixture(scope="session")
def _shared_server(answers: str) -> Iterator[Server]:
    with running_server(answers=answers) as server:
        yield server
        assert not leaks(server.log.read_text()), "the test key appears in the server's log"


@pytest.fixture
def server(_shared_server: Server) -> Iterator[Server]:
    """The embedded API at real pace (a job runs for minutes), without faults, with an empty journal.

    One process for all tests of a worker: use a project of your own (the `project` fixture).
    """
    _shared_server.restore()
    yield _shared_server
    journal = _shared_server.journal()
    _shared_server.clear_faults()
    assert not leaks(journal), "the test key appears in the server's journal"


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    """A separate project: what one test makes, no other sees."""
    return f"proj_{abs(hash(request.node.nodeid)):x}"
