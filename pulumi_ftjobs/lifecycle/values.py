"""Plain values as both sides of the process border see them: unknowns, canonical forms, digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final


class Unknown:
    """A value that a preview does not know yet. There is one instance, `UNKNOWN`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


def contains_unknown(value: object) -> bool:
    """Whether `value` is, or holds at any depth, a value that is not known yet."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(contains_unknown(item) for item in value)
    return False


def whole_numbers(value: Any) -> Any:
    """`value` with every float that is a whole number turned into an int: the engine sends 3 as 3.0."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, Mapping):
        return {key: whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [whole_numbers(item) for item in value]
    return value


def without_nulls(value: Any) -> Any:
    """`value` without keys whose value is None, at any depth: absent and null declare the same."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(item) for item in value]
    return value


def digest(value: Any, length: int = 16) -> str:
    """The first `length` hex digits of the SHA-256 of the canonical JSON of `value`.

    Canonical: keys sorted, no spaces, whole floats as ints, UTF-8. Written into state and into the
    service's metadata, so the recipe is permanent.
    """
    text = json.dumps(whole_numbers(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def without_surrogates(text: str) -> str:
    """`text` with lone surrogates, which no encoding can write, as replacement characters."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def printable(text: str) -> str:
    """`text` with a space for each control character: safe for a terminal and a log."""
    return "".join(char if char.isprintable() else " " for char in text)


def one_line(text: str, limit: int = 300) -> str:
    """`text` on one line, without control characters, cut at `limit`: safe for a terminal and a log."""
    clean = " ".join(printable(text).split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def listed(items: Sequence[str], conjunction: str = "and") -> str:
    """`items` as English: "a", "a and b", "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"
