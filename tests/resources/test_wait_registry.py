"""When a program's waits are over, and what Ctrl-C does to them."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.resources.runtime.sdk import RegisterRequest
from pulumi_ftjobs.resources.runtime.wait_registry import OURS, ProgramLoop, WaitRegistry
from tests.resources.programs import in_a_program


def registry() -> WaitRegistry:
    return WaitRegistry(ProgramLoop(asyncio.get_running_loop()))


def test_a_program_is_idle_only_when_the_last_of_its_waits_is_over() -> None:
    async def program() -> list[bool]:
        waits = registry()
        waits.begin()
        waits.begin()
        waits.finish()
        early = waits.idle.is_set()
        waits.finish()
        await waits.idle.wait()
        return [early, waits.idle.is_set()]

    assert in_a_program(program) == [False, True]


def test_what_begins_right_after_the_last_wait_keeps_the_program_busy() -> None:
    async def program() -> bool:
        waits = registry()
        waits.begin()
        waits.finish()
        waits.begin()
        await asyncio.sleep(0.7)
        return waits.idle.is_set()

    assert in_a_program(program) is False


def test_a_registration_on_a_worker_thread_counts_until_the_engine_answers() -> None:
    async def program() -> list[bool]:
        waits, loop = registry(), asyncio.get_running_loop()
        answer = asyncio.Event()
        request = RegisterRequest(type=f"{OURS}FineTuningJob", name="a")

        def engine(_request: object) -> str:
            asyncio.run_coroutine_threadsafe(answer.wait(), loop).result()
            return "registered"

        registering = loop.run_in_executor(None, waits.register, request, engine)
        await asyncio.sleep(0.7)
        busy = not waits.idle.is_set()
        answer.set()
        assert await registering == "registered"
        await waits.idle.wait()
        return [busy, waits.idle.is_set()]

    assert in_a_program(program) == [True, True]


def test_a_job_that_depends_on_the_model_of_a_failed_job_is_marked_and_no_other_is() -> None:
    async def program() -> list[bool]:
        waits = registry()
        waits.without_model.add("urn:model")
        marks = []
        for urns in (["urn:model"], ["urn:other"]):
            request = RegisterRequest(type=f"{OURS}FineTuningJob", name="a", dependencies=urns)
            waits.register(request, lambda _request: None)
            program = request.object.fields["__program"].struct_value.fields
            marks.append(program["after_failed"].bool_value)
        return marks

    assert in_a_program(program) == [True, False]


def test_ctrl_c_ends_every_open_wait_in_one_sentence() -> None:
    async def program() -> str:
        waits = registry()
        ended: list[FtjobsError] = []
        with waits.opened("job ftjob-1", ended.append), waits.stoppable("a slot for b") as stopped:
            os.kill(os.getpid(), signal.SIGINT)
            ended.append(await stopped)
        assert [str(error) for error in ended] == [waits.interrupted] * 2
        return waits.interrupted

    assert in_a_program(program).startswith(
        "interrupted: stopped waiting for job ftjob-1, a slot for b; submitted jobs"
    )


def test_ctrl_c_is_pythons_own_where_nothing_waits() -> None:
    async def program() -> None:
        waits = registry()
        with waits.stoppable("a slot for a"):
            pass
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        in_a_program(program)


def test_a_call_for_a_program_that_has_ended_is_dropped() -> None:
    async def program() -> ProgramLoop:
        return ProgramLoop(asyncio.get_running_loop())

    in_a_program(program).post(lambda: None)
