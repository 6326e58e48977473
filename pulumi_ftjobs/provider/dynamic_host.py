"""What is used of the dynamic host beyond its interface: how it shows errors, and the request it is working on.

The dynamic host answers every exception with a formatted traceback, so that the row of a refused job would begin
with "Traceback (most recent call last)". A foreseeable error is shown as its message alone.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any


class ProviderError(Exception):
    """A foreseeable failure on its way to the engine: its text is what the user reads."""


class _Traceback:
    """The standard module, but for what it says about a ProviderError."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def format_exc(self, *given: Any, **named: Any) -> str:
        """The sentence of a ProviderError; of everything else what the standard module says."""
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, ProviderError) else traceback.format_exc(*given, **named)


def show_sentences_only() -> None:
    """Let the host that runs as the main module, if it is one, ask here for its answers."""
    host = sys.modules.get("__main__")
    if getattr(host, "traceback", None) is traceback and hasattr(host, "DynamicResourceProviderServicer"):
        vars(host)["traceback"] = _Traceback()


def requested_urn() -> str | None:
    """The URN in the request that the host is working on; None where the host is another.

    The host passes only id and properties on; an entry that `pulumi state move` brought here still has the old URN
    in its properties.
    """
    frame = sys._getframe()  # noqa: SLF001 - the caller's variables are the only way
    while frame is not None:
        request = frame.f_locals.get("request")
        urn = getattr(request, "urn", None)
        if isinstance(urn, str) and urn.startswith("urn:pulumi:"):
            return urn
        frame = frame.f_back  # type: ignore[assignment]
    return None
