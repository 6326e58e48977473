"""Which undocumented parts of Pulumi's SDK the program's side uses, and what breaks without each.

Seen with SDK 3.256.0 (the oldest that is allowed) and 3.272.0. A failure here after an upgrade of the SDK names the
promise that is at stake.
"""

from __future__ import annotations

import asyncio
import inspect
from importlib import import_module
from typing import Any

import pulumi
import pytest
from pulumi.runtime import settings

from pulumi_ftjobs.resources.runtime import sdk
from tests.resources.programs import Engine, in_a_program

INTERNALS = [
    (
        "pulumi.runtime.settings",
        "get_monitor",
        "nothing waits: neither model nor job is held back or left out",
    ),
    ("pulumi.runtime.settings", "SETTINGS", "two inline programs of one process mix up their engines"),
    ("pulumi.runtime.mocks", "MockMonitor", "a user's unit tests ask the real service"),
    ("pulumi.runtime.config", "CONFIG", "ft.Provider does not inherit settings in an inline program"),
    ("pulumi.runtime.resource", "all_aliases", "a renamed job is taken for a new one, and waits for a slot"),
    ("pulumi.runtime.sync_await", "_sync_await", "get_fine_tuning_job() and its like cannot answer at once"),
    ("pulumi.runtime.rpc", "UNKNOWN", "what is left out reaches the engine as a value"),
    ("pulumi.output", "UNKNOWN", "a data source answers in a preview that has no provider yet"),
    ("pulumi.output", "Unknown", "a finished job's `error` makes everything after it unknown in a preview"),
    ("pulumi.runtime.proto.resource_pb2", "RegisterResourceRequest", "nothing can be left out"),
    ("pulumi.runtime.proto.resource_pb2", "RegisterResourceResponse", "nothing can be left out"),
    (
        "pulumi.runtime.proto.resource_pb2",
        "RegisterResourceOutputsRequest",
        "exports vanish while jobs are running",
    ),
    (
        "pulumi.runtime.proto.resource_pb2",
        "ResourceInvokeRequest",
        "the state is not read: every job waits for a slot",
    ),
]


@pytest.mark.parametrize(("module", "name", "breaks"), INTERNALS, ids=[name for _, name, _ in INTERNALS])
def test_the_sdk_has_it(module: str, name: str, breaks: str) -> None:
    assert hasattr(import_module(module), name), f"without {module}.{name}: {breaks}"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            "aliasURNs aliases deletedWith dependencies ignoreChanges name object parent propertyDependencies",
            sdk.RegisterRequest,
        ),
        (
            "custom provider providers remote replace_with type",
            sdk.RegisterRequest,
        ),
        ("object unknown urn", sdk.RegisterResponse),
        ("outputs urn", sdk.OutputsRequest),
        ("args tok", sdk.InvokeRequest),
    ],
)
def test_the_protocol_has_the_fields_that_leaving_out_reads(fields: str, message: Any) -> None:
    assert set(fields.split()) <= set(message.DESCRIPTOR.fields_by_name)


def test_the_monitors_calls_may_be_replaced_on_the_object_that_the_sdk_uses() -> None:
    """Without it no registration can be wrapped."""
    engine = Engine()

    async def program() -> bool:
        sdk.intercept(sdk.monitor(), [lambda _request, _proceed: "wrapped"], [])
        monitor: Any = settings.get_monitor()
        return bool(monitor.RegisterResource(None) == "wrapped")

    assert in_a_program(program, engine)


def test_a_hook_says_when_the_engine_knows_it() -> None:
    """Without it a program that fails at once is aborted by gRPC without a message."""
    assert "_registered" in pulumi.ErrorHook.__annotations__


def test_a_component_lists_its_children() -> None:
    """Without it `depends_on` of a data source does not wait for a component's children."""
    assert "_childResources" in inspect.getsource(pulumi.Resource.__init__)


def test_the_provider_in_force_is_found_the_public_way() -> None:
    """Without it a model does not live in its job's account."""

    class Given(pulumi.Resource):
        def __init__(self, provider: Any) -> None:
            self._providers = {sdk.PACKAGE: provider}

    provider: Any = object()
    assert sdk.provider_of(Given(provider)) is provider
    assert sdk.provider_of(None) is None


def test_an_output_may_be_made_of_futures() -> None:
    """Without it a resource's own URN, given as its input, makes it wait for itself."""

    async def program() -> tuple[Any, ...]:
        async def value() -> str:
            return "x"

        output = sdk.output_without_resources(value())
        copy = sdk.without_resources(pulumi.Output.secret("y"))
        return await output.future(), await output.is_known(), await copy.future(), await copy.is_secret()

    assert in_a_program(program) == ("x", True, "y", True)


def test_code_that_cannot_await_lets_the_loop_go_on() -> None:
    """Without it a data source stops every registration of the program while it asks."""

    async def program() -> list[str]:
        seen: list[str] = []
        asyncio.get_running_loop().call_soon(seen.append, "the loop went on")
        sdk.run_to_end(asyncio.sleep(0.01))
        return seen

    assert in_a_program(program) == ["the loop went on"]
