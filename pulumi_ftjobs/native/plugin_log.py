"""What the plugin says on a resource's row: lines that stay, and progress that is replaced."""

from __future__ import annotations

import sys
from typing import Final, Literal

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_ftjobs.native.message_names import in_wire_names
from pulumi_ftjobs.native.resource_urns import native_urn

Severity = Literal["debug", "info", "warning", "error"]

_LEVELS: Final = {
    "debug": engine_pb2.LogSeverity.DEBUG,
    "info": engine_pb2.LogSeverity.INFO,
    "warning": engine_pb2.LogSeverity.WARNING,
    "error": engine_pb2.LogSeverity.ERROR,
}
_SECONDS: Final = 5.0
"""Time limit of one line: saying something must not hold up what it is about."""


class EngineLog:
    """The engine's log. Thread-safe; a line that cannot be delivered goes to standard error."""

    def __init__(self, address: str | None) -> None:
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address)) if address else None
        self._warned: set[tuple[str, str]] = set()

    def say(self, urn: str, text: str, severity: Severity = "info") -> None:
        """Show a line on the row of `urn` and under Diagnostics; a warning once per command."""
        if severity == "warning":
            if (urn, text) in self._warned:
                return
            self._warned.add((urn, text))
        self._send(urn, in_wire_names(text), severity)

    def show(self, urn: str, text: str) -> None:
        """Show progress on the row of `urn`; the next line takes its place."""
        self._send(urn, text, "info", ephemeral=True)

    def _send(self, urn: str, text: str, severity: Severity, *, ephemeral: bool = False) -> None:
        row = native_urn(urn) if urn else ""
        request = engine_pb2.LogRequest(
            severity=_LEVELS[severity], message=text, urn=row, streamId=0, ephemeral=ephemeral
        )
        try:
            if self._stub is None:
                raise ConnectionError
            self._stub.Log(request, timeout=_SECONDS)
        except (grpc.RpcError, ConnectionError):
            if not ephemeral and severity != "debug":
                print(text, file=sys.stderr, flush=True)  # noqa: T201 - the engine shows it on the stack's row
