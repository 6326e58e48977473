"""One resource is one object, whichever of the two providers declares it: both would adopt, and cancel, its job."""

from __future__ import annotations

import threading
from typing import Any, Final

import pulumi

from pulumi_ftjobs.resources.runtime.sdk import Register, RegisterRequest

DYNAMIC: Final = "pulumi-python:dynamic/ftjobs:"
PLUGIN: Final = "ftjobs:index:"
"""Types of the dynamic provider, and of the plugin."""


class OneProvider:
    """The monitor handler that compares what a program registers; called by the SDK's worker threads.

    What the plugin has in the state is taken over by the dynamic provider: its type is an alias. As two resources,
    the new one would adopt the job, and the deletion of the old one would cancel it.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], str] = {}
        self._lock = threading.Lock()

    def register(self, request: RegisterRequest, proceed: Register) -> Any:
        """Register a resource.

        Raises:
            pulumi.RunError: the other provider has it under the same name and parent.
        """
        for prefix in (DYNAMIC, PLUGIN):
            if request.type.startswith(prefix):
                key = (request.type.removeprefix(prefix), request.name, request.parent)
                with self._lock:
                    other = self._seen.setdefault(key, prefix)
                if other != prefix:
                    raise pulumi.RunError(
                        f"{key[0]} {request.name!r} is declared twice: with pulumi_ftjobs and with the plugin ftjobs. "
                        "Both would manage the same object. Remove one of the two, or rename it"
                    )
        if request.type.startswith(DYNAMIC):
            request.aliases.add().spec.type = PLUGIN + request.type.removeprefix(DYNAMIC)
        return proceed(request)
