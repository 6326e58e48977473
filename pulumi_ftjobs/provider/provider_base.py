"""What every provider shell does: unwrap, call the operations, wrap, one clean line for errors."""

from __future__ import annotations

import os
import re
from typing import Any, ClassVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.diagnostics import Code, rendered
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, program_of
from pulumi_ftjobs.operations.resource_operations import Checked, ResourceOperations
from pulumi_ftjobs.provider.dynamic_host import ProviderError, requested_urn, show_sentences_only
from pulumi_ftjobs.provider.host_sessions import session_for
from pulumi_ftjobs.provider.serialization import is_plugin_state, unwrap, wrap


class FtjobsProvider(ResourceProvider):
    """Base of the provider classes.

    A shell is pickled by reference into every state, so it has a frozen import path and no state of
    its own: `configure()` runs in the provider process only.
    """

    serialize_as_secret_always = False
    operations_type: ClassVar[type[ResourceOperations]]

    def __getstate__(self) -> None:
        return None

    def configure(self, req: ConfigureRequest) -> None:
        """Note the config of this process. No network, and nothing that fails: a preview needs no key."""
        show_sentences_only()
        self._operations = self.operations_type(session_for(req.config.get, os.environ))

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Every problem at once; offline, and with unknown values."""
        checked = self._operations.check(unwrap(news), unwrap(_olds))
        errors = rendered(checked.diagnostics, "error")
        if errors and program_of(checked.inputs).get("preview"):
            return CheckResult(wrap(self._collected(checked)), [])
        # With a property set, the engine prints that property's value, secret or not; so none is set.
        return CheckResult(wrap(checked.inputs), [CheckFailure("", error) for error in errors])

    def _collected(self, checked: Checked) -> dict[str, Any]:
        """Show errors on the resource's row and count them in its inputs: the program fails the preview at its end.

        The engine ends a preview at its first check failure, and the other resources would stay unchecked. Inputs
        of a wrong type are left out: the program would read them as outputs, and stop there.
        """
        program = program_of(checked.inputs)
        errors = [one for one in checked.diagnostics if one.severity == "error"]
        for error in errors:
            self._operations.session.say(program.get("urn", ""), str(error), "error")
        broken = {re.split(r"[.\[]", one.path)[0] for one in errors if one.code == Code.TYPE.value}
        usable = {name: value for name, value in checked.inputs.items() if name not in broken}
        return {**usable, PROGRAM: {**program, "problems": len(errors)}}

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """What replaces, and whether anything changes at all; offline. What the plugin wrote is updated."""
        if program_of(_news).get("problems"):
            # Of an unchanged resource the program sees the old outputs, and so not that it has problems.
            return DiffResult(changes=True, replaces=[], stables=[])
        found = self._operations.diff(_id, unwrap(_olds), unwrap(_news))
        changes = bool(found.changes) or is_plugin_state(_olds)
        return DiffResult(changes=changes, replaces=found.replaces, stables=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Find or make the one object of this declaration."""
        with user_facing_errors():
            object_id, outs = self._operations.create(unwrap(props))
        return CreateResult(object_id, wrap(outs))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The object as the service has it now; empty when it is gone, and only then."""
        with user_facing_errors():
            outputs = unwrap(props)
            outs = self._operations.read(id_, outputs)
            if outs is None and program_of(outputs).get("get"):
                raise FtjobsError(f"id: {id_} does not exist at the service; check the id, key and project")
        return ReadResult("" if outs is None else id_, wrap(outs or {}))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """What changes in place."""
        with user_facing_errors():
            outs = self._operations.update(_id, unwrap(_olds), unwrap(_news))
        return UpdateResult(wrap(outs))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Take the object down, unless it is still declared or kept by its policy."""
        with user_facing_errors():
            self._operations.delete(_id, unwrap(_props), requested_urn())


class user_facing_errors:  # noqa: N801 - reads as the phrase it is: with user_facing_errors()
    """Let our own errors reach the engine as one line, without how they came about.

    A class and not a generator: that would add its frames wherever the host shows them.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _frames: object) -> None:
        if isinstance(error, FtjobsError):
            raise ProviderError(str(error)) from None
