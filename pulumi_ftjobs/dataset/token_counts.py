"""How many tokens a text is: exact with the `tokens` extra, else an estimate with a known error.

Neither needs a network. The exact counter (toktok, vocabulary o200k_base: gpt-4o, gpt-4.1 and later)
carries its vocabulary compiled in; docs/cost.md tells how it was chosen and how the estimate was measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import cast

_ENCODING = "o200k_base"
_BATCH = 1 << 20  # characters handed to the exact counter at once: enough for all cores, little memory

# Fitted to the exact counts of 64 kinds of text (34 languages; prose, manuals, code, JSON, HTML).
_PER_CHARACTER = 0.27
_PER_EXTRA_BYTE = 0.07  # UTF-8 bytes beyond one a character, outside East Asian scripts
_PER_EAST_ASIAN = 0.79
_EAST_ASIAN = "[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]"  # compiled at first use only: it is slow


def is_exact() -> bool:
    """Whether the `tokens` extra is installed."""
    return _batch_count() is not None


@cache
def _batch_count() -> Callable[[list[str], str], list[int]] | None:
    try:
        # Half a second and 80 MB: only when tokens are counted.
        batch_count = import_module("toktok").batch_count
    except ImportError:
        return None
    return cast("Callable[[list[str], str], list[int]]", batch_count)


class Counter:
    """Counts the tokens of many texts, in bounded memory."""

    def __init__(self, *, exact: bool | None = None) -> None:
        """`exact=False` estimates even where the exact counter is installed."""
        self.exact = is_exact() if exact is None else exact
        self._waiting: list[str] = []
        self._size = 0
        self._counted = 0
        self._characters = self._extra = self._east_asian = 0

    def add(self, texts: list[str]) -> None:
        """Count these texts too. They are tokenised one by one: tokens never span two of them."""
        if self.exact:
            self._waiting += texts
            self._size += sum(map(len, texts))
            if self._size >= _BATCH:
                self._flush()
            return
        for text in texts:
            self._characters += len(text)
            if not text.isascii():
                self._beyond_ascii(text)

    def total(self) -> int:
        """The tokens of all texts so far."""
        if self.exact:
            self._flush()
            return self._counted
        return round(
            _PER_CHARACTER * (self._characters - self._east_asian)
            + _PER_EXTRA_BYTE * (self._extra - 2 * self._east_asian)
            + _PER_EAST_ASIAN * self._east_asian
        )

    def _flush(self) -> None:
        count = _batch_count()
        if count is not None and self._waiting:
            self._counted += sum(count(_encodable(self._waiting), _ENCODING))
        self._waiting, self._size = [], 0

    def _beyond_ascii(self, text: str) -> None:
        extra = len(text.encode("utf-8", "surrogatepass")) - len(text)
        self._extra += extra
        if extra * 8 >= len(text):
            self._east_asian += len(re.findall(_EAST_ASIAN, text))


def count(texts: list[str], *, exact: bool | None = None) -> int:
    """The tokens of a few texts."""
    counter = Counter(exact=exact)
    counter.add(texts)
    return counter.total()


def _encodable(texts: list[str]) -> list[str]:
    """The texts with lone surrogates (JSON may spell them as escapes) replaced, as services do."""
    try:
        for text in texts:
            if not text.isascii():
                text.encode()
    except UnicodeEncodeError:
        return [text.encode("utf-8", "replace").decode() for text in texts]
    return texts
