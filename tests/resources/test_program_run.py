"""One object for a program run: made once, before the engine once, and gone with the program."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pulumi
import pytest
from pulumi.runtime import settings

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.lifecycle.settings import Sources
from pulumi_ftjobs.resources.runtime.program_run import ProgramRun, program_run
from pulumi_ftjobs.resources.runtime.sdk import RegisterRequest, chain
from tests.resources.programs import Engine, in_a_program

ACCOUNT = Sources({"apiKey": "k", "baseUrl": "http://127.0.0.1:9/v1"}).account()
FILE = RegisterRequest(type="pulumi-python:dynamic/ftjobs:FineTuningFile", name="a")


def test_a_program_has_one_run_and_two_programs_have_two() -> None:
    async def program() -> tuple[ProgramRun, ProgramRun]:
        return program_run(), program_run()

    one, again = in_a_program(program)
    other, _ = in_a_program(program)
    assert one is again
    assert one is not other


def test_the_monitor_is_intercepted_once_however_often_the_run_is_asked_for() -> None:
    engine = Engine()

    async def program() -> None:
        for _ in range(3):
            run = program_run()
        engine.RegisterResource(FILE)
        await run.registry.idle.wait()

    in_a_program(program, engine)
    assert len(engine.registered) == 1


def test_a_preview_fails_when_all_resources_are_checked_and_names_how_many_have_problems(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Checking(Engine):
        """Answers as the provider's check does for what is broken."""

        def RegisterResource(self, request: RegisterRequest) -> Any:  # noqa: N802
            response = super().RegisterResource(request)
            if request.name != "good":
                response.object.update({"__program": {"problems": 2}})
            return response

    engine = Checking()
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: True)

    async def program() -> None:
        program_run()
        loop = asyncio.get_running_loop()
        requests = [RegisterRequest(type=FILE.type, name=name) for name in ("a", "good", "b")]
        await asyncio.gather(*[loop.run_in_executor(None, engine.RegisterResource, one) for one in requests])
        await asyncio.gather(*settings.SETTINGS.outputs)

    with pytest.raises(pulumi.RunError, match="4 problems in 2 resources, shown above"):
        in_a_program(program, engine)
    assert len(engine.registered) == 3


def test_the_connections_are_closed_and_nothing_is_kept_when_the_program_has_ended() -> None:
    async def program() -> tuple[Client, weakref.ref[ProgramRun]]:
        run = program_run()
        return run.accounts.client(ACCOUNT), weakref.ref(run)

    client, run = in_a_program(program)
    gc.collect()
    assert run() is None
    with pytest.raises(RuntimeError, match="closed"):
        client.model("m")


def test_handlers_wrap_a_call_in_their_order() -> None:
    seen: list[str] = []

    def engine(request: str) -> str:
        seen.append(request)
        return "answer"

    def first(request: str, proceed: object) -> str:
        return f"first({proceed(request + ' first')})"  # type: ignore[operator]

    def second(request: str, proceed: object) -> str:
        return f"second({proceed(request + ' second')})"  # type: ignore[operator]

    assert chain(engine, [first, second])("request") == "first(second(answer))"
    assert seen == ["request first second"]
