"""Tokens of uploaded rows: exact where the `tokens` extra is installed, otherwise a documented estimate.

The rules are those of docs/cost.md: a message costs four tokens beside its texts, a name one more, a row three.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

_ENCODING = "o200k_base"
_BATCH = 1 << 20  # characters counted at once
_ROW, _MESSAGE, _NAME, _CALL = 3, 4, 1, 4
_PER_CHARACTER, _PER_EXTRA_BYTE, _PER_EAST_ASIAN = 0.27, 0.07, 0.79
_EAST_ASIAN = re.compile("[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]")


def counts_exactly() -> bool:
    """Tell whether the exact counter is installed, without loading it."""
    return find_spec("toktok") is not None


class TokenCounter:
    """Adds up the tokens of many rows in bounded memory.

    The first exact count of a process builds tables: most of a second in which nothing else runs.
    """

    def __init__(self, *, exact: bool = True) -> None:
        self._exact = exact and counts_exactly()
        self._waiting: list[str] = []
        self._size = 0
        self._counted = 0
        self._characters = self._extra = self._east_asian = 0

    def add(self, row: dict[str, Any]) -> None:
        """Count one row."""
        for item in _items(row):
            if isinstance(item, int):
                self._counted += item
            elif self._exact:
                self._waiting.append(item)
                self._size += len(item)
            else:
                self._estimate(item)
        if self._size >= _BATCH:
            self._flush()

    def total(self) -> int:
        """Return the tokens of all rows so far."""
        self._flush()
        return self._counted + round(
            _PER_CHARACTER * (self._characters - self._east_asian)
            + _PER_EXTRA_BYTE * (self._extra - 2 * self._east_asian)
            + _PER_EAST_ASIAN * self._east_asian
        )

    def _flush(self) -> None:
        if self._waiting:
            texts = [text.encode("utf-8", "replace").decode() for text in self._waiting]
            self._counted += sum(import_module("toktok").batch_count(texts, _ENCODING))
        self._waiting, self._size = [], 0

    def _estimate(self, text: str) -> None:
        self._characters += len(text)
        extra = len(text.encode("utf-8", "surrogatepass")) - len(text)
        self._extra += extra
        if extra and extra * 8 >= len(text):
            self._east_asian += len(_EAST_ASIAN.findall(text))


def _items(row: dict[str, Any]) -> Iterator[str | int]:
    """Yield the texts of a row, and the tokens of the format itself as numbers."""
    if "messages" in row:
        yield from _conversation(row)
        yield _ROW
    elif "preferred_output" in row or "non_preferred_output" in row:
        if isinstance(row.get("input"), dict):
            yield from _conversation(row["input"])
        for name in ("preferred_output", "non_preferred_output"):
            yield from _messages(row.get(name))
        yield _ROW
    else:
        yield from (row[name] for name in ("prompt", "completion") if isinstance(row.get(name), str))


def _conversation(holder: dict[str, Any]) -> Iterator[str | int]:
    for name in ("tools", "functions"):
        if isinstance(holder.get(name), list):
            yield json.dumps(holder[name], ensure_ascii=False, separators=(",", ":"))
    yield from _messages(holder.get("messages"))


def _messages(messages: object) -> Iterator[str | int]:
    if not isinstance(messages, list):
        return
    yield _MESSAGE * len(messages)
    for message in messages:
        if isinstance(message, dict):
            yield from _message(message)


def _message(message: dict[str, Any]) -> Iterator[str | int]:
    if isinstance(message.get("refusal"), str):
        yield message["refusal"]
    content = message.get("content")
    if isinstance(content, str):
        yield content
    for part in content if isinstance(content, list) else ():
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in ("text", "refusal") and isinstance(part.get(kind), str):
            yield part[kind]
    if isinstance(message.get("name"), str):
        yield message["name"]
        yield _NAME
    calls = message.get("tool_calls")
    functions = (
        [call.get("function") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    )
    for function in [*functions, message.get("function_call")]:
        if isinstance(function, dict) and all(
            isinstance(function.get(k), str) for k in ("name", "arguments")
        ):
            yield from (function["name"], function["arguments"], _CALL)
