"""Words from the provider process on a resource's own row: the engine's log channel."""

from __future__ import annotations

import sys
from typing import Any, Literal

Severity = Literal["info", "warning", "error"]

_stub: Any = None
_warned: set[tuple[str, str]] = set()


def say(urn: str, text: str, severity: Severity = "info") -> None:
    """Show `text` on the row of `urn`, and under Diagnostics.

    The dynamic host has no public log channel; the engine's address is the last argument of the
    process. Without it the line goes to stdout, which the engine shows on the stack's row.
    A warning is said once: what is replaced is checked twice.
    """
    if severity == "warning":
        if (urn, text) in _warned:
            return
        _warned.add((urn, text))
    try:
        _send(urn, text, severity)
    except Exception:  # noqa: BLE001 - words must never break what they are about
        print(text, flush=True)  # noqa: T201 - the engine shows the host's stdout


def _send(urn: str, text: str, severity: Severity) -> None:
    global _stub  # noqa: PLW0603 - one channel a process
    import grpc  # noqa: PLC0415 - loaded by the host already; not needed by anybody who is never told anything
    from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc  # noqa: PLC0415

    if _stub is None:
        address = sys.argv[-1]
        if ":" not in address:
            raise ValueError("no engine address")
        _stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
    level = {
        "info": engine_pb2.LogSeverity.INFO,
        "warning": engine_pb2.LogSeverity.WARNING,
        "error": engine_pb2.LogSeverity.ERROR,
    }[severity]
    _stub.Log(engine_pb2.LogRequest(severity=level, message=text, urn=urn), timeout=5)
