"""What the stack's state holds now, read by the program: what exists decides what must wait or be left out."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pulumi
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import settings as runtime
from pulumi.runtime.proto import resource_pb2

from pulumi_ftjobs.lifecycle.errors import FtjobsError
from pulumi_ftjobs.lifecycle.values import one_line, whole_numbers

STATE: Final = "pulumi:pulumi:readStackResourceOutputs"
_WRAPPED: Final = "4dabf18193072939515e22adb298388d"
"""The key by which the engine's protocol marks a value as wrapped, secrets among them."""


class Place(NamedTuple):
    """Which stack this program is of."""

    organization: str
    project: str
    stack: str


def here() -> Place:
    """The stack of this program."""
    return Place(pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack())


def read_state(invoke: Callable[[Any], Any], place: Place) -> Mapping[str, Struct]:
    """URN -> outputs of everything in the state. Blocks.

    Raises FtjobsError: where nothing waits, nothing can be left out without it. With the backend's own words.
    """
    refused = ""
    for name in ("/".join(place), place.stack):
        args = Struct()
        args.update({"stackName": name})
        try:
            answer = invoke(resource_pb2.ResourceInvokeRequest(tok=STATE, args=args))
        except Exception as error:  # noqa: BLE001 - a backend's own errors, by gRPC
            details = getattr(error, "details", None)
            refused = refused or one_line(str(details() if details else error), 200)
            continue
        found = getattr(answer, "return").fields["outputs"].struct_value.fields
        return {urn: one.struct_value.fields["outputs"].struct_value for urn, one in found.items()}
    raise FtjobsError(
        "something cannot be made yet and nothing waits for it, but the stack's state could not be read "
        f"({refused}), so what exists already is not known; let this update wait (FTJOBS_WAIT=1 pulumi up)"
    )


_READ: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Future[Mapping[str, Struct]]] = (
    weakref.WeakKeyDictionary()
)


async def recorded(urns: list[str]) -> dict[str, Any] | None:
    """The outputs that the state held under the first of these URNs when it was first asked; None if under none.

    Raises FtjobsError where the state cannot be read.
    """
    loop = asyncio.get_running_loop()
    if loop not in _READ:
        monitor: Any = runtime.get_monitor()
        _READ[loop] = asyncio.ensure_future(loop.run_in_executor(None, read_state, monitor.Invoke, here()))
    state = await asyncio.shield(_READ[loop])  # one asker that is interrupted ends no other's
    found = next((state[urn] for urn in urns if urn in state), None)
    return None if found is None else {k: _plain(v) for k, v in MessageToDict(found).items()}


def _plain(value: Any) -> Any:
    """`value` with secrets laid open, as the provider's side sees it."""
    if isinstance(value, dict):
        if _WRAPPED in value:
            return _plain(value.get("value"))
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return whole_numbers(value)
