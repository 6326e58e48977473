"""Every error of the service, in the service's own envelope.

`ApiError` is the only exception a route raises on purpose; any other becomes a 500 in the same four-key shape. Messages
follow recorded answers of OpenAI's service; without a recording the wording is ours, and docs/embedded-api.md says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

INVALID = "invalid_request_error"


class ApiError(Exception):
    """An error answer: HTTP status, the four envelope members, and extra headers."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = INVALID,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.kind = kind
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The envelope: all four keys, always."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """400: something in the request is wrong."""
    return ApiError(400, message, param=param, code=code)


def job_not_found(job_id: str) -> ApiError:
    """404 in the words of the recorded service."""
    return ApiError(
        404, f"Could not find fine tune: {job_id}", code="fine_tune_not_found", param="fine_tune_id"
    )


def file_not_found(file_id: str) -> ApiError:
    """404 for a file that is not there or not this project's."""
    return ApiError(404, f"No such File object: {file_id}", param="id")


def model_not_found(name: str) -> ApiError:
    """404 for a model."""
    return ApiError(404, f"The model '{name}' does not exist", code="model_not_found", param="model")


def checkpoint_not_found(name: str) -> ApiError:
    """404 for a checkpoint or one of its permissions."""
    return ApiError(404, f"Could not find checkpoint: {name}", param="fine_tuned_model_checkpoint")


def unknown_url(method: str, path: str) -> ApiError:
    """404 for a path that no route answers."""
    return ApiError(404, f"Invalid URL ({method} {path})", code="unknown_url")


def wrong_method(method: str, path: str, allowed: str) -> ApiError:
    """405 for a known path asked with the wrong verb."""
    return ApiError(
        405, f"Not allowed to {method} on {path}. (HINT: allowed are {allowed})", headers={"allow": allowed}
    )


def internal() -> ApiError:
    """500: a defect of this server, in the service's envelope."""
    message = "The server had an error while processing your request. Sorry about that!"
    return ApiError(500, message, kind="server_error")
