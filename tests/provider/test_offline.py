"""check() and diff() reach no network: in this process nothing can open a socket to a service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.provider.conftest import Own
from tests.support.engine import Failed, Host, running_host, urn_of
from tests.support.rows import MODEL

NO_NETWORK = """
import sys
def refuse(event, args):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        raise RuntimeError("a preview opened a socket: " + repr(args[1:]))
    if event == "import" and args[0] in {"httpx", "pulumi_ftjobs.api.client"}:
        raise RuntimeError("a preview imported " + args[0])
sys.addaudithook(refuse)
"""
CONFIG = {"ftjobs:baseUrl": "https://offline.example/v1"}
STATE: dict[str, Any] = {"__record": {"declared": {}, "target": "https://offline.example/v1"}}


@pytest.fixture(scope="module")
def offline() -> Any:
    """A provider process in which the client cannot even be imported."""
    with running_host(CONFIG, preamble=NO_NETWORK) as host:
        yield host


def program(kind: str) -> dict[str, Any]:
    return {"__program": {"stack": "v1:o/p/s", "urn": urn_of(kind)}}


def test_a_job_s_check_and_diff(offline: Host) -> None:
    inputs = {"model": MODEL, "training_file": "file-1", "seed": 1, **program("FineTuningJob")}
    checked = offline.check("FineTuningJob", inputs)
    assert checked.failures == []
    assert offline.diff("FineTuningJob", "ftjob-1", {**inputs, **STATE}, checked.inputs).changes


def test_a_job_with_mistakes(offline: Host) -> None:
    assert offline.check("FineTuningJob", {"model": "", **program("FineTuningJob")}).failures


def test_a_file_s_check_and_diff(offline: Host, jsonl: Path) -> None:
    inputs = {"path": str(jsonl), **program("FineTuningFile")}
    checked = offline.check("FineTuningFile", inputs)
    assert checked.failures == []
    assert checked.inputs["rows"] == 12
    assert not offline.diff("FineTuningFile", "file-1", checked.inputs, checked.inputs).changes


def test_a_model_s_check_and_diff(offline: Host) -> None:
    inputs = {"job_id": "ftjob-1", **program("FineTunedModel")}
    checked = offline.check("FineTunedModel", inputs)
    assert checked.failures == []
    assert not offline.diff("FineTunedModel", "ft:m", {**inputs, "name": "ft:m"}, checked.inputs).changes


def test_the_guard_would_notice(own: Own) -> None:
    config = {**CONFIG, "ftjobs:apiKey": "sk-test-x"}
    with (
        running_host(config, preamble=NO_NETWORK) as host,
        pytest.raises(Failed, match="a preview imported"),
    ):
        host.create("FineTuningJob", own.job(training_file="file-1"))
