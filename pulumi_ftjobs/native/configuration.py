"""The settings that one provider resource was configured with, and the stack that its jobs belong to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.identity import stack_pair, stack_pair_from_id
from pulumi_ftjobs.lifecycle.settings import (
    NAMESPACE,
    Sources,
    config_in_environment,
    switch,
    unknown_settings,
)
from pulumi_ftjobs.native.resource_urns import project_of, stack_of
from pulumi_ftjobs.operations.backend_url import backend_url
from pulumi_ftjobs.operations.session import Say, Session

SELF_MANAGED: Final = "organization"
"""What every self-managed backend calls its organization."""
CONNECTIONS: Final = 32
"""Connections to the service: as many calls are answered at a time."""
_DEFAULT: Final = "default"
"""The name of a provider resource that no program declares begins with it."""


class Configuration:
    """One configured provider resource: its settings and what this process has seen through it."""

    def __init__(
        self,
        given: Mapping[str, str],
        name: str,
        environment: Mapping[str, str],
        say: Say,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Combine the settings.

        Args:
            given: what the engine configures the provider with. On a destroy or refresh it is what the last update
                recorded.
            name: the provider resource's name.
            environment: the plugin's environment, where the engine puts the stack's config as it is today.
            say: shows a text on a resource's row.
            pause: sleeps for some seconds while a delete waits for its effect.
        """
        self._environment = environment
        today = config_in_environment(environment, NAMESPACE)
        default = name.startswith(_DEFAULT) and bool(today)
        self._keys = list(today) if default else []
        stack, fallback = (today, given) if default else (given, {})
        self.sources = Sources(dict(stack), dict(fallback), dict(environment))
        self.session = Session(self.sources, say, connections=CONNECTIONS, pause=pause)

    @property
    def waits(self) -> bool:
        """Whether unfinished jobs are waited for. Raises SettingsError for a word that is neither yes nor no."""
        chosen = self._environment.get("FTJOBS_WAIT", "").strip()
        if chosen.lower() == "ignore":
            return False
        if chosen:
            return switch("FTJOBS_WAIT", chosen)
        return switch("ftjobs:wait", self.sources.first("wait") or "true")

    def problems(self) -> list[str]:
        """Return what is wrong with settings that no resource's check reads."""
        found = []
        for read in (self.sources.max_active_jobs, lambda: self.waits):
            try:
                read()
            except SettingsError as error:
                found.append(str(error))
        return found

    def warnings(self) -> list[str]:
        """Return a warning for each key of the stack's config that is not a setting."""
        return [str(one) for one in unknown_settings(self._keys)]

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def stack(self, urn: str) -> str:
        """Return the value that marks the jobs of the stack that a resource belongs to.

        Raises:
            SettingsError: the stack is not in a self-managed backend and nothing names its organization, which no
                provider is sent. A guess would make it another stack, whose jobs are not found again.
        """
        chosen = self.sources.first("stackId")
        if chosen:
            return stack_pair_from_id(chosen)
        backend = backend_url()
        if backend and not backend.startswith(("https://", "http://")):
            return stack_pair(SELF_MANAGED, project_of(urn), stack_of(urn), backend)
        organization = self.sources.first("pulumiOrganization")
        if not organization:
            raise SettingsError(
                "ftjobs:pulumiOrganization: is required on Pulumi Cloud, because a plugin is not sent the "
                "organization, by which this stack's jobs are recognised. Run `pulumi config set "
                "ftjobs:pulumiOrganization NAME` (or set ftjobs:stackId)"
            )
        return stack_pair(organization, project_of(urn), stack_of(urn))


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the engine's provider inputs as texts: it sends what is not a string as JSON, or as a value."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
        if isinstance(value, str | bool | int | float | list | dict) and name != "version"
    }
