"""Headers that a gateway in front of the service needs: `ftjobs:headers`, sent on every call, never logged."""

from __future__ import annotations

import json
import re
from typing import Final

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.values import one_line

Headers = tuple[tuple[str, str], ...]

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_VALUE: Final = re.compile(r"[\x20-\x7e]{0,8192}")
OWN: Final = frozenset(
    {"api-key", "authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"}
)
"""Headers that this provider, or HTTP itself, sets."""


def parse_headers(text: str | None) -> Headers:
    """The headers behind config `ftjobs:headers`: a JSON object of strings.

    Raises SettingsError, which names a header and never shows its value.
    """
    if not text:
        return ()
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise SettingsError('ftjobs:headers must be a JSON object such as {"x-portkey-provider": "openai"}')
    for name, value in given.items():
        shown = one_line(repr(name), 60)
        if not _NAME.fullmatch(name):
            raise SettingsError(f"ftjobs:headers: {shown} is not a header name")
        if name.lower() in OWN:
            raise SettingsError(
                f"ftjobs:headers: {shown} is set by this provider; see ftjobs:apiKey and ftjobs:auth"
            )
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise SettingsError(
                f"ftjobs:headers: the value of {shown} must be a string of printable ASCII characters"
            )
    return tuple(sorted(given.items()))
