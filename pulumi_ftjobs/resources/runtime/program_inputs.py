"""What only the program knows and hands to the provider: the stack pair, the URN, how replaced jobs are treated."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Mapping
from typing import Any, cast

import pulumi
from pulumi.runtime import config as runtime_config
from pulumi.runtime import settings as runtime
from pulumi.runtime.mocks import MockMonitor

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.identity import stack_pair, stack_pair_from_id
from pulumi_ftjobs.lifecycle.settings import NAMESPACE, Sources, namespaced, switch
from pulumi_ftjobs.operations.backend_url import backend_url
from pulumi_ftjobs.resources.runtime.resource_options import refuse_import

SELF_MANAGED = "organization"
"""What every self-managed backend calls its organization."""


def nobody_acts() -> bool:
    """In a preview and under Pulumi's mocks nothing waits and nothing is asked."""
    return pulumi.runtime.is_dry_run() or isinstance(runtime.get_monitor(), MockMonitor)


def config() -> dict[str, str]:
    """`ftjobs:*` of the stack config, secrets included, without the namespace."""
    return namespaced(_all_config(), NAMESPACE)


def fresh_config() -> dict[str, str]:
    """`pulumi-python:*` of the stack config."""
    return namespaced(_all_config(), "pulumi-python")


def passes_by() -> bool:
    """Whether nothing waits and nothing that ended badly fails: FTJOBS_WAIT=ignore, for one command."""
    return os.environ.get("FTJOBS_WAIT", "").strip().lower() == "ignore"


def waiting_allowed() -> bool:
    """Whether this program waits: not with `ftjobs:wait=false`, nor with FTJOBS_WAIT=0 or =ignore for one command.

    Raises pulumi.RunError for a word that is neither yes nor no.
    """
    if passes_by():
        return False
    name, chosen = "FTJOBS_WAIT", os.environ.get("FTJOBS_WAIT", "")
    if not chosen.strip():
        name, chosen = "ftjobs:wait", config().get("wait") or "true"
    try:
        return switch(name, chosen)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def require_usable_limit() -> None:
    """Raise pulumi.RunError, in a preview too, for an `ftjobs:maxActiveJobs` that is no number of jobs."""
    try:
        Sources(config(), fresh_config()).max_active_jobs()
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def stack_value() -> str:
    """The stack pair of this program."""
    chosen = config().get("stackId")
    if chosen:
        return stack_pair_from_id(chosen)
    organization = cast("str | None", pulumi.get_organization()) or SELF_MANAGED
    backend = backend_url() if organization == SELF_MANAGED else None
    return stack_pair(organization, pulumi.get_project(), pulumi.get_stack(), backend)


def program_inputs(
    type_token: str,
    name: str,
    opts: pulumi.ResourceOptions | None,
    given: Mapping[str, Any] | None = None,
) -> dict[str, pulumi.Input[Any]]:
    """The hidden inputs of one resource (`contract.Program`); `given`: its inputs, to tell which are secret.

    Raises pulumi.RunError for an option that cannot work.
    """
    refuse_import(type_token, name, opts)
    inputs: dict[str, pulumi.Input[Any]] = {"stack": stack_value(), "urn": _urn(type_token, name, opts)}
    if opts is not None and opts.retain_on_delete:
        inputs["retain"] = True
    if given:
        inputs["secret"] = _secret_names(given)
    return inputs


def _secret_names(given: Mapping[str, Any]) -> pulumi.Output[list[str] | None]:
    """The names of the inputs that hold secrets, as an Output that is neither secret nor waits for a resource."""

    async def names() -> list[str] | None:
        outputs = {
            name: pulumi.Output.from_input(value) for name, value in given.items() if value is not None
        }
        return [name for name, output in outputs.items() if await output.is_secret()] or None

    known: asyncio.Future[bool] = asyncio.get_event_loop().create_future()
    known.set_result(True)
    return pulumi.Output(set(), asyncio.ensure_future(names()), known)


def _urn(type_token: str, name: str, opts: pulumi.ResourceOptions | None) -> pulumi.Output[str]:
    """The URN, as an Output of no resource: one that depended on the parent would depend on this resource too."""
    urn = pulumi.create_urn(name, type_token, parent=opts.parent if opts else None)
    return pulumi.Output(set(), cast("Awaitable[str]", urn.future(with_unknowns=True)), urn.is_known())


def _all_config() -> dict[str, Any]:
    return {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
