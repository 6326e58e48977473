"""The one module that knows the HTTP library: sends a request, returns JSON, raises our errors only.

Connections are kept and few: the provider host is four threads, so are the sockets.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast

import httpx

from pulumi_ftjobs.api.errors import Answer, AnswerLost, NotSent, Unreadable, clean, refusal
from pulumi_ftjobs.lifecycle.settings import Account, Found
from pulumi_ftjobs.lifecycle.targets import Target

CONNECTIONS: Final = 4
CONNECT_TIMEOUT: Final = 5.0
"""Seconds to reach the service."""
READ_TIMEOUT: Final = 60.0
"""Seconds of silence after which an answer counts as lost."""
BODY_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of one JSON answer; more is not an answer of this API."""


class Transport:
    """Sends requests for one account. Thread-safe."""

    def __init__(self, account: Account, read_timeout: float = READ_TIMEOUT) -> None:
        self.target: Target = account.target
        self._clock_offset = 0.0
        self._auth = account.auth
        self._client = httpx.Client(
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            timeout=httpx.Timeout(read_timeout, connect=CONNECT_TIMEOUT, pool=None),
            follow_redirects=False,
            headers=_scope_headers(self.target),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

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
        return self._send(what, self._build(method, path, params, headers, content))

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
        request = self._client.build_request(
            "POST",
            self._url(path, None),
            headers=self._key_header(key),
            data=dict(fields),
            files={"file": (name, cast("Any", _Streamed(chunks, size)), "application/jsonl")},
        )
        return self._send(what, request)

    def download(self, what: str, key: Found, path: str, limit: int = BODY_LIMIT) -> bytes:
        """The raw bytes of a 2xx answer, at most `limit`."""
        request = self._build("GET", path, None, self._key_header(key), None)
        with _our_errors(what, self.target):
            response = self._client.send(request)
        if response.is_success:
            return response.content[:limit]
        raise refusal(what, _answer(response))

    def _build(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> httpx.Request:
        return self._client.build_request(
            method, self._url(path, params), headers=dict(headers), content=content
        )

    def _url(self, path: str, params: Mapping[str, str | int] | None) -> httpx.URL:
        query: list[tuple[str, str | int | float | bool | None]] = [
            *self.target.query,
            *((name, str(value)) for name, value in (params or {}).items()),
        ]
        url = httpx.URL(self.target.base_url + path)
        return url.copy_merge_params(query) if query else url

    def _send(self, what: str, request: httpx.Request) -> dict[str, Any]:
        with _our_errors(what, self.target):
            response = self._client.send(request)
        self._note_clock(response)
        if not response.is_success:
            raise refusal(what, _answer(response))
        return _json_object(what, response)

    def _key_header(self, key: Found) -> dict[str, str]:
        if any(ord(char) < 33 or ord(char) > 126 for char in key.value):
            raise NotSent(
                f"{what_key(key)} holds a space or a character no key has", hint="copy the key again"
            )
        if self._auth == "key":
            return {"api-key": key.value}
        return {"authorization": f"Bearer {key.value}"}

    def _note_clock(self, response: httpx.Response) -> None:
        try:
            told = parsedate_to_datetime(response.headers.get("date", "")).timestamp()
        except (TypeError, ValueError):
            return
        self._clock_offset = told - time.time()


def what_key(key: Found) -> str:
    """Where a key was found, never the key."""
    return f"the key from {key.source}"


def _scope_headers(target: Target) -> dict[str, str]:
    headers = {"user-agent": "pulumi-ftjobs", "accept": "application/json"}
    if target.organization:
        headers["openai-organization"] = target.organization
    if target.project:
        headers["openai-project"] = target.project
    return headers


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
    except httpx.HTTPError as error:
        reason = clean(error) or type(error).__name__
        raise AnswerLost(f"{what}: the connection to {target.base_url} broke ({reason})") from None


def _json_object(what: str, response: httpx.Response) -> dict[str, Any]:
    try:
        value = json.loads(response.content[:BODY_LIMIT])
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    kind = clean(response.headers.get("content-type", "nothing"))[:60] or "nothing"
    raise Unreadable(f"{what}: the answer is {kind}, not a JSON object", Answer(response.status_code))


def _answer(response: httpx.Response) -> Answer:
    """The service's refusal, read with suspicion: only the known error shape is believed."""
    try:
        body = json.loads(response.content[:BODY_LIMIT])
    except (ValueError, RecursionError):
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {"message": error} if isinstance(error, str) else {}
    message = clean(error.get("message")) or _plain(response)
    return Answer(
        status=response.status_code,
        message=message,
        code=clean(error.get("code"))[:64] or None,
        param=clean(error.get("param") or error.get("target"))[:64] or None,
        request_id=clean(response.headers.get("x-request-id") or response.headers.get("apim-request-id"))[:64]
        or None,
        retry_after=retry_after(response.headers),
        should_retry={"true": True, "false": False}.get(response.headers.get("x-should-retry", "")),
    )


def _plain(response: httpx.Response) -> str:
    """Words for an error body without the API's shape."""
    if response.has_redirect_location:
        return "the service answers with a redirect, which is never followed with a key"
    kind = response.headers.get("content-type", "")
    if "html" in kind or not response.content:
        return f"the answer is {'a web page' if 'html' in kind else 'empty'}, not this API's"
    return clean(response.content[:256].decode("utf-8", "replace"))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `retry-after-ms`, or `Retry-After` in seconds or as a date; None if not told."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers.get(name, "")) * scale)
        except ValueError:
            continue
    try:
        told = parsedate_to_datetime(headers.get("retry-after", "")).timestamp()
    except (TypeError, ValueError):
        return None
    return max(0.0, told - time.time())


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
