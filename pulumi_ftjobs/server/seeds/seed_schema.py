"""The schema of a seed file: all objects are checked before any is stored.

Every error names the list, the place and the member. Unknown members are ignored, as a client does.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pulumi_ftjobs.server.jobs.job_status import (
    CANCELLED,
    FAILED,
    PAUSED,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    VALIDATING,
)
from pulumi_ftjobs.server.server_errors import ApiError
from pulumi_ftjobs.server.training import hyperparameters
from pulumi_ftjobs.server.uploads.training_rows import RowReader

Seed = dict[str, list[dict[str, Any]]]
Judge = tuple[str, Callable[[Any], bool]]

_STATUSES = (VALIDATING, QUEUED, RUNNING, PAUSED, SUCCEEDED, FAILED, CANCELLED)
_METHOD_NAMES = ", ".join(hyperparameters.NAMES)
_LAST_DATE = 1e11
_ID = re.compile(r"[A-Za-z0-9_][\w.:-]{0,199}", re.ASCII)  # a file's id is the name of its bytes on disk


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _has_only(value: object, *kinds: type) -> bool:
    """Tell whether a value is an object with values of these types only."""
    return isinstance(value, dict) and all(isinstance(item, kinds) for item in value.values())


def _is_list(value: object, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(fits(item) for item in value)


def _is_method(value: object) -> bool:
    """Tell whether a value is a method of a known type whose members are objects or null."""
    if not isinstance(value, dict) or value.get("type") not in tuple(hyperparameters.NAMES):
        return False
    return all(isinstance(value.get(name), (dict, type(None))) for name in hyperparameters.NAMES)


_TEXT: Judge = ("a string", lambda v: isinstance(v, str))
_NAME: Judge = ("a string that is not empty", lambda v: isinstance(v, str) and v != "")
_IDENTIFIER: Judge = (
    "a string of letters, digits and . : _ -",
    lambda v: isinstance(v, str) and bool(_ID.fullmatch(v)),
)
_DATE: Judge = ("seconds since 1970", lambda v: _is_number(v) and 0 <= v <= _LAST_DATE)
_COUNT: Judge = ("a whole number", lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0)
_OBJECTS: Judge = ("a list of objects", lambda v: _is_list(v, lambda item: isinstance(item, dict)))
_PAIRS: Judge = ("an object of strings", lambda v: _has_only(v, str))
_OBJECT: Judge = ("an object", lambda v: isinstance(v, dict))

_ANY: dict[str, Judge] = {"project_id": _NAME, "organization_id": _NAME, "object": _TEXT}
_MEMBERS: dict[str, dict[str, Judge]] = {
    "files": {
        "id": _IDENTIFIER, "filename": _NAME, "purpose": _NAME, "bytes": _COUNT, "created_at": _DATE,
        "expires_at": _DATE, "status": _NAME, "status_details": _TEXT, "content": _TEXT, **_ANY,
    },
    "models": {"id": _NAME, "created": _DATE, "owned_by": _TEXT, "shutdown_date": _TEXT, **_ANY},
    "jobs": {
        "id": _IDENTIFIER, "status": (f"one of {', '.join(_STATUSES)}", lambda v: v in _STATUSES), "model": _NAME,
        "created_at": _DATE, "finished_at": _DATE, "estimated_finish": _DATE, "training_file": _NAME,
        "validation_file": _NAME, "fine_tuned_model": _NAME, "trained_tokens": _COUNT, "seed": _COUNT,
        "suffix": _TEXT, "user_provided_suffix": _TEXT, "metadata": _PAIRS, "integrations": _OBJECTS,
        "hyperparameters": _OBJECT,
        "method": (f"an object whose type is one of {_METHOD_NAMES}, with an object of that name", _is_method),
        "error": ("an object whose code, message and param are strings or null",
                  lambda v: _has_only(v, str, type(None))),
        "result_files": ("a list of file ids",
                         lambda v: _is_list(v, _IDENTIFIER[1])),
        **_ANY,
    },
    "permissions": {"id": _IDENTIFIER, "checkpoint": _NAME, "created_at": _DATE, **_ANY},
}  # fmt: skip
_NEEDED = {"models": "id", "permissions": "checkpoint"}
_NEVER_NULL = ("id", "status", "checkpoint")


def read(path: Path) -> Seed:
    """Return the lists of a seed file. Raises `ValueError` with one sentence that says what is wrong where."""
    try:
        document = json.loads(path.read_text("utf-8-sig"))
    except RecursionError:
        raise ValueError(f"{path}: it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{path}: it is not JSON: {error}") from None
    if not isinstance(document, dict) or set(document) - set(_MEMBERS):
        raise ValueError(f"{path}: a seed file is an object with the lists {', '.join(_MEMBERS)}")
    for kind, entries in document.items():
        if not isinstance(entries, list):
            raise ValueError(  # noqa: TRY004  -- what is wrong is the file
                f"{path}: {kind} must be a list of objects, not {_shown(entries)}"
            )
        for place, entry in enumerate(entries):
            wrong = _wrong(kind, entry, f"{kind}[{place}]")
            if wrong:
                raise ValueError(f"{path}: {wrong}")
    return {kind: document.get(kind, []) for kind in _MEMBERS}


def _wrong(kind: str, entry: Any, where: str) -> str | None:
    """Return the first error of an object, None if it is valid."""
    if not isinstance(entry, dict):
        return f"{where} must be an object, not {_shown(entry)}"
    needed = _NEEDED.get(kind)
    if needed and needed not in entry:
        return f"{where}.{needed} is missing"
    for name, (words, fits) in _MEMBERS[kind].items():
        if name not in entry or (entry[name] is None and name not in _NEVER_NULL):
            continue
        if not fits(entry[name]):
            return f"{where}.{name} must be {words}, not {_shown(entry[name])}"
    further = {"jobs": _wrong_numbers, "files": _wrong_rows}.get(kind)
    return _unsound(entry, where) or (further(entry, where) if further else None)


def _wrong_rows(entry: dict[str, Any], where: str) -> str | None:
    """Return the error of training data that no upload could have."""
    if entry.get("content") and entry.get("purpose") in (None, "fine-tune"):
        reader = RowReader(exact=False)
        try:
            reader.feed(entry["content"].encode())
            reader.finish()
        except ApiError as error:
            return f"{where}.content: {error.message}"
    return None


def _wrong_numbers(entry: dict[str, Any], where: str) -> str | None:
    """Check hyperparameters by the rules of a create request, except that they may be null."""
    method = entry.get("method") or {}
    name = method.get("type", "supervised")
    places = {
        "hyperparameters": entry.get("hyperparameters") or {},
        f"method.{name}.hyperparameters": (method.get(name) or {}).get("hyperparameters") or {},
    }
    for place, given in places.items():
        if not isinstance(given, dict):
            return f"{where}.{place} must be an object, not {_shown(given)}"
        known = {
            key: value
            for key, value in given.items()
            if value is not None and key in hyperparameters.NAMES[name]
        }
        try:
            hyperparameters.check(name, known, f"{where}.{place}")
        except ApiError as error:
            return error.message
    return None


def _unsound(value: Any, where: str) -> str | None:
    """Find infinite numbers and lone surrogates at any depth: no answer can contain them."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{where} must be a number that has an end"
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        return f"{where} holds half of a surrogate pair, which is no text"
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        place = f"{where}[{name}]" if isinstance(value, list) else f"{where}.{name}"
        wrong = _unsound(name, where) or _unsound(item, place)
        if wrong:
            return wrong
    return None


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
