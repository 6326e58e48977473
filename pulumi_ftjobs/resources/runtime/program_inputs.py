"""The hidden inputs of a resource: what only the program knows and the provider needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import isawaitable
from typing import Any

import pulumi

from pulumi_ftjobs.resources.runtime import sdk
from pulumi_ftjobs.resources.runtime.program_settings import stack_value
from pulumi_ftjobs.resources.runtime.resource_options import refuse_import


def program_inputs(
    type_token: str,
    name: str,
    opts: pulumi.ResourceOptions | None,
    given: Mapping[str, Any] | None = None,
) -> dict[str, pulumi.Input[Any]]:
    """The hidden inputs of one resource (`state_schema.Program`).

    Args:
        type_token: the resource's type.
        name: its name.
        opts: its options.
        given: its inputs, to learn which of them are secret.

    Raises:
        pulumi.RunError: for an option that cannot work.
    """
    refuse_import(type_token, name, opts)
    inputs: dict[str, pulumi.Input[Any]] = {"stack": stack_value(), "urn": _urn(type_token, name, opts)}
    if pulumi.runtime.is_dry_run() and not sdk.is_mocked():
        inputs["preview"] = True
    aliases = sdk.aliases(name, type_token, opts) if opts is not None else []
    if aliases:
        inputs["aliases"] = sdk.without_resources(pulumi.Output.all(*aliases))
    if opts is not None and opts.retain_on_delete:
        inputs["retain"] = True
    outputs = {key: value for key, value in (given or {}).items() if _may_be_secret(value)}
    if outputs:
        inputs["secret"] = sdk.output_without_resources(_secret_names(outputs))
    return inputs


def read_inputs(type_token: str, name: str, opts: pulumi.ResourceOptions) -> dict[str, pulumi.Input[Any]]:
    """The hidden inputs of a resource that is read with `get`: one that is not visible is an error."""
    return {**program_inputs(type_token, name, opts), "get": True}


async def _secret_names(given: Mapping[str, Any]) -> list[str] | None:
    """The names of the inputs that hold secrets."""
    outputs = {name: pulumi.Output.from_input(value) for name, value in given.items()}
    return [name for name, output in outputs.items() if await output.is_secret()] or None


def _may_be_secret(value: Any) -> bool:
    """Whether a value holds an Output or something to await: nothing else can be secret."""
    if isinstance(value, pulumi.Output):
        return True
    if isinstance(value, Mapping):
        return any(map(_may_be_secret, value.values()))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return any(map(_may_be_secret, value))
    return isawaitable(value)


def _urn(type_token: str, name: str, opts: pulumi.ResourceOptions | None) -> pulumi.Input[str]:
    """The resource's URN; an Output of no resource under a parent, or it would wait for itself."""
    parent = opts.parent if opts else None
    if parent is None:
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{type_token}::{name}"
    return sdk.without_resources(pulumi.create_urn(name, type_token, parent=parent))
