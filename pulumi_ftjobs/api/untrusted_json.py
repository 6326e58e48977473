"""The border at which a service's JSON is read: what could harm the state or the program is taken out here.

Cleaned and never refused: after a create call a job exists, whatever its answer holds.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

from pulumi_ftjobs.lifecycle.values import without_surrogates

MAX_DEPTH: Final = 60
"""Levels of nesting; what lies deeper is dropped."""
MAX_NUMBER: Final = 2**63
"""Larger whole numbers become None: no state and no clock can hold them."""
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Pulumi's mark of a value that is not plain data (an asset, a secret); a member of this name is dropped."""
UNKNOWN_TEXTS: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""How Pulumi writes unknown values of each type; such a text becomes an empty one."""


def parse_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object in `body`, cleaned; None if it is anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return _clean(value, 0) if isinstance(value, dict) else None


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        members = {} if depth > MAX_DEPTH else value
        return {
            without_surrogates(name): _clean(item, depth + 1)
            for name, item in members.items()
            if name != SIGNATURE
        }
    if isinstance(value, list):
        return [] if depth > MAX_DEPTH else [_clean(item, depth + 1) for item in value]
    if isinstance(value, str):
        return "" if value in UNKNOWN_TEXTS else without_surrogates(value)
    return value if isinstance(value, bool) or _is_usable(value) else None


def _is_usable(value: Any) -> bool:
    """Whether a number can be stored and counted with."""
    if isinstance(value, int):
        return abs(value) < MAX_NUMBER
    return isinstance(value, float) and math.isfinite(value) and abs(value) < MAX_NUMBER
