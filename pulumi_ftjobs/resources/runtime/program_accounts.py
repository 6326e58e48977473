"""The account a resource of the program belongs to, and one client and follower for each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_ftjobs.lifecycle.settings import Account, Sources
from pulumi_ftjobs.resources.runtime.program_inputs import config, fresh_config, stack_value

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.watcher import Follower

GIVEN = "_ftjobs_given"
"""Where `ft.Provider` keeps its own settings, as Outputs."""


async def account_of(resource: pulumi.Resource) -> Account:
    """The account in force for a resource. Raises SettingsError for unusable settings."""
    return (await sources_of(resource)).account()


async def sources_of(resource: pulumi.Resource) -> Sources:
    """The settings in force for a resource: of its explicit or inherited provider, else of the stack."""
    provider = resource._provider if isinstance(resource, pulumi.CustomResource) else None  # noqa: SLF001 - the effective one
    return await sources_of_provider(provider)


async def sources_of_provider(provider: pulumi.ProviderResource | None) -> Sources:
    """The settings of an `ft.Provider`, else of the stack."""
    given = _given(provider)
    stack = config()
    if given is not None:
        values = {name: await output.future() for name, output in given.items()}
        stack = {name: str(value) for name, value in values.items() if value is not None}
    return Sources(stack, fresh_config(), dict(os.environ))


async def is_known(provider: pulumi.ProviderResource | None) -> bool:
    """Whether all settings of a provider are known: in a preview they may come from what does not exist yet."""
    return all([await output.is_known() for output in (_given(provider) or {}).values()])


def _given(provider: pulumi.ProviderResource | None) -> dict[str, pulumi.Output[Any]] | None:
    given: dict[str, pulumi.Output[Any]] | None = getattr(provider, GIVEN, None)
    return given


_CLIENTS: dict[Account, Client] = {}
_FOLLOWERS: dict[tuple[Account, str], Follower] = {}


def client_for(account: Account) -> Client:
    """The program's client for this account."""
    from pulumi_ftjobs.api.client import Client  # noqa: PLC0415 - the HTTP library loads only when something is asked

    if account not in _CLIENTS:
        _CLIENTS[account] = Client(account)
    return _CLIENTS[account]


def follower_for(account: Account) -> Follower:
    """The program's one follower for this account."""
    from pulumi_ftjobs.api.watcher import Follower  # noqa: PLC0415 - see above

    stack = stack_value()
    if (account, stack) not in _FOLLOWERS:
        _FOLLOWERS[account, stack] = Follower(client_for(account), stack)
    return _FOLLOWERS[account, stack]
