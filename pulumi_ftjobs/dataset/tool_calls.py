"""The rules of tools: what is declared, what is called, and that every answer answers a call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pulumi_ftjobs.dataset.row_context import RowContext

_CALL_TOKENS = 4


def declared_tools(row: Mapping[str, Any], context: RowContext) -> frozenset[str]:
    """Names of the tools (and legacy functions) a row declares; reports malformed ones."""
    names = set()
    for key in ("tools", "functions"):
        declared = row.get(key)
        if declared is None:
            continue
        if not isinstance(declared, list):
            context.report("FT140", f"{key} must be a list")
            continue
        context.guessed = True
        if context.counting:
            context.texts.append(json.dumps(declared, ensure_ascii=False, separators=(",", ":")))
        for index, tool in enumerate(declared):
            name = _declared_name(tool, key)
            if name is None:
                needed = "type function and function.name" if key == "tools" else "a name"
                context.report("FT140", f"{key}[{index}] must be an object with {needed}")
            else:
                names.add(name)
    return frozenset(names)


def _declared_name(tool: object, key: str) -> str | None:
    if key == "tools":
        if not isinstance(tool, dict) or tool.get("type") != "function":
            return None
        tool = tool.get("function")
    name = tool.get("name") if isinstance(tool, dict) else None
    return name if isinstance(name, str) and name else None


class Calls:
    """Follows the calls of one conversation. Those of the last message need no answer: they are learnt."""

    def __init__(self, context: RowContext, declared: frozenset[str]) -> None:
        """Report into `context`; `declared` are the names a call may use."""
        self._context = context
        self._declared = declared
        self.open: set[str] = set()  # ids of calls without an answer so far

    def message(self, message: Mapping[str, Any], role: str, place: str) -> None:
        """Look at the next message."""
        if role == "tool":
            self._answer(message.get("tool_call_id"), place)
            return
        if self.open:
            self._context.report("FT139", f"{place} comes before every tool call above it has its answer")
            self.open = set()
        calls = message.get("tool_calls")
        if calls is not None:
            self._calls(calls, role, place)
        legacy = message.get("function_call")
        if isinstance(legacy, dict):
            self._function(legacy, f"{place}.function_call")

    def _answer(self, call: object, place: str) -> None:
        if not isinstance(call, str) or call not in self.open:
            self._context.report(
                "FT139", f"{place}.tool_call_id answers no open call of the assistant message before"
            )
        else:
            self.open.discard(call)

    def _calls(self, calls: object, role: str, place: str) -> None:
        if role not in {"assistant", ""} or not isinstance(calls, list):
            self._context.report("FT140", f"{place}.tool_calls must be a list, in an assistant message")
            return
        for index, call in enumerate(calls):
            where = f"{place}.tool_calls[{index}]"
            known = call.get("id") if isinstance(call, dict) else None
            if not isinstance(call, dict) or not isinstance(known, str):
                self._context.report("FT140", f"{where} must be an object with id, type and function")
                continue
            self.open.add(known)
            self._function(call.get("function"), f"{where}.function")

    def _function(self, function: object, where: str) -> None:
        name = function.get("name") if isinstance(function, dict) else None
        arguments = function.get("arguments") if isinstance(function, dict) else None
        if not isinstance(name, str) or not isinstance(arguments, str):
            self._context.report("FT140", f"{where} must hold name and arguments, both text")
            return
        self._context.guessed = True
        self._context.overhead += _CALL_TOKENS
        self._context.texts += (name, arguments)
        if name not in self._declared:
            self._context.report("FT141", f"{where}.name is not among the row's tools")
