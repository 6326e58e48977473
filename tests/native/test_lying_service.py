"""The plugin at a service whose answers cannot be believed: one job, and no cancel that was none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.native.plugin_driver import Driver, Refused, running_plugin
from tests.support.keys import KEY
from tests.support.second_server import HTTPAnswer, SecondServer, second_server

JOB = "FineTuningJob"
DECLARED = {"model": "llama-3-8b", "trainingFile": "file-0001", "seed": 1}


@pytest.fixture
def service() -> Iterator[SecondServer]:
    with second_server() as running:
        yield running


@contextmanager
def plugin_at(service: SecondServer) -> Iterator[Driver]:
    """A plugin process, as one command has it."""
    with running_plugin({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": service.url}, "dev") as plugin:
        plugin.configure({"stackId": "dev"})
        yield plugin


@pytest.mark.parametrize(
    "lost", ["reset", 408, 500, 503, HTTPAnswer(429, "<html>Too Many Requests</html>")], ids=str
)
@pytest.mark.parametrize("metadata", ["kept", "dropped"])
def test_a_lost_answer_is_one_job_in_this_command_and_the_next(
    service: SecondServer, lost: Any, metadata: Any
) -> None:
    service.bugs.lost_answers, service.bugs.metadata = [lost], metadata
    for _ in range(2):
        with plugin_at(service) as plugin:
            if metadata == "kept":
                assert plugin.made(JOB, DECLARED)[0] == "job-0001"
            else:
                with pytest.raises(Refused, match='adoptJobId="job-0001"'):
                    plugin.made(JOB, DECLARED)
    assert len(service.jobs) == 1


def test_a_cancel_that_is_only_said_to_have_worked_keeps_the_job_in_the_state(service: SecondServer) -> None:
    with plugin_at(service) as plugin:
        job_id, outputs, _ = plugin.made(JOB, DECLARED)
    service.bugs.cancel = "optimistic"
    with (
        plugin_at(service) as plugin,
        pytest.raises(Refused, match="accepted the cancel but is still running"),
    ):
        plugin.delete(JOB, job_id, outputs, timeout=0.1)
    assert service.unfinished() == [job_id]
