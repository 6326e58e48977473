"""Refuses a resource that both providers of this package declare: each would adopt, and cancel, the other's job."""

from __future__ import annotations

import threading
from typing import Any, Final

import pulumi

from pulumi_ftjobs.resources.runtime.sdk import Register, RegisterRequest

PREFIXES: Final = ("pulumi-python:dynamic/ftjobs:", "ftjobs:index:")
"""Types of the dynamic provider, and of the plugin."""


class OneProvider:
    """The monitor handler that compares what a program registers; called by the SDK's worker threads."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], str] = {}
        self._lock = threading.Lock()

    def register(self, request: RegisterRequest, proceed: Register) -> Any:
        """Register a resource.

        Raises:
            pulumi.RunError: the other provider has it under the same name and parent.
        """
        for prefix in PREFIXES:
            if request.type.startswith(prefix):
                key = (request.type.removeprefix(prefix), request.name, request.parent)
                with self._lock:
                    other = self._seen.setdefault(key, prefix)
                if other != prefix:
                    raise pulumi.RunError(
                        f"{key[0]} {request.name!r} is declared twice: with pulumi_ftjobs and with the plugin ftjobs. "
                        "Both would manage the same object. Remove one of the two, or rename it"
                    )
        return proceed(request)
