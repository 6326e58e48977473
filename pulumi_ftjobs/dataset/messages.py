"""The rules of a list of chat messages, shared by all formats that hold one."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.dataset.content import check_content
from pulumi_ftjobs.dataset.found import MESSAGE_TOKENS, NAME_TOKENS, Found, shown_key
from pulumi_ftjobs.dataset.tools import Calls

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_PLAIN_ROLES = frozenset({"system", "developer", "user", "assistant"})
_KEYS = frozenset(
    {"role", "content", "name", "weight", "tool_calls", "tool_call_id", "function_call", "refusal"}
)


def check_messages(messages: object, found: Found, *, where: str, declared: frozenset[str]) -> list[str]:
    """Report what is wrong with `messages`, called `where`. Returns the roles, "" if unknown."""
    if not isinstance(messages, list) or not messages:
        found.say("FT130", f"{where} must be a list with at least one message")
        return []
    calls = Calls(found, declared)
    roles = []
    for index, message in enumerate(messages):
        text = plain_text(message)
        if text is not None and not calls.open:
            found.texts.append(text)
            roles.append(message["role"])
        else:
            roles.append(_check_any(message, found, calls, f"{where}[{index}]"))
    found.overhead += MESSAGE_TOKENS * len(messages)
    return roles


def plain_text(message: object) -> str | None:
    """The text of a message that is nothing but a role and a text: most are, and need no other check."""
    if type(message) is dict and len(message) == 2:
        role, content = message.get("role"), message.get("content")
        if type(content) is str and content and type(role) is str and role in _PLAIN_ROLES:
            return content
    return None


def check_weights(messages: object, found: Found) -> None:
    """A row in which every assistant message weighs 0 teaches nothing."""
    if not isinstance(messages, list):
        return
    weights = [
        message.get("weight", 1)
        for message in messages
        if isinstance(message, dict) and message.get("role") == "assistant"
    ]
    if weights and all(_is_number(weight) and weight == 0 for weight in weights):
        found.say("FT137", "every assistant message has weight 0: nothing to learn from")


def _check_any(message: object, found: Found, calls: Calls, place: str) -> str:
    if not isinstance(message, dict):
        found.say("FT131", f"{place} must be an object with role and content")
        return ""
    role = _check_message(message, found, place)
    calls.message(message, role, place)
    return role


def _check_message(message: dict[str, Any], found: Found, place: str) -> str:
    role = message.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        what = "is missing" if "role" not in message else "is unknown"
        found.say("FT132", f"{place}.role {what}: one of system, developer, user, assistant, tool, function")
        role = ""
    check_content(message, role, found, place)
    _check_weight(message, role, found, place)
    if not message.keys() <= _KEYS:
        for key in sorted(message.keys() - _KEYS):
            found.say("FT138", f"{place} has the unknown key {shown_key(key)}")
    name = message.get("name")
    if isinstance(name, str):
        found.texts.append(name)
        found.overhead += NAME_TOKENS
    return role


def _check_weight(message: dict[str, Any], role: str, found: Found, place: str) -> None:
    if "weight" not in message:
        return
    weight = message["weight"]
    if role not in {"assistant", ""}:
        found.say("FT136", f"{place}.weight: only assistant messages have a weight")
    elif not _is_number(weight) or weight not in {0, 1}:
        found.say("FT136", f"{place}.weight must be 0 or 1")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
