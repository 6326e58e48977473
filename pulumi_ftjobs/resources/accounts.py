"""The account a resource of the program belongs to, and one client and follower for each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_ftjobs.lifecycle.settings import Account, Sources
from pulumi_ftjobs.resources.program import config, fresh_config, stack_value

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.follow import Follower

GIVEN = "_ftjobs_given"
"""Where `ft.Provider` keeps its own settings, as Outputs."""


async def account_of(resource: pulumi.Resource) -> Account:
    """The account in force for a resource: its explicit or inherited provider's, else the stack's."""
    provider = resource._provider if isinstance(resource, pulumi.CustomResource) else None  # noqa: SLF001 - the effective one
    given: dict[str, pulumi.Output[Any]] | None = getattr(provider, GIVEN, None)
    stack = config()
    if given is not None:
        values = {name: await output.future() for name, output in given.items()}
        stack = {name: str(value) for name, value in values.items() if value is not None}
    return Sources(stack, fresh_config(), dict(os.environ)).account()


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
    from pulumi_ftjobs.api.follow import Follower  # noqa: PLC0415 - see above

    stack = stack_value()
    if (account, stack) not in _FOLLOWERS:
        _FOLLOWERS[account, stack] = Follower(client_for(account), stack)
    return _FOLLOWERS[account, stack]
