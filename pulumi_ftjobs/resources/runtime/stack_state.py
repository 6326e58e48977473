"""What the stack's state holds now, read by the program: what exists decides what must wait or be deferred."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final, NamedTuple

import pulumi
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.values import one_line, whole_numbers
from pulumi_ftjobs.resources.runtime.sdk import InvokeRequest, Register

STATE: Final = "pulumi:pulumi:readStackResourceOutputs"
_WRAPPED: Final = "4dabf18193072939515e22adb298388d"
"""The key by which the engine's protocol marks a value as wrapped, secrets among them."""


class Place(NamedTuple):
    """Which stack this program belongs to."""

    organization: str
    project: str
    stack: str


def current_place() -> Place:
    """The stack of this program."""
    return Place(pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack())


class StackState:
    """The stack's state as it was at the first question, from whatever thread; read once."""

    def __init__(self, invoke: Register, place: Place) -> None:
        """`invoke`: the engine's call of a function."""
        self._invoke, self.place = invoke, place
        self._lock = Lock()
        self._found: Mapping[str, Struct] | FtjobsError | None = None

    def by_urn(self) -> Mapping[str, Struct]:
        """URN -> outputs of every resource. Blocks.

        Raises:
            FtjobsError: with the backend's own words. Without the state nothing can be deferred.
        """
        with self._lock:
            if self._found is None:
                self._found = self._read()
            if isinstance(self._found, FtjobsError):
                raise self._found
            return self._found

    async def recorded(self, urns: list[str]) -> dict[str, Any] | None:
        """The outputs under the first of these URNs that the state has; None if it has none of them.

        Raises:
            FtjobsError: where the state cannot be read.
        """
        state = await asyncio.get_running_loop().run_in_executor(None, self.by_urn)
        found = next((state[urn] for urn in urns if urn in state), None)
        return None if found is None else {k: plain(v) for k, v in MessageToDict(found).items()}

    def _read(self) -> Mapping[str, Struct] | FtjobsError:
        refused = ""
        for name in ("/".join(self.place), self.place.stack):  # some backends know no projects
            args = Struct()
            args.update({"stackName": name})
            try:
                answer = self._invoke(InvokeRequest(tok=STATE, args=args))
            except Exception as error:  # noqa: BLE001 - a backend's own errors, by gRPC
                details = getattr(error, "details", None)
                refused = refused or one_line(str(details() if details else error), 200)
                continue
            found = getattr(answer, "return").fields["outputs"].struct_value.fields
            return {urn: one.struct_value.fields["outputs"].struct_value for urn, one in found.items()}
        return FtjobsError(
            "a resource cannot be created yet and waiting is disabled, but the stack's state could not be read "
            f"({refused}), so it is not known which resources exist. Let this update wait (FTJOBS_WAIT=1 pulumi up)"
        )


def plain(value: Any) -> Any:
    """`value` with secrets unwrapped, as the provider sees it."""
    if isinstance(value, dict):
        if _WRAPPED in value:
            return plain(value.get("value"))
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return whole_numbers(value)
