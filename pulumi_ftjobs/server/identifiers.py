"""Identifiers and model names in the shapes the service uses."""

from __future__ import annotations

import hashlib
import re
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits


def fresh(prefix: str, length: int = 24) -> str:
    """A new random id, for example `ftjob-` plus 24 letters and digits."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def derived(prefix: str, *parts: object, length: int = 24) -> str:
    """An id that is always the same for the same parts, so that what is computed at read time can be named again."""
    number = int.from_bytes(hashlib.sha256("\0".join(map(str, parts)).encode()).digest(), "big")
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return prefix + "".join(letters)


def slug(title: str) -> str:
    """An organization's title as it appears in a model name."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "personal"


def model_name(base: str, organization: str, suffix: str | None, eight: str) -> str:
    """`ft:<base>:<organization>:<suffix>:<8 characters>`; an absent suffix leaves its place empty."""
    return f"ft:{base}:{organization}:{suffix or ''}:{eight}"
