"""Messages from the provider process on a resource's own row: the engine's log channel."""

from __future__ import annotations

import sys
from typing import Any

from pulumi_ftjobs.lifecycle.diagnostics import Severity


class EngineLog:
    """Sends lines to the engine.

    The dynamic host has no public log channel; the engine's address is the last argument of the process. Without
    it the line goes to stdout, which the engine shows on the stack's row.
    """

    def __init__(self) -> None:
        self._stub: Any = None

    def say(self, urn: str, text: str, severity: Severity = "info") -> None:
        """Show `text` on the row of `urn`, and under Diagnostics."""
        try:
            self._send(urn, text, severity)
        except Exception:  # noqa: BLE001 - a message must never break what it is about
            print(text, flush=True)  # noqa: T201 - the engine shows the host's stdout

    def _send(self, urn: str, text: str, severity: Severity) -> None:
        import grpc  # noqa: PLC0415 - loaded by the host already; not needed where nothing is said
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc  # noqa: PLC0415

        if self._stub is None:
            address = sys.argv[-1]
            if ":" not in address:
                raise ValueError("no engine address")
            self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
        level = engine_pb2.LogSeverity.Value(severity.upper())
        self._stub.Log(engine_pb2.LogRequest(severity=level, message=text, urn=urn), timeout=5)
