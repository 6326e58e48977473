"""Texts that look like credentials: recognized by their form, and masked wherever others could read them."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "[key]"
_KEY: Final = re.compile(
    r"\b(?:sk|sess|pk|ek)-[A-Za-z0-9_*.-]{4,}"  # OpenAI and services like it; a 401 echoes part of the key
    r"|\beyJ[A-Za-z0-9_.-]{16,}"  # JSON web tokens, Entra's among them
    r"|\bBearer\s+\S+"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bpul-[0-9a-f]{20,}"
    r"|\bhf_[A-Za-z0-9]{20,}|\bAIza[\w-]{30,}|\bxox[abprs]-[\w-]{10,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


def masked(text: str) -> str:
    """`text` with `[key]` in place of everything that looks like a credential."""
    return _KEY.sub(MASK, text)


def looks_like_key(text: str) -> bool:
    """Whether `text` contains something that looks like a credential."""
    return _KEY.search(text) is not None
