"""What a row is: which of the formats, whether it follows that format's rules, and which format a file has."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.dataset.file_report import SHOWN, Format
from pulumi_ftjobs.dataset.message_rules import check_messages, check_weights, plain_text
from pulumi_ftjobs.dataset.row_context import (
    MESSAGE_TOKENS,
    ROW_TOKENS,
    FileDiagnostics,
    RowContext,
    shown_key,
)
from pulumi_ftjobs.dataset.tool_calls import declared_tools

_CHAT_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions", "function_call"})
_PREFERENCE_KEYS = frozenset({"input", "preferred_output", "non_preferred_output"})
_INPUT_KEYS = frozenset({"messages", "tools", "parallel_tool_calls"})
_NO_TOOLS: frozenset[str] = frozenset()


def check_row(row: dict[str, Any], context: RowContext) -> Format | None:
    """The format of `row`, None for no known one. Fills `context` with its texts and diagnostics."""
    context.texts = []
    if _is_plain_chat(row, context):
        return "chat"
    context.texts = []
    if "messages" in row:
        return _check_chat(row, context)
    if "preferred_output" in row or "non_preferred_output" in row:
        _check_preference(row, context)
        return "preference"
    if "prompt" in row or "completion" in row:
        _check_completion(row, context)
        return "completion"
    context.report("FT120", "is no known kind of row: it has neither messages, preferred_output nor prompt")
    return None


def _is_plain_chat(row: dict[str, Any], context: RowContext) -> bool:
    """Whether the row is nothing but plain messages that end with the assistant's.

    Nearly all rows are: this short cut halves the time of a scan.
    """
    messages = row.get("messages")
    if len(row) != 1 or type(messages) is not list:
        return False
    texts = context.texts
    for message in messages:
        text = plain_text(message)
        if text is None:
            return False
        texts.append(text)
    if not messages or messages[-1]["role"] != "assistant":
        return False
    context.overhead += ROW_TOKENS + MESSAGE_TOKENS * len(texts)
    return True


def _check_chat(row: dict[str, Any], context: RowContext) -> Format:
    messages = row["messages"]
    extra = row.keys() - _CHAT_KEYS
    roles = check_messages(messages, context, where="messages", declared=declared_tools(row, context))
    context.overhead += ROW_TOKENS
    if roles and roles[-1] != "assistant" and (extra or "assistant" not in roles):
        return "reinforcement"  # keys of one's own are what graders read
    check_weights(messages, context)
    _check_keys(extra, context, "the row")
    return "chat"


def _check_preference(row: dict[str, Any], context: RowContext) -> None:
    given = row.get("input")
    tools = _NO_TOOLS
    if isinstance(given, dict):
        tools = declared_tools(given, context)
        check_messages(given.get("messages"), context, where="input.messages", declared=tools)
        _check_keys(given.keys() - _INPUT_KEYS, context, "input")
    else:
        context.report("FT150", "input must be an object with messages")
    for key in ("preferred_output", "non_preferred_output"):
        roles = check_messages(row.get(key), context, where=key, declared=tools)
        if any(role not in {"assistant", ""} for role in roles):
            context.report("FT151", f"{key} must hold assistant messages only")
    if row.get("preferred_output") and row.get("preferred_output") == row.get("non_preferred_output"):
        context.report("FT152", "preferred_output and non_preferred_output are equal: nothing to prefer")
    _check_keys(row.keys() - _PREFERENCE_KEYS, context, "the row")
    context.overhead += ROW_TOKENS


def _check_completion(row: dict[str, Any], context: RowContext) -> None:
    for key in ("prompt", "completion"):
        text = row.get(key)
        if not isinstance(text, str):
            context.report("FT170", f"{key} must be text")
        elif text:
            context.texts.append(text)
        else:
            context.report("FT134", f"{key} is empty")
    _check_keys(row.keys() - {"prompt", "completion"}, context, "the row")


def _check_keys(unknown: set[str], context: RowContext, where: str) -> None:
    for key in sorted(unknown):
        context.report("FT138", f"{where} has the unknown key {shown_key(key)}")


class Formats:
    """Counts rows by format and keeps the first lines of each, so that one pass is enough."""

    def __init__(self) -> None:
        """Start without rows."""
        self._counts: dict[Format, int] = {}
        self._lines: dict[Format, list[int]] = {}

    def add(self, kind: Format, line: int) -> None:
        """Count a row."""
        count = self._counts.get(kind, 0)
        self._counts[kind] = count + 1
        if count < SHOWN:
            self._lines.setdefault(kind, []).append(line)

    def decide(self, diagnostics: FileDiagnostics) -> Format | None:
        """The file's format, None without any known row; rows of another one are reported."""
        if not self._counts:
            return None
        chosen = max(self._counts, key=lambda kind: self._counts[kind])
        for kind, count in self._counts.items():
            if kind != chosen:
                code, message = _stranger(kind, chosen)
                for line in self._lines[kind]:
                    diagnostics.add(code, message, line)
                diagnostics.skip(count - len(self._lines[kind]))
        return chosen


def _stranger(kind: Format, chosen: Format) -> tuple[str, str]:
    if (kind, chosen) == ("reinforcement", "chat"):
        return "FT135", "does not end with an assistant message to learn from"
    if (kind, chosen) == ("chat", "reinforcement"):
        return "FT160", "ends with an assistant message: a reinforcement row ends with the user's"
    return "FT121", f"is a {kind} row in a file of {chosen} rows"
