"""Uploads: a multipart body, parsed as it arrives, its file written to disk, hashed and checked on the way.

Only the current chunk is in memory. Problems with rows are reported only for a training file, because the purpose
may come after the bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError, MultipartParseError
from python_multipart.multipart import parse_options_header

from pulumi_ftjobs.server.server_errors import ApiError, invalid
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.uploads.training_rows import RowReader

_FIELD_LIMIT = 4096
_HEADER_LIMIT = 4096


class MultipartUpload:
    """One upload: its fields, and the facts about its file."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self.size = 0
        self._digest = hashlib.sha256()
        self._rows = RowReader(exact=settings.exact_tokens)
        self._rows_refusal: ApiError | None = None
        self._path, self._limit = path, settings.max_file_bytes
        self._out: IO[bytes] | None = None
        self._header = self._value = b""
        self._part: dict[bytes, bytes] = {}
        self._name = ""
        self._ended = False

    def close(self) -> None:
        """Close the file; its content stays."""
        if self._out is not None:
            self._out.close()

    async def read(self, stream: AsyncIterator[bytes], content_type: str) -> None:
        """Read the whole body. Raises a 400 or 413 after reading further, so that the client receives the answer."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise invalid("Request must be multipart/form-data. 'file' is a required property", "file")
        try:
            parser = MultipartParser(options[b"boundary"], self._callbacks())  # type: ignore[arg-type]
        except FormParserError:
            raise _unreadable() from None
        refusal: ApiError | None = None
        seen = 0
        async for chunk in stream:
            seen += len(chunk)
            if refusal is None:
                refusal = self._take(parser, chunk)
            if refusal is not None and seen > 2 * self._limit:
                break
        if refusal is not None:
            raise refusal
        if not self._ended:
            raise invalid("The multipart body of your request breaks off: its closing boundary is missing.")

    def _take(self, parser: MultipartParser, chunk: bytes) -> ApiError | None:
        try:
            parser.write(chunk)
        except ApiError as refusal:
            return refusal
        except (FormParserError, MultipartParseError, UnicodeDecodeError):
            return _unreadable()
        return None

    def facts(self, *, training: bool) -> dict[str, Any]:
        """Return size and digest, and for training data its rows; raise the first problem with them."""
        found: dict[str, Any] = {"bytes": self.size, "digest": self._digest.hexdigest()}
        if not training:
            return found
        self._see(b"", last=True)
        if self._rows_refusal is not None:
            raise self._rows_refusal
        return {**found, **self._rows.summary()}

    def _callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_end": self._end,
        }

    def _end(self) -> None:
        self._ended = True

    def _part_begin(self) -> None:
        self._part = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header + data[start:end])[:_HEADER_LIMIT]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value = (self._value + data[start:end])[:_HEADER_LIMIT]

    def _header_end(self) -> None:
        self._part[self._header.lower()] = self._value
        self._header = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._part.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            self.fields[self._name] = ""
        elif self._name == "file" and self.filename is None:
            self.filename = options[b"filename"].decode("utf-8", "replace") or "upload"
            self._path.touch(mode=0o600)  # before a byte is in it
            self._out = self._path.open("wb")
        else:
            raise invalid(f"Only one file is taken, as 'file', not {self._name[:40]!r}.", "file")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        chunk = data[start:end]
        if self._name != "file" or self._out is None:
            self.fields[self._name] = self.fields.get(self._name, "") + chunk.decode("utf-8", "replace")
            if len(self.fields[self._name]) > _FIELD_LIMIT or len(self.fields) > 20:
                raise invalid("A field of the upload is too long, or there are too many.", self._name[:40])
            return
        self.size += len(chunk)
        if self.size > self._limit:
            raise ApiError(413, f"File is too large. The limit is {self._limit} bytes.")
        self._out.write(chunk)
        self._digest.update(chunk)
        self._see(chunk)

    def _see(self, chunk: bytes, *, last: bool = False) -> None:
        if self._rows_refusal is not None:
            return
        try:
            self._rows.feed(chunk)
            if last:
                self._rows.finish()
        except ApiError as refusal:
            self._rows_refusal = refusal


def _unreadable() -> ApiError:
    return invalid("The multipart body of your request could not be parsed.")
