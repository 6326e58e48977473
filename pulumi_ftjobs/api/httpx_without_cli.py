"""The HTTP library without its own command line, which it imports where rich and click are installed.

That import takes three quarters of the library's import time, in every process that sends a request.
"""

from __future__ import annotations

import sys

_CLI = "httpx._main"

if _CLI not in sys.modules:
    sys.modules[_CLI] = None  # type: ignore[assignment]  # makes its import an ImportError, which httpx expects
    try:
        import httpx
    finally:
        del sys.modules[_CLI]
else:
    import httpx

__all__ = ["httpx"]
