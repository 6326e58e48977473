"""The bytes of a training file on their way to the service, checked against what was declared."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_ftjobs.dataset.digests import Digests
from pulumi_ftjobs.dataset.report import EMPTY, DataFileError, FileChangedError, FileReport
from pulumi_ftjobs.dataset.source import blocks, open_data


def stream(path: str, expected: FileReport) -> Iterator[bytes]:
    """The file's bytes in blocks, hashed on the way; the last block is held back until the digest agrees.

    So an upload of other bytes than `expected` describes never completes. The sum of the lengths is
    `expected.size` whenever the iterator ends by itself.

    Raises:
        FileChangedError: before the last block, when the bytes are no longer the declared ones.
        DataFileError: the file is gone or cannot be read.
    """
    return stream_digest(path, size=expected.size, bytes_digest=expected.bytes_digest)


def stream_digest(path: str, *, size: int, bytes_digest: str) -> Iterator[bytes]:
    """`stream` for a caller that has the recorded figures instead of a report."""
    try:
        file, found = open_data(path)
    except DataFileError as error:
        if error.code == EMPTY:
            raise FileChangedError(path) from None
        raise
    with file:
        if found.st_size != size:
            raise FileChangedError(path)
        digests = Digests()
        held = b""
        for block in blocks(file, path):
            digests.feed(block, block)
            if digests.size > size:
                raise FileChangedError(path)
            if held:
                yield held
            held = block
        if digests.bytes_digest != bytes_digest:
            raise FileChangedError(path)
        yield held
