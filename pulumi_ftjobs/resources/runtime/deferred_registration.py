"""Where nobody waits, what cannot exist yet is not registered: a model whose job still runs, a job without a slot.

The engine's language has no word for "not yet": an unknown input is dropped in an update, an error fails it.
So the answer it gives for a resource that `--target` leaves out is given here, in the program, before the
engine is asked: all outputs unknown, and what hangs on them is left out as well. The monitor's stub is the SDK's own
seam for that (`pulumi.runtime.set_mocks` fills it too).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import copy_context
from typing import Any, Final

import pulumi
from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime import settings as runtime
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import UNKNOWN

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.state_schema import DEFERRED, PROGRAM
from pulumi_ftjobs.resources.runtime.stack_state import Place, here, state_of

MODEL: Final = "a model whose job still runs"
JOB: Final = "a job that waits for a slot"
STACK: Final = "pulumi:pulumi:Stack"
MARK: Final = "ftjobs_not_yet"
"""On a monitor that has it already: others may stand before the same calls."""

Request = resource_pb2.RegisterResourceRequest


def leave_out_what_is_not_yet() -> None:
    """From now on this program registers no model and no job that is on hold and was never made, nor what uses it."""
    monitor: Any = runtime.get_monitor()
    if not getattr(monitor, MARK, False):
        setattr(monitor, MARK, True)
        not_yet = NotYet(monitor, here(), asyncio.get_running_loop())
        monitor.RegisterResource = not_yet.register
        monitor.RegisterResourceOutputs = not_yet.register_outputs


class NotYet:
    """Stands before the engine's resource monitor; called by the SDK's worker threads."""

    def __init__(self, monitor: Any, place: Place, loop: asyncio.AbstractEventLoop) -> None:
        self._register, self._outputs = monitor.RegisterResource, monitor.RegisterResourceOutputs
        self._loop = loop
        # Older SDKs hand the worker threads no context: what it would tell there is another stack's.
        self._context = copy_context()
        self._place = place
        self._recorded = state_of(loop, monitor, place)
        self._absent: dict[str, str] = {}

    def register(self, request: Request) -> Any:
        """The engine's answer, or that of a resource which was skipped."""
        turn = _program(request, "turn").struct_value.fields
        if turn:
            return self._without_a_slot(request, turn["held"].string_value, there=turn["there"].bool_value)
        held, missing = _on_hold(request), self._missing(request)
        if not held and not missing:
            return self._register(request)
        what = self._absent[missing[0]] if missing else MODEL
        if request.remote:
            raise pulumi.RunError(
                f"{request.name}: uses {what}; a remote component can neither be left out nor "
                "keep single inputs, so let this update wait (FTJOBS_WAIT=1 pulumi up)"
            )
        urn = urn_of(request, self._place)
        if self._is_there(urn, request, f"uses {what}"):
            if not held:
                self._as_it_was(request)
                self._say(f"{request.name} stays as it was: it is to use {what}")
            return self._register(request)
        if not held:
            self._say(f"{request.name} is not made yet: it uses {what}")
        return self._leave_out(urn, request, what)

    def _without_a_slot(self, request: Request, why: str, *, there: bool) -> Any:
        """A job that would have to wait: not submitted; one that is `there` already stays as it was declared."""
        del request.object.fields[PROGRAM].struct_value.fields["turn"]
        urn = urn_of(request, self._place)
        if not there and not self._is_there(urn, request, "waits for a slot", aliases_known=True):
            self._say(f"{request.name} is not submitted yet: {why}")
            return self._leave_out(urn, request, JOB)
        self._as_it_was(request)
        request.ignoreChanges.extend(f'["{name}"]' for name in request.object.fields)
        self._say(f"{request.name} is not trained anew yet: {why}")
        return self._register(request)

    def _leave_out(self, urn: str, request: Request, what: str) -> resource_pb2.RegisterResourceResponse:
        """The engine's answer for a resource that is left out: nothing about it is known."""
        self._absent[urn] = what
        answer = resource_pb2.RegisterResourceResponse(urn=urn, unknown=True)
        answer.object.update(dict.fromkeys(request.object, UNKNOWN))
        return answer

    def register_outputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Any:
        """Outputs that hang on what is not there yet keep their last value, or are left out."""
        unknown = [name for name, value in request.outputs.fields.items() if _is_unknown(value)]
        before = self._state.get(request.urn, Struct()) if self._absent and unknown else Struct()
        for name in unknown if self._absent else ():
            del request.outputs.fields[name]
            if name in before.fields:
                request.outputs.fields[name].CopyFrom(before.fields[name])
        return self._outputs(request)

    def _missing(self, request: Request) -> list[str]:
        """The resources that this one needs and that are not there."""
        if not self._absent:
            return []
        needed = {*request.dependencies, request.parent, request.deletedWith, *request.replace_with}
        needed |= {urn for found in request.propertyDependencies.values() for urn in found.urns}
        needed |= {
            reference.rpartition("::")[0] for reference in (request.provider, *request.providers.values())
        }
        return sorted(needed & self._absent.keys())

    def _as_it_was(self, request: Request) -> None:
        """Whatever hangs on the missing model keeps its recorded input, and refers to nothing that is not there."""
        waiting = [
            name
            for name, found in request.propertyDependencies.items()
            if self._absent.keys() & set(found.urns)
        ]
        for name in waiting:
            request.ignoreChanges.append(f'["{name}"]')
            del request.propertyDependencies[name]
        kept = [urn for urn in request.dependencies if urn not in self._absent]
        del request.dependencies[:]
        request.dependencies.extend(kept)

    def _is_there(self, urn: str, request: Request, why: str, *, aliases_known: bool = False) -> bool:
        """Whether the state has the resource. Raises pulumi.RunError where an alias makes that hard to say."""
        own = {urn, *request.aliasURNs, *(alias.urn for alias in request.aliases)}
        if own & self._state.keys():
            return True
        kind = f"::{request.type}::"
        renamed_parent = (
            f"::{STACK}::" not in request.parent
            and request.parent not in self._state
            and any(kind in known.replace("$", "::") for known in self._state)
        )
        if renamed_parent or (request.aliases and not aliases_known):
            raise pulumi.RunError(
                f"{request.name}: {why}, and has an alias or a new parent: whether it is new or renamed cannot be "
                "told; rename it in an update of its own, or let this one wait (FTJOBS_WAIT=1 pulumi up)"
            )
        return False

    @property
    def _state(self) -> Mapping[str, Struct]:
        """What the stack's state holds: URN -> outputs. Raises pulumi.RunError."""
        try:
            return self._recorded.by_urn()
        except FtjobsError as error:
            raise pulumi.RunError(str(error)) from None

    def _say(self, sentence: str) -> None:
        self._loop.call_soon_threadsafe(
            lambda: pulumi.log.info(f"{sentence}; a later `pulumi up` goes on"), context=self._context
        )


def urn_of(request: Request, place: Place) -> str:
    """The URN that the engine would give."""
    parent = request.parent.split("::")[2] if request.parent else STACK
    kind = request.type if parent == STACK else f"{parent}${request.type}"
    return f"urn:pulumi:{place.stack}::{place.project}::{kind}::{request.name}"


def _program(request: Request, name: str) -> Value:
    """One of our hidden inputs in a request; an empty value where there is none."""
    program = request.object.fields[PROGRAM].struct_value.fields if PROGRAM in request.object.fields else {}
    return program[name] if name in program else Value()


def _on_hold(request: Request) -> bool:
    """Whether this is a model whose job is unfinished; one whose job failed is refused by its provider."""
    return bool(_program(request, "hold_code").string_value in DEFERRED)


def _is_unknown(value: Value) -> bool:
    """Whether an unknown is anywhere in a value."""
    if value.HasField("struct_value"):
        return any(map(_is_unknown, value.struct_value.fields.values()))
    if value.HasField("list_value"):
        return any(map(_is_unknown, value.list_value.values))
    return bool(value.string_value == UNKNOWN)
