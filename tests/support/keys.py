"""The one key of the whole suite, and where it must never appear."""

from __future__ import annotations

import json
from typing import Any

KEY = "sk-test-no-real-key-4f1c9a7be2"
"""Sent by every test that needs a key. Whatever the suite prints, records or stores is searched for it."""

OTHER_KEY = "plain-words-as-key-for-a-local-server"
"""A key that does not look like one: nothing can recognise it by its shape."""


def leaks(value: Any) -> list[str]:
    """Which of the suite's keys appear in `value` (text, or anything JSON can write)."""
    text = value if isinstance(value, str) else json.dumps(value, default=repr)
    return [key for key in (KEY, OTHER_KEY) if key in text]
