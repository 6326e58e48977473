"""What every resource of the plugin does, on plain data, and what it is told with each call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_ftjobs.lifecycle.change_table import Change
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from pulumi_ftjobs.lifecycle.values import UNKNOWN
from pulumi_ftjobs.native.cancellation import Cancellation
from pulumi_ftjobs.native.configuration import Configuration
from pulumi_ftjobs.native.engine_log import EngineLog
from pulumi_ftjobs.native.resource_tables import Property
from pulumi_ftjobs.native.resource_urns import dynamic_urn

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
    def session(self) -> Any:
        """What this process has seen at the account."""
        return self.configuration.session

    @property
    def identity(self) -> str:
        """The URN by which the resource is recognised, whichever provider declares it."""
        return dynamic_urn(self.urn)

    def with_program(self, values: Mapping[str, Any], **more: Any) -> Values:
        """Return `values` with what a Python program adds for the dynamic provider.

        Raises:
            SettingsError: the stack cannot be identified.
        """
        program = {
            "urn": self.identity,
            "stack": self.configuration.stack(self.urn),
            "secret": sorted(self.secret),
        }
        return {**values, PROGRAM: {**program, **more}}


@dataclass(frozen=True)
class Found:
    """A resource as the service has it."""

    id: str
    outputs: Values
    inputs: Values


class NativeResource(ABC):
    """The life of one kind of resource."""

    table: tuple[Property, ...]

    @abstractmethod
    def check(self, call: Call, news: Values, olds: Values) -> tuple[Values, list[str]]:
        """Return the inputs with the computed ones added, and every problem. Works offline."""

    @abstractmethod
    def changes(self, call: Call, resource_id: str, olds: Values, news: Values) -> list[Change]:
        """Return every change between the outputs `olds` and the checked inputs `news`."""

    @abstractmethod
    def create(self, call: Call, inputs: Values) -> tuple[str, Values]:
        """Return the id and the outputs."""

    @abstractmethod
    def read(self, call: Call, resource_id: str, outputs: Values, inputs: Values) -> Found | None:
        """Return the resource as it is now, or None when it is gone."""

    @abstractmethod
    def find(self, call: Call, given_id: str) -> Found:
        """Return an existing resource that the state does not have: `pulumi import`."""

    @abstractmethod
    def update(self, call: Call, resource_id: str, olds: Values, news: Values) -> Values:
        """Return the outputs after an update in place."""

    @abstractmethod
    def delete(self, call: Call, resource_id: str, outputs: Values) -> None:
        """Delete the resource, as its policy says."""

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
