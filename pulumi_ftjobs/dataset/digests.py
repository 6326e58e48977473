"""The two digests of a training file: of its rows, which decide about training, and of its bytes.

The recipe of the rows digest is kept in users' states, so it never changes: a new recipe would be
"v2:". Version 1 is "v1:" and the first 32 hex digits of the SHA-256 over these bytes:

1. one leading UTF-8 byte order mark removed;
2. every CR LF, then every remaining CR, turned into LF;
3. all trailing LF removed (a line holding a blank is not empty, and stays);
4. one LF added.

The order of the rows counts. So a checkout with Windows line ends trains nothing again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

BOM = b"\xef\xbb\xbf"
_FEW = 1 << 16


def normalised(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Pairs of (block as read, the same with BOM and CR gone). The very same object when nothing changes.

    A CR at the end of a block waits for the next one, which may begin with its LF. A last pair of
    (b"", ...) hands out what still waited.
    """
    first, waiting = True, b""
    for block in blocks:
        text = block
        if first and text.startswith(BOM):
            text = text[len(BOM) :]
        first = False
        if waiting or b"\r" in text:
            text = waiting + text
            waiting = b"\r" if text.endswith(b"\r") else b""
            text = text[: len(text) - len(waiting)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield block, text
    if waiting:
        yield b"", b"\n"


class Digests:
    """Both digests in one pass; one SHA-256 serves for both for as long as the bytes are normal already."""

    def __init__(self) -> None:
        """Start with an empty file."""
        self.size = 0
        self._bytes = hashlib.sha256()
        self._rows = self._bytes  # a separate hasher from the first byte that differs
        self._last = b""  # the last two normalised bytes
        self._held = 0  # LFs not in _rows yet: dropped if nothing follows
        self._open = True  # the last hashed row has no LF yet

    def feed(self, block: bytes, text: bytes) -> None:
        """Add a block as read and its normalised text, as `normalised` pairs them."""
        last = (self._last + text[-2:])[-2:]
        if self._rows is self._bytes and (text is not block or last == b"\n\n"):
            self._rows = self._bytes.copy()
            self._open = not self._last.endswith(b"\n")
        self._last = last
        self._bytes.update(block)
        self.size += len(block)
        if self._rows is not self._bytes:
            self._feed_rows(text)

    def _feed_rows(self, text: bytes) -> None:
        body = text.rstrip(b"\n")
        if body:
            for start in range(0, self._held, _FEW):
                self._rows.update(b"\n" * min(_FEW, self._held - start))
            self._rows.update(body)
            self._held, self._open = 0, True
        self._held += len(text) - len(body)

    @property
    def bytes_digest(self) -> str:
        """The word "sha256:" and 64 hex digits over the bytes as read so far."""
        return f"sha256:{self._bytes.hexdigest()}"

    @property
    def rows_digest(self) -> str:
        """The word "v1:" and 32 hex digits over the rows so far, by the recipe above."""
        rows = self._rows.copy()
        is_open = not self._last.endswith(b"\n") if self._rows is self._bytes else self._open
        if is_open:
            rows.update(b"\n")
        return f"v1:{rows.hexdigest()[:32]}"


def digest_rows(data: bytes) -> str:
    """The rows digest of bytes that are in memory already."""
    digests = Digests()
    for block, text in normalised([data]):
        digests.feed(block, text)
    return digests.rows_digest
