"""The slots of an account, against a running service: who gets one, in which order, and who does not need one."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY
from pulumi_ftjobs.resources.runtime.slots import slot_queue
from pulumi_ftjobs.resources.runtime.slots.slot_queue import SlotQueue
from pulumi_ftjobs.resources.runtime.slots.slot_request import SlotRequest
from pulumi_ftjobs.resources.runtime.wait_registry import ProgramLoop, WaitRegistry
from tests.resources.programs import in_a_program
from tests.support.clients import Time, client
from tests.support.rows import MODEL
from tests.support.server import Server

STACK = "v1:organization/project/stack"
TICK = 0.02


@pytest.fixture(autouse=True)
def _fresh_listings(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """Jobs move when a test says so, and every tick sees it."""
    monkeypatch.setattr(slot_queue, "SHARED", 0.0)
    server.clock(mode="stepped")


def queue(api: Client, limit: int | None = 1, waits: WaitRegistry | None = None) -> SlotQueue:
    waits = waits or WaitRegistry(ProgramLoop(asyncio.get_running_loop()))
    return SlotQueue(api, waits, limit, tick=TICK, blind_tick=TICK)


def request(number: int = 0, **more: Any) -> SlotRequest:
    return SlotRequest(
        **{"number": number, "name": f"job{number}", "stack": STACK, "declared": f"d{number}", **more}
    )


def submitted(api: Client, training_file: str, declared: str = "other", stack: str = STACK) -> str:
    """A job at the service, with the pairs of a declaration."""
    pairs = {STACK_KEY: stack, DECLARATION_KEY: declared}
    return api.create_job({"model": MODEL, "training_file": training_file, "metadata": pairs}).id


def test_a_free_slot_is_given_at_once(api: Client) -> None:
    async def program() -> str:
        return await queue(api).turn(request(), wait=True)

    assert in_a_program(program) == ""


def test_where_nothing_waits_a_job_without_a_slot_is_reported_why(api: Client, training_file: str) -> None:
    submitted(api, training_file)

    async def program() -> str:
        return await queue(api).turn(request(), wait=False)

    assert in_a_program(program) == "no slot is free (1 of 1 active, ftjobs:maxActiveJobs)"


def test_slots_are_given_in_the_order_of_declaration(api: Client, asked: Server, training_file: str) -> None:
    running = submitted(api, training_file)

    async def program() -> list[int]:
        slots, order = queue(api), []

        async def take(number: int) -> None:
            await slots.turn(request(number), wait=True)
            order.append(number)
            asked.act(submitted(api, training_file, f"d{number}"), "cancel")

        waiting = [asyncio.ensure_future(take(number)) for number in (2, 1, 0)]
        await asyncio.sleep(5 * TICK)
        assert order == []
        asked.act(running, "succeed")
        await asyncio.gather(*waiting)
        return order

    assert in_a_program(program) == [0, 1, 2]


def test_a_slot_that_was_given_is_taken_before_the_service_lists_the_job(api: Client) -> None:
    async def program() -> str:
        slots = queue(api)
        await slots.turn(request(0), wait=True)
        return await slots.turn(request(1), wait=False)

    assert in_a_program(program) == "no slot is free (1 of 1 active, ftjobs:maxActiveJobs)"


def test_a_job_to_adopt_needs_no_slot(api: Client, training_file: str) -> None:
    submitted(api, training_file, "d0")

    async def program() -> str:
        return await queue(api).turn(request(0), wait=False)

    assert in_a_program(program) == ""


def test_a_job_does_not_wait_for_the_one_it_replaces(api: Client, training_file: str) -> None:
    old = api.job(submitted(api, training_file, stack="")).facts()

    async def program() -> list[str]:
        slots = queue(api)
        return [
            await slots.turn(request(0), wait=False),
            await slots.turn(request(1, replaced=old), wait=False),
        ]

    assert in_a_program(program) == ["no slot is free (1 of 1 active, ftjobs:maxActiveJobs)", ""]


def test_a_refused_job_waits_in_the_same_queue_for_one_of_the_active_jobs(
    api: Client, asked: Server, training_file: str
) -> None:
    running = submitted(api, training_file)

    async def program() -> list[bool]:
        slots = queue(api, limit=None)
        waiting = asyncio.ensure_future(slots.turn_after_refusal(request()))
        await asyncio.sleep(10 * TICK)
        seen = [waiting.done()]
        asked.act(running, "succeed")
        await waiting
        return [*seen, waiting.done()]

    assert in_a_program(program) == [False, True]


def test_a_refused_job_tries_again_after_a_while_where_the_active_jobs_are_not_visible(api: Client) -> None:
    async def program() -> None:
        await queue(api, limit=None).turn_after_refusal(request())

    assert in_a_program(program) is None


def test_ctrl_c_ends_the_wait_for_a_slot(api: Client, training_file: str) -> None:
    submitted(api, training_file)

    async def program() -> None:
        waits = WaitRegistry(ProgramLoop(asyncio.get_running_loop()))
        waiting = asyncio.ensure_future(queue(api, waits=waits).turn(request(), wait=True))
        await asyncio.sleep(5 * TICK)
        waits.interrupt()
        await waiting

    with pytest.raises(pulumi.RunError, match="interrupted: stopped waiting for a slot for job0"):
        in_a_program(program)


def test_a_service_that_cannot_be_reached_is_one_sentence() -> None:
    nowhere = client("http://127.0.0.1:9/v1", Time())

    async def program() -> None:
        await queue(nowhere).turn(request(), wait=True)

    with pytest.raises(pulumi.RunError, match="waiting for a slot: listing jobs"):
        in_a_program(program)
