"""What a seed file may say: its objects read and judged before any of them is planted.

Every sentence names the list, the place and the member. Members nobody here knows are left alone, as a client would.
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
    """An object of nothing but such values."""
    return isinstance(value, dict) and all(isinstance(item, kinds) for item in value.values())


def _is_list(value: object, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(fits(item) for item in value)


def _is_method(value: object) -> bool:
    """With a known type; its members are objects, or null."""
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
    """The lists of a seed file; raises `ValueError` with one sentence that says where it is wrong."""
    try:
        document = json.loads(path.read_text("utf-8-sig"))
    except RecursionError:
        raise ValueError(f"{path}: it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{path}: it is not JSON: {error}") from None
    if not isinstance(document, dict) or set(document) - set(_MEMBERS):
        raise ValueError(f"{path}: a seed file is an object with the lists {', '.join(_MEMBERS)}")
    for kind, wishes in document.items():
        if not isinstance(wishes, list):
            raise ValueError(  # noqa: TRY004  -- what is wrong is the file
                f"{path}: {kind} must be a list of objects, not {_shown(wishes)}"
            )
        for place, wish in enumerate(wishes):
            wrong = _wrong(kind, wish, f"{kind}[{place}]")
            if wrong:
                raise ValueError(f"{path}: {wrong}")
    return {kind: document.get(kind, []) for kind in _MEMBERS}


def _wrong(kind: str, wish: Any, where: str) -> str | None:
    """What is wrong with an object, in words; None: nothing."""
    if not isinstance(wish, dict):
        return f"{where} must be an object, not {_shown(wish)}"
    needed = _NEEDED.get(kind)
    if needed and needed not in wish:
        return f"{where}.{needed} is missing"
    for name, (words, fits) in _MEMBERS[kind].items():
        if name not in wish or (wish[name] is None and name not in _NEVER_NULL):
            continue
        if not fits(wish[name]):
            return f"{where}.{name} must be {words}, not {_shown(wish[name])}"
    further = {"jobs": _wrong_numbers, "files": _wrong_rows}.get(kind)
    return _unsound(wish, where) or (further(wish, where) if further else None)


def _wrong_rows(wish: dict[str, Any], where: str) -> str | None:
    """Training data that no upload could have brought."""
    if wish.get("content") and wish.get("purpose") in (None, "fine-tune"):
        reader = RowReader()
        try:
            reader.feed(wish["content"].encode())
            reader.finish()
        except ApiError as error:
            return f"{where}.content: {error.message}"
    return None


def _wrong_numbers(wish: dict[str, Any], where: str) -> str | None:
    """Hyperparameters by the rules of a create, except that they may be null."""
    method = wish.get("method") or {}
    name = method.get("type", "supervised")
    places = {
        "hyperparameters": wish.get("hyperparameters") or {},
        f"method.{name}.hyperparameters": (method.get(name) or {}).get("hyperparameters") or {},
    }
    for place, told in places.items():
        if not isinstance(told, dict):
            return f"{where}.{place} must be an object, not {_shown(told)}"
        known = {
            key: value
            for key, value in told.items()
            if value is not None and key in hyperparameters.NAMES[name]
        }
        try:
            hyperparameters.check(name, known, f"{where}.{place}")
        except ApiError as error:
            return error.message
    return None


def _unsound(value: Any, where: str) -> str | None:
    """Numbers without end and half characters, wherever they hide: no answer could carry them."""
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
