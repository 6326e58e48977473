"""What the stack's state holds now, read by the program: what exists decides what must wait or be left out."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final, NamedTuple

import pulumi
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import settings as runtime
from pulumi.runtime.proto import resource_pb2

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
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


class State:
    """The stack's state as it was when somebody first asked, on whatever thread."""

    def __init__(self, invoke: Callable[[Any], Any], place: Place) -> None:
        """`invoke`: the engine's."""
        self._invoke, self._place = invoke, place
        self._lock = Lock()
        self._found: Mapping[str, Struct] | FtjobsError | None = None

    def by_urn(self) -> Mapping[str, Struct]:
        """What `read_state` found."""
        with self._lock:
            if self._found is None:
                try:
                    self._found = read_state(self._invoke, self._place)
                except FtjobsError as error:
                    self._found = error
            if isinstance(self._found, FtjobsError):
                raise self._found
            return self._found


_STATES: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, State] = weakref.WeakKeyDictionary()


def state_of(loop: asyncio.AbstractEventLoop, monitor: Any, place: Place) -> State:
    """The one state of a program run."""
    return _STATES.setdefault(loop, State(monitor.Invoke, place))


async def recorded(urns: list[str]) -> dict[str, Any] | None:
    """The outputs that the state held under the first of these URNs when it was first asked; None if under none.

    Raises FtjobsError where the state cannot be read.
    """
    loop = asyncio.get_running_loop()
    state = await loop.run_in_executor(None, state_of(loop, runtime.get_monitor(), here()).by_urn)
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
