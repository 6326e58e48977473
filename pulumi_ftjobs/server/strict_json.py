"""JSON from clients: values that pass can be stored, computed with and written as JSON again.

JSON's grammar allows more than that: numbers beyond every float, halves of surrogate pairs, nesting without end. Any
of them, once stored, would spoil the answers of everybody after.
"""

from __future__ import annotations

import json
import math
from typing import Any

_DEEPEST = 100


def parse_json(data: bytes | bytearray | str) -> Any:
    """Parse a JSON text, UTF-8 if it is bytes. Raises `ValueError` with one sentence that says what is wrong."""
    text = data if isinstance(data, str) else data.decode("utf-8-sig")
    try:
        value = json.loads(text, parse_constant=_constant, parse_float=_number, parse_int=_number)
        _check_depth(value)
    except RecursionError:
        raise ValueError(f"nested deeper than {_DEEPEST} levels") from None
    if "\\u" in text:
        _check_text(value)
    return value


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _number(digits: str) -> float:
    """Return an integer or a float; refuse numbers beyond a float."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {digits[:20]} is too large")
    return int(digits) if digits.lstrip("-").isdecimal() else number


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise RecursionError


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _check_text(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no text") from None
