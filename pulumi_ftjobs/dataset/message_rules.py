"""The rules of chat messages and their content, shared by all formats that contain them."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.dataset.row_context import MESSAGE_TOKENS, NAME_TOKENS, RowContext, shown_key
from pulumi_ftjobs.dataset.tool_calls import Calls

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_PLAIN_ROLES = frozenset({"system", "developer", "user", "assistant"})
_KEYS = frozenset(
    {"role", "content", "name", "weight", "tool_calls", "tool_call_id", "function_call", "refusal"}
)


def check_messages(
    messages: object, context: RowContext, *, where: str, declared: frozenset[str]
) -> list[str]:
    """Report what is wrong with `messages`, called `where`. Returns the roles, "" if unknown."""
    if not isinstance(messages, list) or not messages:
        context.report("FT130", f"{where} must be a list with at least one message")
        return []
    calls = Calls(context, declared)
    roles = []
    for index, message in enumerate(messages):
        text = plain_text(message)
        if text is not None and not calls.open:
            context.texts.append(text)
            roles.append(message["role"])
        else:
            roles.append(_check_any(message, context, calls, f"{where}[{index}]"))
    context.overhead += MESSAGE_TOKENS * len(messages)
    return roles


def plain_text(message: object) -> str | None:
    """The text of a message that is nothing but a role and a text: most are, and need no other check."""
    if type(message) is dict and len(message) == 2:
        role, content = message.get("role"), message.get("content")
        if type(content) is str and content and type(role) is str and role in _PLAIN_ROLES:
            return content
    return None


def check_weights(messages: object, context: RowContext) -> None:
    """A row in which every assistant message weighs 0 teaches nothing."""
    if not isinstance(messages, list):
        return
    weights = [
        message.get("weight", 1)
        for message in messages
        if isinstance(message, dict) and message.get("role") == "assistant"
    ]
    if weights and all(_is_number(weight) and weight == 0 for weight in weights):
        context.report("FT137", "every assistant message has weight 0: nothing to learn from")


def _check_any(message: object, context: RowContext, calls: Calls, place: str) -> str:
    if not isinstance(message, dict):
        context.report("FT131", f"{place} must be an object with role and content")
        return ""
    role = _check_message(message, context, place)
    calls.message(message, role, place)
    return role


def _check_message(message: dict[str, Any], context: RowContext, place: str) -> str:
    role = message.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        what = "is missing" if "role" not in message else "is unknown"
        context.report(
            "FT132", f"{place}.role {what}: one of system, developer, user, assistant, tool, function"
        )
        role = ""
    check_content(message, role, context, place)
    _check_weight(message, role, context, place)
    if not message.keys() <= _KEYS:
        for key in sorted(message.keys() - _KEYS):
            context.report("FT138", f"{place} has the unknown key {shown_key(key)}")
    name = message.get("name")
    if isinstance(name, str):
        context.texts.append(name)
        context.overhead += NAME_TOKENS
    return role


def _check_weight(message: dict[str, Any], role: str, context: RowContext, place: str) -> None:
    if "weight" not in message:
        return
    weight = message["weight"]
    if role not in {"assistant", ""}:
        context.report("FT136", f"{place}.weight: only assistant messages have a weight")
    elif not _is_number(weight) or weight not in {0, 1}:
        context.report("FT136", f"{place}.weight must be 0 or 1")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_INSTEAD = ("tool_calls", "function_call", "refusal")


def check_content(message: dict[str, Any], role: str, context: RowContext, place: str) -> None:
    """Report what is wrong with the content of `message`; collect its texts and images."""
    content = message.get("content")
    refusal = message.get("refusal")
    if isinstance(refusal, str):
        context.texts.append(refusal)
    if isinstance(content, str):
        if content:
            context.texts.append(content)
        elif not _has_other(message):
            context.report("FT134", f"{place}.content is empty")
    elif isinstance(content, list):
        _check_parts(content, role, context, place)
    elif content is not None:
        context.report("FT133", f"{place}.content must be text or a list of parts")
    elif not (role in {"assistant", ""} and _has_other(message)):
        context.report("FT133", f"{place}.content is missing")


def _has_other(message: dict[str, Any]) -> bool:
    return any(message.get(key) for key in _INSTEAD)


def _check_parts(parts: list[Any], role: str, context: RowContext, place: str) -> None:
    if not parts:
        context.report("FT134", f"{place}.content is empty")
    for index, part in enumerate(parts):
        _check_part(part, role, context, f"{place}.content[{index}]")


def _check_part(part: object, role: str, context: RowContext, place: str) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(kind, str):
        context.report("FT133", f"{place} must be an object with a type")
    elif kind in {"text", "refusal"}:
        text = part.get(kind)
        if not isinstance(text, str):
            context.report("FT133", f"{place}.{kind} must be text")
        else:
            context.texts.append(text)
    elif kind == "image_url":
        context.images += 1
        if role not in {"user", ""}:
            context.report("FT142", f"{place} is an image: only user messages may hold images")
        elif not _has_url(part.get("image_url")):
            context.report("FT133", f"{place}.image_url must be an object with a url")
    else:
        context.report("FT142", f"{place} is neither text nor image: training takes no other parts")


def _has_url(image: object) -> bool:
    return isinstance(image, dict) and isinstance(image.get("url"), str)
