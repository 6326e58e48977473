"""What a row is: which of the formats, and whether it keeps that format's rules."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.dataset.found import MESSAGE_TOKENS, ROW_TOKENS, Found, shown_key
from pulumi_ftjobs.dataset.messages import check_messages, check_weights, plain_text
from pulumi_ftjobs.dataset.report import Format
from pulumi_ftjobs.dataset.tools import declared_tools

_CHAT_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions", "function_call"})
_PREFERENCE_KEYS = frozenset({"input", "preferred_output", "non_preferred_output"})
_INPUT_KEYS = frozenset({"messages", "tools", "parallel_tool_calls"})
_NO_TOOLS: frozenset[str] = frozenset()


def check_row(row: dict[str, Any], found: Found) -> Format | None:
    """The format of `row`, None for no known one. Fills `found` with its texts and problems."""
    found.texts = []
    if _is_plain_chat(row, found):
        return "chat"
    found.texts = []
    if "messages" in row:
        return _check_chat(row, found)
    if "preferred_output" in row or "non_preferred_output" in row:
        _check_preference(row, found)
        return "preference"
    if "prompt" in row or "completion" in row:
        _check_completion(row, found)
        return "completion"
    found.say("FT120", "is no known kind of row: it has neither messages, preferred_output nor prompt")
    return None


def _is_plain_chat(row: dict[str, Any], found: Found) -> bool:
    """Whether the row is nothing but plain messages that end with the assistant's.

    Nearly all rows are: this short cut halves the time of a scan.
    """
    messages = row.get("messages")
    if len(row) != 1 or type(messages) is not list:
        return False
    texts = found.texts
    for message in messages:
        text = plain_text(message)
        if text is None:
            return False
        texts.append(text)
    if not messages or messages[-1]["role"] != "assistant":
        return False
    found.overhead += ROW_TOKENS + MESSAGE_TOKENS * len(texts)
    return True


def _check_chat(row: dict[str, Any], found: Found) -> Format:
    messages = row["messages"]
    extra = row.keys() - _CHAT_KEYS
    roles = check_messages(messages, found, where="messages", declared=declared_tools(row, found))
    found.overhead += ROW_TOKENS
    if roles and roles[-1] != "assistant" and (extra or "assistant" not in roles):
        return "reinforcement"  # keys of one's own are what graders read
    check_weights(messages, found)
    _check_keys(extra, found, "the row")
    return "chat"


def _check_preference(row: dict[str, Any], found: Found) -> None:
    given = row.get("input")
    tools = _NO_TOOLS
    if isinstance(given, dict):
        tools = declared_tools(given, found)
        check_messages(given.get("messages"), found, where="input.messages", declared=tools)
        _check_keys(given.keys() - _INPUT_KEYS, found, "input")
    else:
        found.say("FT150", "input must be an object with messages")
    for key in ("preferred_output", "non_preferred_output"):
        roles = check_messages(row.get(key), found, where=key, declared=tools)
        if any(role not in {"assistant", ""} for role in roles):
            found.say("FT151", f"{key} must hold assistant messages only")
    if row.get("preferred_output") and row.get("preferred_output") == row.get("non_preferred_output"):
        found.say("FT152", "preferred_output and non_preferred_output are equal: nothing to prefer")
    _check_keys(row.keys() - _PREFERENCE_KEYS, found, "the row")
    found.overhead += ROW_TOKENS


def _check_completion(row: dict[str, Any], found: Found) -> None:
    for key in ("prompt", "completion"):
        text = row.get(key)
        if not isinstance(text, str):
            found.say("FT170", f"{key} must be text")
        elif text:
            found.texts.append(text)
        else:
            found.say("FT134", f"{key} is empty")
    _check_keys(row.keys() - {"prompt", "completion"}, found, "the row")


def _check_keys(unknown: set[str], found: Found, where: str) -> None:
    for key in sorted(unknown):
        found.say("FT138", f"{where} has the unknown key {shown_key(key)}")
