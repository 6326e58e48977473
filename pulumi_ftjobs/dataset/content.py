"""The rules of a message's content: text, or a list of text and image parts."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.dataset.found import Found

_INSTEAD = ("tool_calls", "function_call", "refusal")


def check_content(message: dict[str, Any], role: str, found: Found, place: str) -> None:
    """Report what is wrong with the content of `message`; collect its texts and images."""
    content = message.get("content")
    refusal = message.get("refusal")
    if isinstance(refusal, str):
        found.texts.append(refusal)
    if isinstance(content, str):
        if content:
            found.texts.append(content)
        elif not _has_other(message):
            found.say("FT134", f"{place}.content is empty")
    elif isinstance(content, list):
        _check_parts(content, role, found, place)
    elif content is not None:
        found.say("FT133", f"{place}.content must be text or a list of parts")
    elif not (role in {"assistant", ""} and _has_other(message)):
        found.say("FT133", f"{place}.content is missing")


def _has_other(message: dict[str, Any]) -> bool:
    return any(message.get(key) for key in _INSTEAD)


def _check_parts(parts: list[Any], role: str, found: Found, place: str) -> None:
    if not parts:
        found.say("FT134", f"{place}.content is empty")
    for index, part in enumerate(parts):
        _check_part(part, role, found, f"{place}.content[{index}]")


def _check_part(part: object, role: str, found: Found, place: str) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(kind, str):
        found.say("FT133", f"{place} must be an object with a type")
    elif kind in {"text", "refusal"}:
        text = part.get(kind)
        if not isinstance(text, str):
            found.say("FT133", f"{place}.{kind} must be text")
        else:
            found.texts.append(text)
    elif kind == "image_url":
        found.images += 1
        if role not in {"user", ""}:
            found.say("FT142", f"{place} is an image: only user messages may hold images")
        elif not _has_url(part.get("image_url")):
            found.say("FT133", f"{place}.image_url must be an object with a url")
    else:
        found.say("FT142", f"{place} is neither text nor image: training takes no other parts")


def _has_url(image: object) -> bool:
    return isinstance(image, dict) and isinstance(image.get("url"), str)
