"""One resource type of the plugin: the shared operations, and what only a native provider needs around them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.change_table import Change
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from pulumi_ftjobs.lifecycle.values import UNKNOWN
from pulumi_ftjobs.native.cancellation import Cancellation
from pulumi_ftjobs.native.configuration import Configuration
from pulumi_ftjobs.native.plugin_log import EngineLog
from pulumi_ftjobs.native.resource_urns import dynamic_urn
from pulumi_ftjobs.native.schema_property import Property
from pulumi_ftjobs.operations.resource_operations import ResourceOperations
from pulumi_ftjobs.operations.session import Session

Values = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One call about one resource."""

    urn: str
    configuration: Configuration
    log: EngineLog
    cancellation: Cancellation
    secret: frozenset[str] = field(default_factory=frozenset)
    """Names of the inputs that hold secrets: no message shows their values."""
    timeout: float | None = None
    """Seconds, from the resource option `customTimeouts`."""

    @property
    def session(self) -> Session:
        """What this process has seen at the account."""
        return self.configuration.session

    @property
    def identity(self) -> str:
        """The URN by which the resource is recognised, whichever provider declares it."""
        return dynamic_urn(self.urn)

    def with_program(self, values: Mapping[str, Any], **more: Any) -> Values:
        """Return `values` with what a Python program adds for the dynamic provider.

        Without a stack that can be identified (`check` has reported it) there is none: jobs are asked for one by one.
        """
        # No plugin is sent the option to retain on delete: what is superseded is cancelled when the engine asks.
        program: dict[str, Any] = {
            "urn": self.identity,
            "secret": sorted(self.secret),
            "retain": True,
            **more,
        }
        if self.timeout:
            program["timeout"] = self.timeout
        with suppress(SettingsError):
            program["stack"] = self.configuration.stack(self.urn)
        return {**values, PROGRAM: program}


@dataclass(frozen=True)
class Found:
    """A resource as the service has it."""

    id: str
    outputs: Values
    inputs: Values


@dataclass(frozen=True)
class Prepared:
    """Declared inputs in the form that the operations check."""

    inputs: Values
    program: Values = field(default_factory=dict)
    """Hidden inputs."""
    problems: list[Diagnostic] = field(default_factory=list)
    checkable: bool = True
    """False when the inputs cannot be checked further."""


class NativeResource(ABC):
    """The life of one kind of resource."""

    table: ClassVar[tuple[Property, ...]]
    operations: ClassVar[type[ResourceOperations]]
    paths: ClassVar[Mapping[str, str]] = {}
    """Property paths that the operations call by the name of another language's argument."""

    def prepared(self, call: Call, news: Values, olds: Values) -> Prepared:  # noqa: ARG002 - for subclasses
        """Return the declared inputs in the form that the operations check; by default they are."""
        return Prepared(news)

    def check(self, call: Call, news: Values, olds: Values) -> tuple[Values, list[Diagnostic]]:
        """Return the inputs with the computed ones added, and every error. Works offline."""
        prepared = self.prepared(call, news, olds)
        found = list(prepared.problems)
        try:
            call.configuration.stack(call.urn)
        except SettingsError as error:
            found.append(Diagnostic("error", Code.SETTING.value, "", str(error)))
        inputs = prepared.inputs
        if prepared.checkable:
            checked = self.operations(call.session).check(call.with_program(inputs, **prepared.program), olds)
            inputs = {name: value for name, value in checked.inputs.items() if name != PROGRAM}
            found += checked.diagnostics
        errors = [one for one in found if one.severity == "error"]
        return inputs, [replace(one, path=self.paths.get(one.path, one.path)) for one in errors]

    def changes(self, call: Call, resource_id: str, olds: Values, news: Values) -> list[Change]:
        """Return every change between the outputs `olds` and the checked inputs `news`."""
        found = self.operations(call.session).diff(resource_id, olds, call.with_program(news))
        return [replace(one, path=self.paths.get(one.path, one.path)) for one in found.changes]

    def create(self, call: Call, inputs: Values) -> tuple[str, Values]:
        """Return the id and the outputs."""
        return self.operations(call.session).create(call.with_program(inputs))

    def read(self, call: Call, resource_id: str, outputs: Values, inputs: Values) -> Found | None:
        """Return the resource as it is now, or None when it is gone."""
        found = self.operations(call.session).read(resource_id, call.with_program(outputs))
        return None if found is None else Found(resource_id, found, inputs)

    @abstractmethod
    def find(self, call: Call, given_id: str) -> Found:
        """Return an existing resource that the state does not have: `pulumi import`."""

    def update(self, call: Call, resource_id: str, olds: Values, news: Values) -> Values:
        """Return the outputs after an update in place."""
        return self.operations(call.session).update(resource_id, olds, call.with_program(news))

    def delete(self, call: Call, resource_id: str, outputs: Values) -> None:
        """Delete the resource, as its policy says."""
        self.operations(call.session).delete(resource_id, call.with_program(outputs))

    def created_preview(self, inputs: Values) -> Values:
        """Return what is known of the outputs before the resource exists."""
        unknown = {one.name: UNKNOWN for one in self.table if one.is_output}
        return {**unknown, **self._echoed(inputs)}

    def updated_preview(self, olds: Values, news: Values) -> Values:
        """Return what is known of the outputs before an update in place."""
        return {**olds, **self._echoed(news)}

    def _echoed(self, inputs: Values) -> Values:
        names = {one.name for one in self.table if one.is_output}
        return {name: value for name, value in inputs.items() if name in names}
