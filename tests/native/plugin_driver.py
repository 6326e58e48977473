"""The plugin behind real gRPC on loopback, driven as the engine drives it, with a captured engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from pulumi_ftjobs.native.servicer import Plugin
from tests.support.engine import Engine
from tests.support.keys import KEY
from tests.support.server import Server

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
BOUND = 60.0
Values = dict[str, Any]


class Refused(Exception):
    """A call that the plugin answered with an error: what the engine prints."""


@dataclass
class Checked:
    """What Check answered."""

    inputs: Values
    failures: list[str]


@dataclass
class Diffed:
    """What Diff answered."""

    changes: bool
    replaces: list[str]
    detailed: dict[str, str] = field(default_factory=dict)


class Driver:
    """One configured plugin."""

    def __init__(self, stub: Any, engine: Engine, stack: str) -> None:
        self._stub, self.engine, self.stack = stub, engine, stack

    def urn(self, kind: str, name: str = "a") -> str:
        """The URN of a resource of this stack."""
        return f"urn:pulumi:{self.stack}::shop::ftjobs:index:{kind}::{name}"

    def said(self) -> str:
        """Everything that was said on rows."""
        return "\n".join(line.text for line in self.engine.said)

    def configure(self, config: Mapping[str, Any], name: str = "default") -> None:
        """Configure the provider resource `name`."""
        urn = f"urn:pulumi:{self.stack}::shop::pulumi:providers:ftjobs::{name}"
        request = provider_pb2.ConfigureRequest(args=wire(config), urn=urn, name=name, acceptSecrets=True)
        self._call("Configure", request)

    def check_config(self, config: Mapping[str, Any], name: str = "default") -> list[str]:
        """What is wrong with a provider's settings."""
        urn = f"urn:pulumi:{self.stack}::shop::pulumi:providers:ftjobs::{name}"
        answer = self._call("CheckConfig", provider_pb2.CheckRequest(urn=urn, news=wire(config)))
        return [failure.reason for failure in answer.failures]

    def check(self, kind: str, news: Values, olds: Values | None = None, name: str = "a") -> Checked:
        """The checked inputs and the failures."""
        request = provider_pb2.CheckRequest(urn=self.urn(kind, name), olds=wire(olds or {}), news=wire(news))
        answer = self._call("Check", request)
        return Checked(MessageToDict(answer.inputs), [failure.reason for failure in answer.failures])

    def diff(self, kind: str, id_: str, olds: Values, old_inputs: Values, news: Values) -> Diffed:
        """What a change of inputs does."""
        request = provider_pb2.DiffRequest(
            id=id_, urn=self.urn(kind), olds=wire(olds), old_inputs=wire(old_inputs), news=wire(news)
        )
        answer = self._call("Diff", request)
        kinds = {
            path: provider_pb2.PropertyDiff.Kind.Name(change.kind)
            for path, change in answer.detailedDiff.items()
        }
        some = answer.changes == provider_pb2.DiffResponse.DIFF_SOME
        return Diffed(some, list(answer.replaces), kinds)

    def create(
        self, kind: str, inputs: Values, *, preview: bool = False, timeout: float = 0.0, name: str = "a"
    ) -> tuple[str, Values]:
        """The id and the outputs."""
        request = provider_pb2.CreateRequest(
            urn=self.urn(kind, name), properties=wire(inputs), preview=preview, timeout=timeout
        )
        answer = self._call("Create", request)
        return answer.id, MessageToDict(answer.properties)

    def made(self, kind: str, inputs: Values, name: str = "a") -> tuple[str, Values, Values]:
        """Check and create: the id, the outputs and the checked inputs."""
        checked = self.check(kind, inputs, name=name)
        assert not checked.failures, checked.failures
        return *self.create(kind, checked.inputs, name=name), checked.inputs

    def read(
        self, kind: str, id_: str, state: Values | None = None, inputs: Values | None = None
    ) -> tuple[str, Values, Values]:
        """The id, outputs and inputs as they are now; without a state it is an import."""
        request = provider_pb2.ReadRequest(
            id=id_, urn=self.urn(kind), properties=wire(state or {}), inputs=wire(inputs or {})
        )
        answer = self._call("Read", request)
        return answer.id, MessageToDict(answer.properties), MessageToDict(answer.inputs)

    def update(self, kind: str, id_: str, olds: Values, news: Values, *, preview: bool = False) -> Values:
        """The outputs after an update."""
        request = provider_pb2.UpdateRequest(
            id=id_, urn=self.urn(kind), olds=wire(olds), news=wire(news), preview=preview
        )
        return dict(MessageToDict(self._call("Update", request).properties))

    def delete(self, kind: str, id_: str, state: Values, *, timeout: float = 0.0) -> None:
        """Delete the resource."""
        request = provider_pb2.DeleteRequest(
            id=id_, urn=self.urn(kind), properties=wire(state), timeout=timeout
        )
        self._call("Delete", request)

    def invoke(self, function: str, arguments: Values, *, preview: bool = False) -> Values:
        """What a function answers."""
        request = provider_pb2.InvokeRequest(
            tok=f"ftjobs:index:{function}", args=wire(arguments), preview=preview
        )
        return dict(MessageToDict(getattr(self._call("Invoke", request), "return")))

    def cancel(self) -> None:
        """What the engine does at Ctrl-C."""
        self._call("Cancel", provider_pb2.google_dot_protobuf_dot_empty__pb2.Empty())

    def schema(self) -> Values:
        """The package's schema."""
        return dict(json.loads(self._call("GetSchema", provider_pb2.GetSchemaRequest()).schema))

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=BOUND)
        except grpc.RpcError as error:
            raise Refused(error.details()) from None


@contextmanager
def running_plugin(environment: Mapping[str, str], stack: str) -> Iterator[Driver]:
    """A plugin that is not configured yet, and its engine."""
    engine, pools = Engine(), [ThreadPoolExecutor(4), ThreadPoolExecutor(128)]
    listening, serving = grpc.server(pools[0]), grpc.server(pools[1])
    engine_pb2_grpc.add_EngineServicer_to_server(engine, listening)
    address = f"127.0.0.1:{listening.add_insecure_port('127.0.0.1:0')}"
    listening.start()
    plugin = Plugin(address, environment)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, serving)
    port = serving.add_insecure_port("127.0.0.1:0")
    serving.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Driver(provider_pb2_grpc.ResourceProviderStub(channel), engine, stack)
    finally:
        serving.stop(None).wait()
        plugin.close()
        listening.stop(None).wait()
        for pool in pools:
            pool.shutdown()


def settings(server: Server) -> Values:
    """The environment that leads to a server."""
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url}


def wire(values: Mapping[str, Any]) -> Struct:
    """Properties as the engine sends them."""
    struct = Struct()
    struct.update(dict(values))
    return struct


def secret(value: Any) -> Values:
    """A secret on the wire."""
    return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": value}


def reference(urn: str, id_: str) -> Values:
    """A resource on the wire."""
    return {SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "urn": urn, "id": id_}
