"""What cannot exist yet is not registered: the model of a job that still runs where nobody waits, and what uses it.

The engine's language has no word for "not yet": an unknown input is dropped in an update, an error fails it.
So the answer it gives for a resource that `--target` leaves out is given here, in the program, before the
engine is asked: all outputs unknown, and what hangs on them is left out in turn. The monitor's stub is the SDK's own
seam for that (`pulumi.runtime.set_mocks` fills it too).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import copy_context
from functools import cached_property
from threading import Lock
from typing import Any, Final, NamedTuple

import pulumi
from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime import settings as runtime
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import UNKNOWN

from pulumi_ftjobs.lifecycle.contract import PROGRAM
from pulumi_ftjobs.lifecycle.values import one_line

STATE: Final = "pulumi:pulumi:readStackResourceOutputs"
STACK: Final = "pulumi:pulumi:Stack"

Request = resource_pb2.RegisterResourceRequest


class Place(NamedTuple):
    """Which stack this program is of."""

    organization: str
    project: str
    stack: str


def leave_out_what_is_not_yet(model_type: str) -> None:
    """From now on this program registers no `model_type` that is on hold and was never made, nor what uses it."""
    monitor: Any = runtime.get_monitor()
    if not isinstance(getattr(monitor.RegisterResource, "__self__", None), NotYet):
        not_yet = NotYet(monitor, model_type, asyncio.get_running_loop())
        monitor.RegisterResource = not_yet.register
        monitor.RegisterResourceOutputs = not_yet.register_outputs


class NotYet:
    """Stands before the engine's resource monitor; called by the SDK's worker threads."""

    def __init__(self, monitor: Any, model_type: str, loop: asyncio.AbstractEventLoop) -> None:
        self._register, self._outputs, self._invoke = (
            monitor.RegisterResource,
            monitor.RegisterResourceOutputs,
            monitor.Invoke,
        )
        self._model_type = model_type
        self._loop = loop
        # Older SDKs hand the worker threads no context: what it would tell there is another stack's.
        self._context = copy_context()
        self._place = Place(pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack())
        self._lock = Lock()
        self._absent: set[str] = set()

    def register(self, request: Request) -> Any:
        """The engine's answer, or that of a resource which was skipped."""
        held = _on_hold(request, self._model_type)
        if not held and not self._missing(request):
            return self._register(request)
        if request.remote:
            raise pulumi.RunError(
                f"{request.name}: uses a model whose job still runs; a remote component can neither be left out nor "
                "keep single inputs, so let this update wait (FTJOBS_WAIT=1 pulumi up)"
            )
        urn = urn_of(request, self._place)
        if self._is_there(urn, request):
            if not held:
                self._as_it_was(request)
            return self._register(request)
        answer = _left_out(urn, request)
        self._absent.add(urn)
        if not held:
            self._say(f"{request.name} is not made yet: it uses a model whose job still runs")
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
        return sorted(needed & self._absent)

    def _as_it_was(self, request: Request) -> None:
        """Whatever hangs on the missing model keeps its recorded input, and refers to nothing that is not there."""
        waiting = [
            name
            for name, found in request.propertyDependencies.items()
            if self._absent.intersection(found.urns)
        ]
        for name in waiting:
            request.ignoreChanges.append(f'["{name}"]')
            del request.propertyDependencies[name]
        kept = [urn for urn in request.dependencies if urn not in self._absent]
        del request.dependencies[:]
        request.dependencies.extend(kept)
        self._say(f"{request.name} stays as it was: it is to use a model whose job still runs")

    def _is_there(self, urn: str, request: Request) -> bool:
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
        if request.aliases or renamed_parent:
            raise pulumi.RunError(
                f"{request.name}: uses a model whose job still runs, and has an alias or a new parent: whether it is "
                "new or renamed cannot be told; rename it in an update of its own, or let this one wait "
                "(FTJOBS_WAIT=1 pulumi up)"
            )
        return False

    @property
    def _state(self) -> Mapping[str, Struct]:
        with self._lock:
            return self._read_state

    @cached_property
    def _read_state(self) -> Mapping[str, Struct]:
        """What the stack's state holds: URN -> outputs. Raises pulumi.RunError."""
        refused = ""
        for name in ("/".join(self._place), self._place.stack):
            args = Struct()
            args.update({"stackName": name})
            try:
                answer = self._invoke(resource_pb2.ResourceInvokeRequest(tok=STATE, args=args))
            except Exception as error:  # noqa: BLE001 - a backend's own errors, by gRPC
                details = getattr(error, "details", None)
                refused = refused or one_line(str(details() if details else error), 200)
                continue
            found = getattr(answer, "return").fields["outputs"].struct_value.fields
            return {urn: one.struct_value.fields["outputs"].struct_value for urn, one in found.items()}
        raise pulumi.RunError(
            f"a job still runs and nothing waits for it, but the stack's state could not be read ({refused}), so what "
            "exists already is not known; let this update wait (FTJOBS_WAIT=1 pulumi up)"
        )

    def _say(self, sentence: str) -> None:
        self._loop.call_soon_threadsafe(
            lambda: pulumi.log.info(f"{sentence}; a later `pulumi up` goes on"), context=self._context
        )


def urn_of(request: Request, place: Place) -> str:
    """The URN that the engine would give."""
    parent = request.parent.split("::")[2] if request.parent else STACK
    kind = request.type if parent == STACK else f"{parent}${request.type}"
    return f"urn:pulumi:{place.stack}::{place.project}::{kind}::{request.name}"


def _left_out(urn: str, request: Request) -> resource_pb2.RegisterResourceResponse:
    """The engine's answer for a resource that is left out: nothing about it is known."""
    answer = resource_pb2.RegisterResourceResponse(urn=urn, unknown=True)
    answer.object.update(dict.fromkeys(request.object, UNKNOWN))
    return answer


def _on_hold(request: Request, model_type: str) -> bool:
    """Whether this is a model whose job merely runs on; one whose job failed is refused by its provider."""
    program = request.object.fields[PROGRAM].struct_value.fields if PROGRAM in request.object.fields else {}
    held, failed = program.get("hold"), program.get("failed")
    return (
        request.type == model_type
        and bool(held and held.string_value)
        and not (failed and failed.string_value)
    )


def _is_unknown(value: Value) -> bool:
    """Whether an unknown is anywhere in a value."""
    if value.HasField("struct_value"):
        return any(map(_is_unknown, value.struct_value.fields.values()))
    if value.HasField("list_value"):
        return any(map(_is_unknown, value.list_value.values))
    return bool(value.string_value == UNKNOWN)
