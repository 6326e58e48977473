"""Azure OpenAI's vocabulary: the same objects, other words."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.server.server_errors import ApiError

_STATUS = {"validating_files": "pending", "queued": "pending"}
_CODES = {
    400: "invalidPayload",
    401: "unauthorized",
    403: "forbidden",
    404: "notFound",
    405: "notFound",
    409: "conflict",
    413: "invalidPayload",
    429: "tooManyRequests",
    500: "internalFailure",
    503: "serviceUnavailable",
}


def job(shown: dict[str, Any]) -> dict[str, Any]:
    """A job: fewer statuses, Azure's `organisation_id`, and where OpenAI shows "auto" nothing."""
    shown = {**shown, "status": _STATUS.get(shown["status"], shown["status"])}
    shown["organisation_id"] = shown.pop("organization_id")
    shown["hyperparameters"] = _numbers(shown["hyperparameters"])
    method = dict(shown["method"])
    name = method["type"]
    method[name] = {**method[name], "hyperparameters": _numbers(method[name]["hyperparameters"])}
    return {**shown, "method": method}


def _numbers(hyperparameters: dict[str, Any] | None) -> dict[str, Any] | None:
    return hyperparameters and {k: v for k, v in hyperparameters.items() if v != "auto"}


def event(shown: dict[str, Any]) -> dict[str, Any]:
    """An event: the level is spelled out."""
    return {**shown, "level": "warning"} if shown["level"] == "warn" else shown


def error(refusal: ApiError) -> dict[str, Any]:
    """Build the envelope with a camel-case code and a target."""
    used_up = refusal.code in ("insufficient_quota", "daily_rate_limit_exceeded")
    code = "quotaExceeded" if used_up else _CODES.get(refusal.status, "internalFailure")
    given = {"code": code, "message": refusal.message, "target": refusal.param}
    return {"error": {**given, "details": [], "innererror": None}}
