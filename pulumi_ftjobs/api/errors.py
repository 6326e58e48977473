"""What can go wrong on the wire, one class per decision a caller makes.

    FtjobsError
    └── ApiError                     status, code, param, request_id
        ├── NotSent                  nothing reached the service: the call may be repeated
        ├── AnswerLost               the service may have acted (408, 409, 429, 5xx, no answer): look before repeating
        │   └── Unreadable           it answered, but not in this API's language
        ├── Refused                  the service said no: repeating the same call is pointless
        │   ├── Unauthorized         401: the key
        │   ├── Forbidden            403: the account's rights
        │   │   └── TrainingClosed   403 training_not_available: the wind-down
        │   ├── NotFound             404
        │   ├── OutOfQuota           429 insufficient_quota: waiting does not help
        │   ├── DailyLimit           429 daily_rate_limit_exceeded: waiting a day does
        │   └── TooManyActive        429 for too many active jobs: waiting for a job's end does
        └── Busy                     429 or 503 with this API's error object: try later (`retry_after`)

Policy: no httpx exception leaves this room. The text of an error is one line and ends with what to
do. The service's own words are cut, cleaned of control characters, and scrubbed of anything that
looks like a key (a 401 echoes part of it). Headers never appear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.key_patterns import masked
from pulumi_ftjobs.lifecycle.messages import SET_MAX_ACTIVE, TOO_MANY_ACTIVE
from pulumi_ftjobs.lifecycle.values import one_line


@dataclass(frozen=True)
class Answer:
    """An error response."""

    status: int
    message: str = ""
    code: str | None = None
    param: str | None = None
    request_id: str | None = None
    retry_after: float | None = None
    """Seconds the service asks to wait, or None."""
    should_retry: bool | None = None
    """The `x-should-retry` header: overrides our own judgement."""
    is_api_error: bool = False
    """The body has this API's error object: the service itself answered, not something in front of it."""


class ApiError(FtjobsError):
    """A call to the service failed."""

    hint = "try again later"

    def __init__(self, what: str, answer: Answer | None = None, hint: str | None = None) -> None:
        self.answer = answer or Answer(status=0)
        self.what = what
        super().__init__(self._text(what, hint or self.hint))

    status = property(lambda self: self.answer.status)
    code = property(lambda self: self.answer.code)
    param = property(lambda self: self.answer.param)
    request_id = property(lambda self: self.answer.request_id)
    retry_after = property(lambda self: self.answer.retry_after)

    def _text(self, what: str, hint: str) -> str:
        answer = self.answer
        said = f": {answer.message.rstrip('.')}" if answer.message else ""
        marks = [
            f"HTTP {answer.status}" if answer.status else "",
            answer.code or "",
            answer.param or "",
            answer.request_id or "",
        ]
        known = ", ".join(mark for mark in marks if mark)
        return f"{what}{f' ({known})' if known else ''}{said}; {hint}"


class NotSent(ApiError):
    """Nothing reached the service."""

    hint = "check ftjobs:baseUrl (or OPENAI_BASE_URL) and that the service is up"


class AnswerLost(ApiError):
    """The call may have been carried out, but its answer never arrived."""

    hint = "run the command again: it looks for the result before it does anything twice"


class Unreadable(AnswerLost):
    """The answer is not in this API's language (HTML, cut JSON, an object of another kind)."""

    hint = "check that ftjobs:baseUrl is the root of an OpenAI-compatible API (usually it ends in /v1)"


class Refused(ApiError):
    """The service said no."""

    hint = "correct the declaration and run the command again"


class Unauthorized(Refused):
    """401."""

    hint = (
        "check the key: config ftjobs:apiKey, or OPENAI_API_KEY in the environment; "
        "on destroy and refresh add --run-program to use today's config (FTJOBS_WAIT=0: without waiting for jobs)"
    )


class Forbidden(Refused):
    """403."""

    hint = "use a key with the scopes api.fine_tuning.jobs.read/write and api.files.read/write"


class TrainingClosed(Forbidden):
    """403 training_not_available."""

    hint = (
        "OpenAI is winding fine-tuning down and this organization can no longer create jobs; existing jobs and "
        "models still work, and ftjobs:baseUrl can point to Azure OpenAI or another server that speaks this API"
    )


class NotFound(Refused):
    """404."""

    hint = "check the id, and that key, project and ftjobs:baseUrl are those it was created with"


class OutOfQuota(Refused):
    """429 insufficient_quota."""

    hint = "the account is out of credit or over its spend limit: raise it, then run the command again"


class DailyLimit(Refused):
    """429 daily_rate_limit_exceeded."""

    hint = "the day is a rolling one: run the command again 24 hours after the first job of this series"


class TooManyActive(Refused):
    """429 because too many jobs are active."""

    hint = f"{SET_MAX_ACTIVE} {TOO_MANY_ACTIVE}"


class Busy(ApiError):
    """The service did nothing and asks for backoff."""

    hint = "the service is busy: run the command again in a few minutes"


def error_for(what: str, answer: Answer) -> ApiError:
    """The error for an answer that is not a 2xx."""
    return _kind(answer)(what, answer)


def _kind(answer: Answer) -> type[ApiError]:
    status = answer.status
    if status == 429:
        return _rate_kind(answer)
    if status == 503 and answer.is_api_error:
        return Busy
    if status in {408, 409} or status >= 500:
        return AnswerLost  # gateways answer so for a request that was carried out
    by_status: dict[int, type[ApiError]] = {
        401: Unauthorized,
        403: TrainingClosed if answer.code == "training_not_available" else Forbidden,
        404: NotFound,
    }
    return by_status.get(status, Refused)


def _rate_kind(answer: Answer) -> type[ApiError]:
    if answer.code == "insufficient_quota":
        return OutOfQuota
    if answer.code == "daily_rate_limit_exceeded":
        return DailyLimit
    words = answer.message.lower()
    if "active" in words or "concurrent" in words:  # its words and code were never recorded
        return TooManyActive
    return Busy if answer.is_api_error else AnswerLost


def clean(text: Any) -> str:
    """The service's words, safe to print: one line, cut, without anything that looks like a key."""
    return masked(one_line(str(text)[:8192], 300)) if text else ""
