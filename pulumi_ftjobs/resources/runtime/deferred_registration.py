"""Where nothing waits, what cannot exist yet is not registered: a model whose job is unfinished, a job without a slot.

The engine has no answer for "not yet": an unknown input is dropped in an update, an error fails it. So the answer that
it gives for a resource which `--target` leaves out is given here, in the program, before the engine is asked: all
outputs are unknown, and what depends on them is left out as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import copy_context
from typing import Any, Final

import pulumi
from google.protobuf.struct_pb2 import Struct, Value

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.state_schema import DEFERRED, PROGRAM
from pulumi_ftjobs.resources.runtime.sdk import (
    OutputsRequest,
    Register,
    RegisterRequest,
    is_unknown,
    unknown_answer,
)
from pulumi_ftjobs.resources.runtime.stack_state import Place, StackState
from pulumi_ftjobs.resources.runtime.wait_registry import ProgramLoop

MODEL: Final = "a model whose job is still running"
JOB: Final = "a job that waits for a slot"
STACK: Final = "pulumi:pulumi:Stack"


class DeferredRegistration:
    """The monitor handlers that leave resources out; called by the SDK's worker threads."""

    def __init__(self, state: StackState, loop: ProgramLoop) -> None:
        self._stack_state, self._place, self._loop = state, state.place, loop
        # Older SDKs give the worker threads no context, and without it a message goes to another stack.
        self._context = copy_context()
        self._absent: dict[str, str] = {}

    def register(self, request: RegisterRequest, proceed: Register) -> Any:
        """Register a resource, or answer for one that is left out."""
        slot = _program(request, "slot").struct_value.fields
        if slot:
            return self._without_slot(
                request, proceed, slot["held"].string_value, exists=slot["exists"].bool_value
            )
        held, missing = _on_hold(request), self._missing(request)
        if not held and not missing:
            return proceed(request)
        what = self._absent[missing[0]] if missing else MODEL
        if request.remote:
            raise pulumi.RunError(
                f"{request.name}: uses {what}; a remote component can neither be left out nor "
                "keep single inputs. Let this update wait (FTJOBS_WAIT=1 pulumi up)"
            )
        urn = urn_of(request, self._place)
        if self._exists(urn, request, f"uses {what}"):
            if not held:
                self._keep_recorded_inputs(request)
                self._say(f"{request.name}: unchanged for now, because it will use {what}")
            return proceed(request)
        if not held:
            self._say(f"{request.name}: not created yet, because it uses {what}")
        return self._leave_out(urn, request, what)

    def _without_slot(self, request: RegisterRequest, proceed: Register, why: str, *, exists: bool) -> Any:
        """A job that would have to wait for a slot: left out, or kept as it was declared where it exists."""
        del request.object.fields[PROGRAM].struct_value.fields["slot"]
        urn = urn_of(request, self._place)
        if not exists and not self._exists(urn, request, "waits for a slot", aliases_known=True):
            self._say(f"{request.name}: not submitted yet, because {why}")
            return self._leave_out(urn, request, JOB)
        self._keep_recorded_inputs(request)
        request.ignoreChanges.extend(f'["{name}"]' for name in request.object.fields)
        self._say(f"{request.name}: not retrained yet, because {why}")
        return proceed(request)

    def _leave_out(self, urn: str, request: RegisterRequest, what: str) -> Any:
        self._absent[urn] = what
        return unknown_answer(urn, request.object.fields)

    def register_outputs(self, request: OutputsRequest, proceed: Register) -> Any:
        """Outputs that depend on a resource which was left out keep their last value, or are left out.

        Nothing else makes an output unknown in an update; the output may come before the registration that it awaits.
        """
        unknown = [name for name, value in request.outputs.fields.items() if is_unknown(value)]
        before = self._state.get(request.urn, Struct()) if unknown else Struct()
        for name in unknown:
            del request.outputs.fields[name]
            if name in before.fields:
                request.outputs.fields[name].CopyFrom(before.fields[name])
        return proceed(request)

    def _missing(self, request: RegisterRequest) -> list[str]:
        """The resources that this one needs and that were left out."""
        if not self._absent:
            return []
        needed = {*request.dependencies, request.parent, request.deletedWith, *request.replace_with}
        needed |= {urn for found in request.propertyDependencies.values() for urn in found.urns}
        needed |= {
            reference.rpartition("::")[0] for reference in (request.provider, *request.providers.values())
        }
        return sorted(needed & self._absent.keys())

    def _keep_recorded_inputs(self, request: RegisterRequest) -> None:
        """Ignore the inputs that depend on what was left out, and refer to nothing that does not exist."""
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

    def _exists(self, urn: str, request: RegisterRequest, why: str, *, aliases_known: bool = False) -> bool:
        """Whether the state has the resource. Raises pulumi.RunError where an alias makes that uncertain."""
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
                f"{request.name}: {why}, and has an alias or a new parent, so it is not known whether it is new or "
                "renamed. Rename it in a separate update, or let this one wait (FTJOBS_WAIT=1 pulumi up)"
            )
        return False

    @property
    def _state(self) -> Mapping[str, Struct]:
        """URN -> outputs of what the stack's state has. Raises pulumi.RunError."""
        try:
            return self._stack_state.by_urn()
        except FtjobsError as error:
            raise pulumi.RunError(str(error)) from None

    def _say(self, sentence: str) -> None:
        self._loop.post(
            lambda: self._context.copy().run(pulumi.log.info, f"{sentence}. Run `pulumi up` again later")
        )


def urn_of(request: RegisterRequest, place: Place) -> str:
    """The URN that the engine would give."""
    parent = request.parent.split("::")[2] if request.parent else STACK
    kind = request.type if parent == STACK else f"{parent}${request.type}"
    return f"urn:pulumi:{place.stack}::{place.project}::{kind}::{request.name}"


def _program(request: RegisterRequest, name: str) -> Value:
    """One of our hidden inputs in a request; an empty value where there is none."""
    program = request.object.fields[PROGRAM].struct_value.fields if PROGRAM in request.object.fields else {}
    return program[name] if name in program else Value()


def _on_hold(request: RegisterRequest) -> bool:
    """Whether this is a model whose job is merely unfinished; one whose job failed is refused by its provider."""
    return bool(_program(request, "hold_code").string_value in DEFERRED)
