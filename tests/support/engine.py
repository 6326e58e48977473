"""The real dynamic host as a child process, driven over gRPC as the engine drives it, and a captured engine."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from pulumi_ftjobs.provider.file import FineTuningFileProvider
from pulumi_ftjobs.provider.job import FineTuningJobProvider
from pulumi_ftjobs.provider.model import FineTunedModelProvider
from pulumi_ftjobs.provider.permission import CheckpointPermissionProvider
from tests.support.forked_python import forked_python, kill
from tests.support.keys import KEY, leaks
from tests.support.server import Server

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a value that is not known yet."""
BOUND = 30.0
"""Seconds one call may take."""
PROVIDERS = {
    "FineTuningJob": FineTuningJobProvider,
    "FineTuningFile": FineTuningFileProvider,
    "FineTunedModel": FineTunedModelProvider,
    "CheckpointPermission": CheckpointPermissionProvider,
}
STACK = "v1:organization/shop/dev"
FAST_SLEEP = """
import time
_sleep, _monotonic, _slept = time.sleep, time.monotonic, [0.0]

def sleep(seconds):
    _slept[0] += seconds
    _sleep(min(seconds, 0.01))

time.sleep, time.monotonic = sleep, lambda: _monotonic() + _slept[0]
"""
"""A preamble of a host: its pauses take no time, and its clock moves on as if they did."""


@dataclass
class Said:
    """One line that reached the engine."""

    severity: str
    text: str
    urn: str


class Engine(engine_pb2_grpc.EngineServicer):
    """An engine that only listens."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    def Log(self, request: Any, _context: Any) -> empty_pb2.Empty:  # noqa: N802 - the engine's name for it
        severity = engine_pb2.LogSeverity.Name(request.severity)
        self.said.append(Said(severity, request.message, request.urn))
        return empty_pb2.Empty()


class Failed(Exception):
    """A call that the host answered with an error: its text as the engine would show it."""


@dataclass
class Checked:
    """What a check answered."""

    inputs: dict[str, Any]
    failures: list[str]
    properties: list[str] = field(default_factory=list)


@dataclass
class Diffed:
    """What a diff answered."""

    changes: bool
    replaces: list[str]


class Host:
    """One provider process."""

    def __init__(self, stub: Any, engine: Engine, pid: int, output: Path) -> None:
        self._stub = stub
        self._output = output
        self.engine = engine
        self.pid = pid
        self.seen: list[Any] = []
        """Everything the host answered, for the search for keys."""

    def output(self) -> str:
        """What the process printed."""
        return self._output.read_text()

    def said(self, urn: str | None = None) -> list[str]:
        """The lines that reached the engine (for one resource)."""
        return [line.text for line in self.engine.said if urn is None or line.urn == urn]

    def kill(self) -> None:
        """kill -9 the process."""
        kill(self.pid)

    def configure(self, config: Mapping[str, str]) -> None:
        """As the engine does once, before anything else."""
        full = {f"pulumi-python:config:{name}": value for name, value in config.items()}
        request = provider_pb2.ConfigureRequest(variables=full, args=_struct(dict(config)))
        self._call("Configure", request)

    def check(self, kind: str, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None) -> Checked:
        """The inputs as checked, and the failures' sentences."""
        request = provider_pb2.CheckRequest(
            urn=urn_of(kind), olds=_state(kind, olds) if olds else _struct({}), news=_state(kind, news)
        )
        answer = self._call("Check", request)
        failures = [failure.reason for failure in answer.failures]
        return Checked(_plain(answer.inputs), failures, [failure.property for failure in answer.failures])

    def diff(self, kind: str, object_id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Diffed:
        """Whether anything changed, and what replaces."""
        request = provider_pb2.DiffRequest(
            id=object_id, urn=urn_of(kind), olds=_state(kind, olds), news=_state(kind, news)
        )
        answer = self._call("Diff", request)
        return Diffed(answer.changes == provider_pb2.DiffResponse.DIFF_SOME, list(answer.replaces))

    def create(self, kind: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The id and the outputs."""
        request = provider_pb2.CreateRequest(urn=urn_of(kind), properties=_state(kind, inputs))
        answer = self._call("Create", request)
        return answer.id, _plain(answer.properties)

    def read(self, kind: str, object_id: str, state: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The id (empty: gone) and the outputs."""
        request = provider_pb2.ReadRequest(id=object_id, urn=urn_of(kind), properties=_state(kind, state))
        answer = self._call("Read", request)
        return answer.id, _plain(answer.properties)

    def update(
        self, kind: str, object_id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The new outputs."""
        request = provider_pb2.UpdateRequest(
            id=object_id, urn=urn_of(kind), olds=_state(kind, olds), news=_state(kind, news)
        )
        return _plain(self._call("Update", request).properties)

    def delete(self, kind: str, object_id: str, state: Mapping[str, Any]) -> None:
        """Delete the object."""
        request = provider_pb2.DeleteRequest(id=object_id, urn=urn_of(kind), properties=_state(kind, state))
        self._call("Delete", request)

    def _call(self, method: str, request: Any) -> Any:
        try:
            answer = getattr(self._stub, method)(request, timeout=BOUND)
        except grpc.RpcError as error:
            text = str(error.details())
            self.seen.append(text)
            raise Failed(text) from None
        self.seen.append(str(answer))
        return answer


def urn_of(kind: str, name: str = "support") -> str:
    """The URN of a resource of the stack."""
    return f"urn:pulumi:dev::shop::pulumi-python:dynamic/ftjobs:{kind}::{name}"


def hidden(kind: str, name: str = "support", **more: Any) -> dict[str, Any]:
    """The hidden input that the program computes."""
    return {"__program": {"stack": STACK, "urn": urn_of(kind, name)} | more}


def settings(server: Server | str, key: str | None = KEY, **more: str) -> dict[str, str]:
    """The config of a stack that points to a server."""
    url = server if isinstance(server, str) else server.url
    config = {"ftjobs:baseUrl": url, **({"ftjobs:apiKey": key} if key else {})}
    return config | {f"ftjobs:{name}": value for name, value in more.items()}


@contextmanager
def running_host(
    config: Mapping[str, str] | None = None, *, preamble: str = "", **environment: str
) -> Iterator[Host]:
    """A provider process with a captured engine, configured, and stopped in every case.

    `preamble`: Python to run in the process before the host, e.g. to forbid sockets.
    """
    engine = Engine()
    listener = grpc.server(futures.ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, listener)
    port = listener.add_insecure_port("127.0.0.1:0")
    listener.start()
    with tempfile.TemporaryDirectory(prefix="ftjobs-host-") as folder:
        output = Path(folder) / "output"
        try:
            with (
                _process(f"127.0.0.1:{port}", output, preamble, environment) as (pid, host_port),
                grpc.insecure_channel(f"127.0.0.1:{host_port}") as channel,
            ):
                host = Host(provider_pb2_grpc.ResourceProviderStub(channel), engine, pid, output)
                if config is not None:
                    host.configure(config)
                yield host
                shown = [*host.seen, *host.said(), host.output()]
                assert not leaks(shown), "the test key appears in what the host answered or said"
        finally:
            listener.stop(None).wait()


@contextmanager
def _process(
    engine: str, output: Path, preamble: str, environment: Mapping[str, str]
) -> Iterator[tuple[int, int]]:
    """The process id of a host, and the port that it listens on."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as printed, output.open("wb") as errors, Path(os.devnull).open() as nothing:
        drain = threading.Thread(target=_drain, args=(printed, output), daemon=True)
        try:
            pid, connection = forked_python().start(
                ["-u", "-m", "pulumi.dynamic", engine],
                environment={**os.environ, **environment},
                streams=(nothing.fileno(), writing, errors.fileno()),
                preamble=preamble,
            )
        finally:
            os.close(writing)
        with connection:
            try:
                line = printed.readline().strip()
                assert line.isdigit(), f"the host said {line!r}\n{output.read_text()}"
                drain.start()
                yield pid, int(line)
            finally:
                kill(pid)
                if drain.ident:
                    drain.join()


def _drain(stream: IO[str], output: Path) -> None:
    for line in stream:
        with output.open("a") as file:
            file.write(line)


def _state(kind: str, props: Mapping[str, Any]) -> struct_pb2.Struct:
    return _struct({**props, "__provider": serialize_provider(PROVIDERS[kind]())})


def _struct(props: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(json.loads(json.dumps({name: value for name, value in props.items() if value is not None})))
    return struct


def _plain(struct: Any) -> dict[str, Any]:
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415

    found = dict(MessageToDict(struct))
    found.pop("__provider", None)
    return found
