"""Where a resource is declared: the lines of the program, without those of this package, the SDK and Python.

The SDK sends the whole call stack, and the state keeps it with every resource: more than a kilobyte, written again at
every step of an update, that begins inside this package.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pulumi

from pulumi_ftjobs.resources.runtime.sdk import Register, RegisterRequest
from pulumi_ftjobs.resources.runtime.wait_registry import OURS

PACKAGE: Final = f"{Path(__file__).parents[2].as_uri()}/"
SDK: Final = f"{Path(pulumi.__file__).parent.as_uri()}/"


def keep_program_lines(request: RegisterRequest, proceed: Register) -> Any:
    """Register a resource of ours with the program's own lines: a handler of the monitor."""
    frames = request.stackTrace.frames
    if request.type.startswith(OURS) and frames:
        uris = [frame.pc.uri for frame in frames]
        first = next((n for n, uri in enumerate(uris) if not uri.startswith(PACKAGE)), len(uris))
        # What runs a program has no file (runpy), or is the SDK's (inline programs).
        last = next(
            (n for n, uri in enumerate(uris) if n >= first and (not uri or uri.startswith(SDK))), len(uris)
        )
        del frames[last:]
        del frames[:first]
        if frames:
            request.sourcePosition.CopyFrom(frames[0].pc)
    return proceed(request)
