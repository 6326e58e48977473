"""The one module that uses parts of Pulumi's SDK which its documentation does not promise.

Each is here because no public way does the same. `tests/resources/test_sdk_contract.py` says for each what breaks
without it, and with which versions of the SDK it was seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, TypeVar, cast

import pulumi
from google.protobuf.struct_pb2 import Value
from pulumi.output import UNKNOWN as UNKNOWN_OUTPUT
from pulumi.output import Unknown
from pulumi.runtime import config as _config
from pulumi.runtime import settings as _settings
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.resource import all_aliases
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_TEXT
from pulumi.runtime.sync_await import _sync_await

T = TypeVar("T")

PACKAGE: Final = "pulumi-python"
"""The package of every dynamic resource and of `ft.Provider`."""

RegisterRequest = resource_pb2.RegisterResourceRequest
RegisterResponse = resource_pb2.RegisterResourceResponse
OutputsRequest = resource_pb2.RegisterResourceOutputsRequest
PropertyDependencies = resource_pb2.RegisterResourceRequest.PropertyDependencies
InvokeRequest = resource_pb2.ResourceInvokeRequest
Register = Callable[[Any], Any]
"""A call of the engine's resource monitor: request in, answer out; runs on the SDK's worker threads."""
Handler = Callable[[Any, Register], Any]
"""Wraps such a call: gets the request and the next call in line."""

__all__ = ["UNKNOWN_OUTPUT", "UNKNOWN_TEXT", "Unknown"]


def monitor() -> Any:
    """The engine's resource monitor, as this program run calls it; None where there is none."""
    return _settings.get_monitor()


def is_mocked() -> bool:
    """Whether Pulumi's mocks stand in for the engine."""
    return isinstance(monitor(), MockMonitor)


def intercept(engine: Any, register: Iterable[Handler], outputs: Iterable[Handler]) -> None:
    """Let handlers wrap the monitor's two registration calls, the first handler outermost.

    The monitor's stub is the SDK's own seam: `pulumi.runtime.set_mocks` fills it too.
    """
    engine.RegisterResource = chain(engine.RegisterResource, register)
    engine.RegisterResourceOutputs = chain(engine.RegisterResourceOutputs, outputs)


def chain(call: Register, handlers: Iterable[Handler]) -> Register:
    """`call`, wrapped by the handlers in their order."""
    for handler in reversed(list(handlers)):
        call = _wrapped(handler, call)
    return call


def _wrapped(handler: Handler, call: Register) -> Register:
    return lambda request: handler(request, call)


def run_to_end(awaitable: Awaitable[T]) -> T:
    """The result of an awaitable, from code that cannot await; the program's loop goes on meanwhile."""
    return _sync_await(awaitable)


def wait_until_registered(hook: pulumi.ErrorHook) -> None:
    """Wait until the engine knows a hook.

    A program that fails while the server behind its first hook starts is aborted by gRPC without a message.
    """
    run_to_end(hook._registered)  # noqa: SLF001 - nothing public says when


def children(component: pulumi.Resource) -> list[pulumi.Resource]:
    """The children that a component has so far."""
    return list(component._childResources)  # noqa: SLF001 - what the SDK's own depends_on waits for


def aliases(name: str, type_token: str, opts: pulumi.ResourceOptions) -> list[pulumi.Input[str]]:
    """The URNs of all aliases of a resource, those inherited from its parent included."""
    return all_aliases(opts.aliases, name, type_token, opts.parent)


def provider_of(resource: pulumi.Resource | None) -> pulumi.ProviderResource | None:
    """The explicit provider in force for a resource or for the children of a component; None for the default one."""
    return resource.get_provider(f"{PACKAGE}:dynamic:Resource") if resource is not None else None


def all_config() -> dict[str, Any]:
    """The stack's whole config with full keys, secrets included. `pulumi.Config` cannot list keys."""
    return {**pulumi.runtime.get_config_env(), **_config.CONFIG.get()}


def output_without_resources(
    value: Awaitable[T], known: Awaitable[bool] | None = None, secret: Awaitable[bool] | None = None
) -> pulumi.Output[T]:
    """An Output that depends on no resource. One made by `apply` would make a resource wait for itself."""
    if known is None:
        certain: asyncio.Future[bool] = asyncio.get_event_loop().create_future()
        certain.set_result(True)
        known = certain
    return pulumi.Output(
        set(), cast("Any", asyncio.ensure_future(value)), cast("Any", known), cast("Any", secret)
    )


def without_resources(output: pulumi.Output[T]) -> pulumi.Output[T]:
    """The same value, known or not, that depends on no resource."""
    return output_without_resources(
        cast("Awaitable[T]", output.future(with_unknowns=True)), output.is_known(), output.is_secret()
    )


def is_unknown(value: Value) -> bool:
    """Whether an unknown is anywhere in a value of the engine's protocol."""
    if value.HasField("struct_value"):
        return any(map(is_unknown, value.struct_value.fields.values()))
    if value.HasField("list_value"):
        return any(map(is_unknown, value.list_value.values))
    return bool(value.string_value == UNKNOWN_TEXT)


def unknown_answer(urn: str, properties: Mapping[str, Any]) -> Any:
    """The engine's answer for a resource that `--target` leaves out: nothing about it is known."""
    answer = RegisterResponse(urn=urn, unknown=True)
    answer.object.update(dict.fromkeys(properties, UNKNOWN_TEXT))
    return answer
