"""The account a resource of the program belongs to, and one client and one watcher for each account."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_ftjobs.lifecycle.settings import Account, Sources
from pulumi_ftjobs.resources.runtime import sdk
from pulumi_ftjobs.resources.runtime.program_settings import config, fresh_config, stack_value

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.watcher import Watcher

GIVEN = "_ftjobs_given"
"""Where `ft.Provider` keeps its own settings, as Outputs."""


async def account_of(resource: pulumi.Resource) -> Account:
    """The account in force for a resource. Raises SettingsError for unusable settings."""
    return (await sources_of_provider(sdk.provider_of(resource))).account()


async def sources_of_provider(provider: pulumi.ProviderResource | None) -> Sources:
    """The settings of an `ft.Provider`, else of the stack."""
    given = _given(provider)
    if given is None:
        return stack_sources()
    values = {name: await output.future() for name, output in given.items()}
    stack = {name: str(value) for name, value in values.items() if value is not None}
    return Sources(stack, fresh_config(), dict(os.environ))


def stack_sources() -> Sources:
    """The settings of the stack, for resources without an `ft.Provider`."""
    return Sources(config(), fresh_config(), dict(os.environ))


async def is_known(provider: pulumi.ProviderResource | None) -> bool:
    """Whether all settings of a provider are known: in a preview they may come from what does not exist yet."""
    return all([await output.is_known() for output in (_given(provider) or {}).values()])


def _given(provider: pulumi.ProviderResource | None) -> dict[str, pulumi.Output[Any]] | None:
    given: dict[str, pulumi.Output[Any]] | None = getattr(provider, GIVEN, None)
    return given


class Accounts:
    """The clients and watchers of one program run."""

    def __init__(self) -> None:
        self._clients: dict[Account, Client] = {}
        self._watchers: dict[Account, Watcher] = {}

    def client(self, account: Account) -> Client:
        """The one client for this account."""
        from pulumi_ftjobs.api.client import Client  # noqa: PLC0415 - the HTTP library loads with the first request

        if account not in self._clients:
            self._clients[account] = Client(account)
        return self._clients[account]

    async def client_of(self, resource: pulumi.Resource) -> Client:
        """The client for a resource's account. Raises SettingsError for unusable settings."""
        return self.client(await account_of(resource))

    def watcher(self, account: Account) -> Watcher:
        """The one watcher for this account; all waits of the program share its listings."""
        from pulumi_ftjobs.api.watcher import Watcher  # noqa: PLC0415 - see above

        if account not in self._watchers:
            self._watchers[account] = Watcher(self.client(account), stack_value())
        return self._watchers[account]

    def close(self) -> None:
        """Close the connections of all clients."""
        while self._clients:
            self._clients.popitem()[1].close()
        self._watchers.clear()
