"""Helpers of every route: the services, the caller, a JSON body, a page of a list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from pulumi_ftjobs.server.caller import Caller
from pulumi_ftjobs.server.server_errors import ApiError, invalid
from pulumi_ftjobs.server.services import Services
from pulumi_ftjobs.server.strict_json import parse_json
from pulumi_ftjobs.server.training.trainer_interface import ScriptableTrainer

_MOST_DIGITS = 6


def services_of(request: Request) -> Services:
    """The server's insides."""
    services: Services = request.scope["ftjobs.services"]
    return services


def caller_of(request: Request) -> Caller:
    """Who is asking."""
    caller: Caller = request.scope["ftjobs.caller"]
    return caller


def require_scriptable(services: Services, what: str) -> None:
    """Raise a 400 where the trainer really trains and cannot follow a script."""
    if not isinstance(services.trainer, ScriptableTrainer):
        raise invalid(f"{what} needs the simulated trainer; this server trains with {services.trainer.name}.")


def answer(value: Any, status: int = 200) -> Response:
    """A JSON answer with its length."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(body.encode("utf-8", "replace"), status, media_type="application/json")


async def json_body(request: Request, *, optional: bool = False) -> dict[str, Any]:
    """The body as an object, bounded; `optional` takes an empty one for {}."""
    limit, data = services_of(request).settings.max_body_bytes, bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > limit:
            raise ApiError(413, f"The request body is too large. The limit is {limit} bytes.")
    if not data and optional:
        return {}
    try:
        value = parse_json(data)
    except ValueError as error:
        raise invalid(f"We could not parse the JSON body of your request. (HINT: {error})") from None
    if not isinstance(value, dict):
        raise invalid("The JSON body of your request must be an object.")
    return value


def limit_of(request: Request, default: int, most: int = 10_000) -> int:
    """The `limit` of a listing; 0 is an empty page in lenient mode and a 400 otherwise."""
    text = request.query_params.get("limit")
    if text is None or text == "":
        return default
    lenient = services_of(request).settings.lenient
    limit = int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else -1
    if not 0 <= limit <= most or (limit == 0 and not lenient):
        raise invalid(f"limit must be a number from 1 to {most}, not {text[:20]!r}.", "limit")
    return limit


def cursor(request: Request) -> str | None:
    """The id after which a listing goes on."""
    return request.query_params.get("after") or None


def unknown_cursor(request: Request, after: str) -> list[Any]:
    """What `after` an unknown id gives: a 400, or in lenient mode an empty page; never the first page again."""
    if services_of(request).settings.lenient:
        return []
    raise invalid(f"No such object: {after[:100]}", "after")


def listing(items: Sequence[Any], limit: int, *, ends: bool = False) -> Response:
    """A page: `items` holds one more than the limit when there is more. `ends` adds first_id and last_id."""
    shown = list(items[:limit])
    page: dict[str, Any] = {"object": "list", "data": shown, "has_more": len(items) > limit > 0}
    if ends:
        page["first_id"] = shown[0]["id"] if shown else None
        page["last_id"] = shown[-1]["id"] if shown else None
    return answer(page)
