"""One line of JSONL into one object, or the rule it breaks. The content never reaches the message."""

from __future__ import annotations

import json
from typing import Any, NoReturn

NOT_AN_OBJECT = "is not a JSON object: every row is {...} on one line"


class BadRowError(Exception):
    """A line that is no row; `code` is its rule."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the rule beside the sentence."""
        super().__init__(message)
        self.code = code


class _ConstantError(ValueError):
    """NaN or Infinity, which Python reads although JSON does not know them."""


def _constant(_: str) -> NoReturn:
    raise _ConstantError


_scan_once = json.JSONDecoder(parse_constant=_constant).scan_once  # type: ignore[attr-defined]


def parse(line: bytes) -> tuple[dict[str, Any], str]:
    """The object in a line and the line's text. Raises BadRowError for everything else.

    The scanner itself is called because json.loads spends as long on detecting the encoding and on
    its wrappers as on a short row.
    """
    try:
        text = line.decode()
        row, end = _scan_once(text, 0)
    except (StopIteration, ValueError, RecursionError):
        return parse_slowly(line)
    if end == len(text) and type(row) is dict:
        return row, text
    return parse_slowly(line)


def parse_slowly(line: bytes) -> tuple[dict[str, Any], str]:
    """`parse` with every reason spelled out."""
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise BadRowError("FT112", f"is not UTF-8 (byte {error.start + 1} of the line)") from None
    bare = text.strip(" \t")
    if not bare:
        raise BadRowError("FT113", "is blank")
    try:
        row, end = _scan_once(bare, 0)
    except json.JSONDecodeError as error:
        raise BadRowError("FT110", f"is not JSON: {error.msg.strip(' :')}, column {error.colno}") from None
    except StopIteration as error:
        raise BadRowError("FT110", f"is not JSON: nothing valid at column {int(error.value) + 1}") from None
    except RecursionError:
        raise BadRowError("FT110", "is not usable JSON: nested too deeply") from None
    except _ConstantError:
        raise BadRowError("FT110", "is not JSON: NaN and Infinity are no numbers there") from None
    except ValueError:
        raise BadRowError("FT110", "is not usable JSON: a number has too many digits") from None
    if end != len(bare) and bare[end:].strip(" \t"):
        raise BadRowError("FT110", f"holds more than one JSON value (from column {end + 1}): one row a line")
    if type(row) is not dict:
        raise BadRowError("FT111", NOT_AN_OBJECT)
    return row, text
