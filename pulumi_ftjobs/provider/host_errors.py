"""Show foreseeable errors as their message alone.

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
