"""The one module that knows the HTTP library: sends a request, returns JSON, raises our errors only.

Connections are kept and few, and there are never more callers inside the HTTP library than connections: with many
more callers than connections its pool lets a request stall now and then until the read timeout ends it.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from pulumi_ftjobs.api.deadline_streams import start_deadline, use_deadlines
from pulumi_ftjobs.api.errors import (
    Answer,
    AnswerLost,
    ApiError,
    NotFound,
    NotSent,
    Unreadable,
    clean,
    error_for,
)
from pulumi_ftjobs.api.httpx_without_cli import httpx
from pulumi_ftjobs.api.untrusted_json import parse_object
from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.settings import Account, Found
from pulumi_ftjobs.lifecycle.targets import Target, is_loopback

CONNECTIONS: Final = 4
"""Connections by default, and so calls at a time: the dynamic provider's host has four threads."""
CONNECT_TIMEOUT: Final = 5.0
"""Seconds to reach the service."""
READ_TIMEOUT: Final = 60.0
"""Seconds of silence after which an answer counts as lost."""
BODY_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of one answer; more is not an answer of this API."""
POOL_TIMEOUT: Final = 30.0
"""Seconds to wait for a free connection; there are as many as callers, so one is free at once."""
MIN_SECRET: Final = 8
"""Characters of a header value from which on it is masked in the service's answers; shorter ones are words."""
ANSWER_TIME: Final = 300.0
"""Seconds one answer may take, its head and interim answers included; silence is bounded by READ_TIMEOUT."""


@dataclass(frozen=True)
class _Reply:
    """An answer, read to its end."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the service said yes."""
        return 200 <= self.status < 300


class Transport:
    """Sends requests for one account. Thread-safe."""

    def __init__(
        self,
        account: Account,
        read_timeout: float = READ_TIMEOUT,
        connections: int = CONNECTIONS,
        answer_time: float = ANSWER_TIME,
    ) -> None:
        self.target: Target = account.target
        self._clock_offset = 0.0
        self._auth = account.auth
        self._secrets = tuple(value for _name, value in account.headers if len(value) >= MIN_SECRET)
        self._callers = threading.BoundedSemaphore(connections)
        self._answer_time = answer_time
        self._options: dict[str, Any] = {
            "limits": httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            "timeout": httpx.Timeout(read_timeout, connect=CONNECT_TIMEOUT, pool=POOL_TIMEOUT),
            "follow_redirects": False,
            "headers": _scope_headers(self.target) | dict(account.headers),
            # A proxy for a loopback target would get the key in clear.
            "trust_env": not is_loopback(urlsplit(self.target.base_url).hostname or ""),
        }
        self._lock = threading.Lock()
        self._retired: list[httpx.Client] = []
        self._client = self._new_client()

    def _new_client(self) -> httpx.Client:
        client = httpx.Client(**self._options)
        use_deadlines(client)
        return client

    def close(self) -> None:
        """Close the connections."""
        for client in (self._client, *self._retired):
            client.close()

    def _retire(self, client: httpx.Client) -> None:
        """Go on with a new client: one whose connect failed behind a proxy keeps the connection's place for ever."""
        with self._lock:
            if client is self._client and client._mounts:  # noqa: SLF001 - only a client with proxies is affected
                self._retired.append(client)
                self._client = self._new_client()

    def now(self) -> float:
        """The service's clock by its Date headers, else ours: seconds since 1970."""
        return time.time() + self._clock_offset

    def request(
        self,
        what: str,
        key: Found,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """One request; returns the JSON object of a 2xx answer.

        `what` begins every error's text ("creating the job"). Raises ApiError, nothing else.
        """
        content = json.dumps(body).encode() if body is not None else None
        headers = self._key_header(key) | ({"content-type": "application/json"} if content else {})
        return _json_object(
            what, self._send(what, self._build(what, method, path, params, headers, content), key)
        )

    def upload(
        self,
        what: str,
        key: Found,
        path: str,
        *,
        fields: Mapping[str, str],
        name: str,
        chunks: Iterator[bytes],
        size: int,
    ) -> dict[str, Any]:
        """One multipart upload, streamed from `chunks` (`size` bytes in all): memory stays flat."""
        with _our_errors(what, self.target):
            request = self._client.build_request(
                "POST",
                self._url(path, None),
                headers=self._key_header(key),
                data=dict(fields),
                files={"file": (name, cast("Any", _Streamed(chunks, size)), "application/jsonl")},
            )
        return _json_object(what, self._send(what, request, key))

    def download(self, what: str, key: Found, path: str) -> bytes:
        """The raw bytes of a 2xx answer."""
        return self._send(what, self._build(what, "GET", path, None, self._key_header(key), None), key).body

    def save(
        self, what: str, key: Found, path: str, target: Path, params: Mapping[str, str | int] | None = None
    ) -> None:
        """Write the raw bytes of a 2xx answer to a file, of any size, with flat memory."""
        request = self._build(what, "GET", path, params, self._key_header(key), None)
        with self._callers, _our_errors(what, self.target):
            response = self._client.send(request, stream=True)
            try:
                if 200 <= response.status_code < 300:
                    with target.open("wb") as file:
                        for piece in response.iter_bytes():
                            file.write(piece)
                    return
                reply = _Reply(response.status_code, response.headers, _read(what, response))
            finally:
                response.close()
        raise self._refusal(what, reply, key)

    def _refusal(self, what: str, reply: _Reply, key: Found) -> ApiError:
        """The error of a refusal; a 404 under a base URL without a path is most often a missing /v1."""
        error = error_for(what, _answer(reply, (key.value, *self._secrets)))
        if isinstance(error, NotFound) and not urlsplit(self.target.base_url).path:
            hint = f"ftjobs:baseUrl {self.target.base_url} has no path: most servers answer under /v1"
            return NotFound(error.what, error.answer, hint=hint)
        return error

    def _build(
        self,
        what: str,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> httpx.Request:
        with _our_errors(what, self.target):
            return self._client.build_request(
                method, self._url(path, params), headers=dict(headers), content=content
            )

    def _url(self, path: str, params: Mapping[str, str | int] | None) -> httpx.URL:
        query: list[tuple[str, str | int | float | bool | None]] = [
            *self.target.query,
            *((name, str(value)) for name, value in (params or {}).items()),
        ]
        base = self.target.base_url
        if path.startswith("/v0/"):  # a version of the API beside the one of the base URL
            base = base.removesuffix("/v1")
        url = httpx.URL(base + path)
        return url.copy_merge_params(query) if query else url

    def _send(self, what: str, request: httpx.Request, key: Found) -> _Reply:
        """The reply of a 2xx answer. Raises ApiError for every other."""
        with self._callers, _our_errors(what, self.target):
            start_deadline(self._answer_time)
            response = self._sent(request)
            try:
                reply = _Reply(response.status_code, response.headers, _read(what, response))
            finally:
                response.close()
        self._note_clock(reply)
        if not reply.ok:
            raise self._refusal(what, reply, key)
        return reply

    def _sent(self, request: httpx.Request) -> httpx.Response:
        client = self._client
        try:
            return client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            self._retire(client)
            raise

    def _key_header(self, key: Found) -> dict[str, str]:
        if any(ord(char) < 33 or ord(char) > 126 for char in key.value):
            raise SettingsError(
                f"{what_key(key)} holds a space or a character no key has; copy the key again"
            )
        if self._auth == "key":
            return {"api-key": key.value}
        return {"authorization": f"Bearer {key.value}"}

    def _note_clock(self, reply: _Reply) -> None:
        try:
            reported = parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
        except (TypeError, ValueError):
            return
        self._clock_offset = reported - time.time()


def what_key(key: Found) -> str:
    """Where a key was found, never the key."""
    return f"the key from {key.source}"


def _scope_headers(target: Target) -> dict[str, str]:
    headers = {"user-agent": "pulumi-ftjobs", "accept": "application/json", "accept-encoding": "identity"}
    for name, value in (("organization", target.organization), ("project", target.project)):
        if value and not (value.isascii() and value.isprintable()):
            raise SettingsError(f"ftjobs:{name} holds a character no id has; copy it again")
        if value:
            headers[f"openai-{name}"] = value
    return headers


def _read(what: str, response: httpx.Response) -> bytes:
    """The body, read in pieces: an answer without end costs no memory without end."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "deflate"}:  # nested ones make gigabytes of a few bytes
        raise Unreadable(
            f"{what}: the answer has content-encoding {clean(encoding)[:40]}, which was not asked for",
            Answer(response.status_code),
        )
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > BODY_LIMIT:
            raise Unreadable(
                f"{what}: the answer is larger than {BODY_LIMIT >> 20} MB", Answer(response.status_code)
            )
    return bytes(body)


@contextmanager
def _our_errors(what: str, target: Target) -> Iterator[None]:
    """Turn the HTTP library's exceptions into "not sent" or "answer lost"; which of the two decides about money."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
        reason = clean(error) or type(error).__name__
        raise NotSent(f"{what}: cannot reach {target.base_url} ({reason})") from None
    except httpx.TimeoutException:
        raise AnswerLost(f"{what}: {target.base_url} did not answer in time") from None
    except httpx.DecodingError:
        raise Unreadable(f"{what}: the answer of {target.base_url} could not be decoded") from None
    except (httpx.InvalidURL, UnicodeError):
        raise SettingsError(
            f"ftjobs:baseUrl {clean(target.base_url)} is not a URL that can be asked; correct it"
        ) from None
    except httpx.HTTPError as error:
        reason = clean(error) or type(error).__name__
        raise AnswerLost(f"{what}: the connection to {target.base_url} broke ({reason})") from None


def _json_object(what: str, reply: _Reply) -> dict[str, Any]:
    value = parse_object(reply.body)
    if value is not None:
        return value
    kind = clean(reply.headers.get("content-type", "nothing"))[:60] or "nothing"
    raise Unreadable(f"{what}: the answer is {kind}, not a JSON object", Answer(reply.status))


def _answer(reply: _Reply, secrets: Sequence[str]) -> Answer:
    """The service's refusal, read with suspicion: only the known error shape is believed.

    The key and the header values that were sent are taken out of the service's words, whatever they look like.
    """

    def words(text: Any) -> str:
        text = str(text or "")
        for secret in secrets:
            text = text.replace(secret, "[key]")
        return clean(text) if text else ""

    headers = reply.headers
    error = (parse_object(reply.body) or {}).get("error")
    is_api_error = isinstance(error, dict) and bool(error.get("message") or error.get("code"))
    error = error if isinstance(error, dict) else {"message": error} if isinstance(error, str) else {}
    return Answer(
        status=reply.status,
        message=words(error.get("message")) or words(_plain(reply)),
        code=words(error.get("code"))[:64] or None,
        param=words(error.get("param") or error.get("target"))[:64] or None,
        request_id=words(headers.get("x-request-id") or headers.get("apim-request-id"))[:64] or None,
        retry_after=retry_after(headers),
        is_api_error=is_api_error,
        should_retry={"true": True, "false": False}.get(headers.get("x-should-retry", "")),
    )


def _plain(reply: _Reply) -> str:
    """Words for an error body without the API's shape."""
    if 300 <= reply.status < 400:
        return "the service answers with a redirect, which is never followed with a key"
    kind = reply.headers.get("content-type", "")
    if "html" in kind or not reply.body:
        return f"the answer is {'a web page' if 'html' in kind else 'empty'}, not this API's"
    return reply.body[:256].decode("utf-8", "replace")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `retry-after-ms`, or `Retry-After` in seconds or as a date; None if absent."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            reported = float(headers.get(name, ""))
        except ValueError:
            continue
        if not math.isnan(reported):
            return max(0.0, reported * scale)
    try:
        date = parsedate_to_datetime(headers.get("retry-after", "")).timestamp()
    except (TypeError, ValueError):
        return None
    return max(0.0, date - time.time())


class _Streamed:
    """Chunks of a known total size in the form of a file, as the HTTP library wants to read them."""

    def __init__(self, chunks: Iterator[bytes], size: int) -> None:
        self._chunks, self._size = chunks, size

    def read(self, _limit: int = -1) -> bytes:
        return next(self._chunks, b"")

    def tell(self) -> int:
        return 0

    def seek(self, _offset: int, whence: int = 0) -> int:
        return self._size if whence == 2 else 0
