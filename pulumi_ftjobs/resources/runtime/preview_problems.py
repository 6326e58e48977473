"""A preview reports the problems of every resource: the program fails it when all of them are shown."""

from __future__ import annotations

from typing import Any, cast

import pulumi
from google.protobuf.struct_pb2 import Value

from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from pulumi_ftjobs.resources.runtime.sdk import Register, RegisterRequest
from pulumi_ftjobs.resources.runtime.wait_registry import ProgramLoop, WaitRegistry


class PreviewProblems:
    """The monitor handler of a preview: counts what the provider's checks have shown."""

    def __init__(self, registry: WaitRegistry, loop: ProgramLoop) -> None:
        self._registry, self._loop = registry, loop
        self._found: dict[str, int] = {}

    def register(self, request: RegisterRequest, proceed: Register) -> Any:
        """Register a resource; note the errors that its check has shown."""
        self._loop.post(self._registry.begin)
        try:
            response = proceed(request)
            program = response.object.fields.get(PROGRAM, Value())
            count = int(program.struct_value.fields.get("problems", Value()).number_value)
            if count:
                self._loop.post(self._note, request.name, count)
        finally:
            self._loop.post(self._registry.finish)
        return response

    def _note(self, name: str, count: int) -> None:
        first = not self._found
        self._found[name] = self._found.get(name, 0) + count
        if first:
            pulumi.Output.from_input(cast("Any", self._fail()))

    async def _fail(self) -> None:
        await self._registry.idle.wait()
        total, resources = sum(self._found.values()), len(self._found)
        raise pulumi.RunError(
            f"{total} problem{'s' if total > 1 else ''} in {resources} resource{'s' if resources > 1 else ''}, shown "
            f"above. Correct {'them' if total > 1 else 'it'}, and run the command again; no job was created"
        )
