"""The schema of a fault rule: a wrong member is refused when the rule is made, not when it applies."""

from __future__ import annotations

import re
from typing import Any

from pulumi_ftjobs.server.server_errors import invalid

_FIELDS = {
    "kind", "method", "path", "count", "skip", "probability", "status", "code", "message", "type", "param", "body",
    "headers", "fields", "retry_after", "retry_after_form", "seconds", "commit", "seed",
}  # fmt: skip


_TEXT, _NUMBER = (str,), (int, float)
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(
        ("kind", "method", "path", "code", "message", "type", "param", "retry_after_form"), _TEXT
    ),
    **dict.fromkeys(("count", "skip", "status", "seed"), (int,)),
    **dict.fromkeys(("probability", "retry_after", "seconds"), _NUMBER),
    "headers": (dict,),
    "fields": (list,),
    "commit": (bool,),
}
_MOST = 1e9
_BOUNDS: dict[str, tuple[float, float]] = {
    "count": (0, _MOST),
    "skip": (0, _MOST),
    "probability": (0, 1),
    "status": (200, 599),
    "retry_after": (-_MOST, _MOST),
    "seconds": (0, _MOST),
}
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\t -~\x80-\xff]*")
# How an answer is framed is not for a header to say.
_OURS = ("content-length", "transfer-encoding", "connection")


def check(request: dict[str, Any]) -> None:
    """Raise a 400 that names the first member that is unknown, of the wrong type or out of range."""
    unknown = sorted(set(request) - _FIELDS)
    if unknown:
        raise invalid(f"Unknown member of a fault: {', '.join(unknown)}.", unknown[0])
    for name, value in request.items():
        if value is not None and name != "body":
            _check_type(name, value)
    for name, (low, high) in _BOUNDS.items():
        if not low <= (low if request.get(name) is None else request[name]) <= high:
            raise invalid(f"{name} must be a number from {low:g} to {high:g}.", name)
    if (request.get("retry_after_form") or "seconds") not in ("seconds", "date", "ms"):
        raise invalid("retry_after_form must be seconds, date or ms.", "retry_after_form")
    if not all(isinstance(name, str) for name in request.get("fields") or []):
        raise invalid("fields must be a list of names.", "fields")
    if request.get("kind") == "drop_fields" and not request.get("fields"):
        raise invalid("fields must name at least one member of the body.", "fields")
    for name, value in (request.get("headers") or {}).items():
        _check_header(name, value)


def _check_type(name: str, value: object) -> None:
    types = _TYPES[name]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise invalid(f"{name} has the wrong type.", name)


def _check_header(name: str, value: object) -> None:
    where = f"headers.{name}"
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
        raise invalid(f"{name!r} cannot be the name of a header here.", where)
    if isinstance(value, (dict, list)) or not _HEADER_VALUE.fullmatch(str(value)):
        raise invalid(f"{value!r} cannot be the value of a header.", where)
