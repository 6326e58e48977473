"""What quick tests of a program's runtime share: a program's loop, and an engine that keeps what reaches it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import settings

from pulumi_ftjobs.resources.runtime.sdk import RegisterRequest, RegisterResponse


class Engine:
    """A resource monitor that keeps what reaches it and answers from a state."""

    def __init__(self) -> None:
        self.state: dict[str, dict[str, Any]] = {}
        self.registered: list[RegisterRequest] = []
        self.outputs: dict[str, Any] = {}
        self.names: list[str] = []
        self.refuses: tuple[str, ...] = ()

    def RegisterResource(self, request: RegisterRequest) -> Any:  # noqa: N802 - the protocol's name
        self.registered.append(request)
        return RegisterResponse(urn=f"urn:pulumi:stack::project::{request.type}::{request.name}")

    def RegisterResourceOutputs(self, request: Any) -> None:  # noqa: N802
        self.outputs = dict(request.outputs)

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        self.names.append(request.args["stackName"])
        if self.names[-1] in self.refuses:
            raise RuntimeError("no such\nstack")
        answer = Struct()
        answer.update(
            {"outputs": {urn: {"type": "any", "outputs": outs} for urn, outs in self.state.items()}}
        )
        return SimpleNamespace(**{"return": answer})


def in_a_program(program: Callable[[], Awaitable[Any]], engine: Engine | None = None) -> Any:
    """Run `program` in an event separate loop, as Pulumi runs a program, before this engine."""

    async def run() -> Any:
        settings.SETTINGS.monitor = engine  # a variable of this context alone
        return await program()

    return asyncio.run(run())
