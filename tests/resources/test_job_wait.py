"""Waiting for jobs in a program, against a running service and without the engine."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from pulumi_ftjobs.api import watcher
from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.resources.runtime.job_wait import End, WaitOptions
from pulumi_ftjobs.resources.runtime.program_run import program_run
from tests.resources.programs import in_a_program
from tests.support.rows import MODEL
from tests.support.server import Server


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """Jobs move when a test says so, and are looked at often."""
    monkeypatch.setattr(watcher, "FIRST_TICK", 0.05)
    server.clock(mode="stepped")


class Model:
    """A model that no provider was given to."""

    def get_provider(self, _type: str) -> None:
        return None


def end_of(job_id: str, **how: Any) -> Any:
    options = WaitOptions(None, "urn:model", **how)
    return program_run().waits.end_of(job_id, Model(), options)  # type: ignore[arg-type]


def soon(act: Callable[[], object]) -> None:
    """Do something while the program waits."""
    threading.Thread(target=lambda: (time.sleep(0.2), act())).start()


def test_a_job_that_succeeds_ends_the_wait_and_its_end_is_passed_on(asked: Server, job_id: str) -> None:
    soon(lambda: asked.act(job_id, "succeed"))
    end = in_a_program(lambda: end_of(job_id))
    assert (end.hold, end.failed, end.job["status"]) == (None, False, "succeeded")


def test_a_job_that_fails_holds_its_model_for_good(asked: Server, job_id: str) -> None:
    soon(lambda: asked.act(job_id, "fail", code="bad", message="No."))
    end = in_a_program(lambda: end_of(job_id))
    assert end.code == "failed"
    assert f"job {job_id}" in end.hold


def test_a_timeout_ends_the_wait_and_not_the_job(asked: Server, job_id: str) -> None:
    end = in_a_program(lambda: end_of(job_id, timeout=0.2))
    assert end.code == "interrupted"
    assert asked.job(job_id)["status"] == "validating_files"


def test_where_waiting_is_disabled_an_unfinished_job_fails_nothing(job_id: str) -> None:
    end = in_a_program(lambda: end_of(job_id, wait=False))
    assert (end.failed, end.code) == (False, "unfinished")


def test_a_failure_is_passed_on_only_when_all_other_waits_are_over(
    asked: Server, api: Client, job_id: str, training_file: str
) -> None:
    other = api.create_job({"model": MODEL, "training_file": training_file}).id
    order: list[str] = []

    async def noted(job: str) -> None:
        order.append((await end_of(job)).job_id)

    async def program() -> None:
        asked.act(job_id, "fail", code="bad", message="No.")
        waits = [asyncio.ensure_future(noted(one)) for one in (job_id, other)]
        await asyncio.sleep(0.5)
        asked.act(other, "succeed")
        await asyncio.gather(*waits)

    in_a_program(program)
    assert order == [other, job_id]


@pytest.mark.parametrize(
    ("accept", "code", "words"),
    [
        ({"train_loss_below": 100}, None, ""),
        ({"train_loss_below": -1}, "not_accepted", "train_loss is "),
        ({"nothing_above": 1}, "not_accepted", "nothing was not measured, but must be above 1"),
        (lambda metrics: metrics.train_loss < 100, None, ""),
        (lambda _metrics: False, "not_accepted", "is not accepted"),
        (lambda metrics: metrics.nothing < 1, "not_accepted", "not measured: nothing"),
        (lambda _metrics: "yes", "not_accepted", "accept must return True or False"),
    ],
)
def test_a_finished_model_is_judged_by_its_final_metrics(
    asked: Server, job_id: str, accept: Any, code: str | None, words: str
) -> None:
    asked.act(job_id, "succeed")
    end: End = in_a_program(lambda: end_of(job_id, accept=accept))
    assert end.code == code
    assert words in str(end.hold)


def test_ctrl_c_fails_the_program_in_one_sentence(job_id: str) -> None:
    async def program() -> None:
        waiting = asyncio.ensure_future(end_of(job_id))
        await asyncio.sleep(0.3)
        program_run().registry.interrupt()
        await waiting

    with pytest.raises(
        pulumi.RunError, match=f"interrupted: stopped waiting for job {job_id}; submitted jobs"
    ):
        in_a_program(program)
