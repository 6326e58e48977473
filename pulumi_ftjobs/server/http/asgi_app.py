"""The ASGI application: prefix, request log, faults, caller, headers, routes, and one envelope for every error."""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match, Router
from starlette.types import Message, Receive, Scope, Send

from pulumi_ftjobs.server.caller import Caller
from pulumi_ftjobs.server.faults import fault_injection
from pulumi_ftjobs.server.faults.connections import Connections
from pulumi_ftjobs.server.http import (
    azure_vocabulary,
    file_routes,
    grader_routes,
    inference_proxy,
    job_routes,
    model_download,
    model_routes,
    operator_routes,
    permission_routes,
    service_routes,
    status_page,
)
from pulumi_ftjobs.server.http.authentication import caller_of, require_loopback_names
from pulumi_ftjobs.server.loopback import is_loopback
from pulumi_ftjobs.server.request_log import BodyNote, Entry
from pulumi_ftjobs.server.server_errors import ApiError, internal, unknown_url, wrong_method
from pulumi_ftjobs.server.services import Services
from pulumi_ftjobs.server.storage.store_database import StoreError, failure_of

ADMIN = "/_ftjobs"
_PREFIXES = ("/openai/v1", "/openai", "/v1")
_log = logging.getLogger("ftjobs.server")


def make_app(services: Services, connections: Connections, *, local: bool = True) -> Application:
    """Build the ASGI application of a server; `local`: it listens on the loopback interface."""
    modules = (
        service_routes,
        job_routes,
        file_routes,
        model_download,
        model_routes,
        permission_routes,
        grader_routes,
        inference_proxy,
    )
    api = Router([route for module in modules for route in module.ROUTES], redirect_slashes=False)
    operator = Router([*operator_routes.ROUTES, *status_page.ROUTES], redirect_slashes=False)
    return Application(services, api, operator, connections, local=local)


class Application:
    """The ASGI application: everything around the routes."""

    def __init__(
        self, services: Services, api: Router, operator: Router, connections: Connections, *, local: bool
    ) -> None:
        self._local = local
        self._services, self._api, self._operator, self._connections = services, api, operator, connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        scope["app"] = (
            self  # makes the routers raise what they do not know instead of answering in plain text
        )
        scope["ftjobs.services"] = self._services
        if path == "/" or path.startswith(ADMIN):
            await self._admin(scope, receive, send)
            return
        started = time.perf_counter()
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        number = self._connections.number(scope["client"])
        query = scope["query_string"].decode("latin-1")
        entry = self._services.request_log.open(scope["method"], path, query, number, headers)
        scope["ftjobs.profile"], inner = self._services.profiles.route(path)
        scope["ftjobs.azure"] = scope["ftjobs.profile"].azure_vocabulary
        scope["ftjobs.dated"] = inner.startswith("/openai/") and not inner.startswith("/openai/v1/")
        scope["ftjobs.headers"] = headers
        scope["ftjobs.path"], scope["path"] = path, _without_prefix(inner)
        note = BodyNote(headers.get("content-type", ""))
        try:
            await self._apply_fault(
                scope, _noting(receive, note), _stamped(send, scope, entry, started), entry
            )
        finally:
            ms = round((time.perf_counter() - started) * 1000, 2)
            self._services.request_log.close(entry, note.value(), ms)

    async def _apply_fault(self, scope: Scope, receive: Receive, send: Send, entry: Entry) -> None:
        """Let a fault have its way with the request, if one strikes."""
        fault = self._services.faults.take(scope["method"], scope["path"])
        if fault is None:
            await self._answer(scope, receive, send)
            return
        entry.fault = fault.kind
        if fault.kind == "drop_fields":
            await self._answer(scope, fault_injection.without_fields(receive, fault.fields), send)
            return

        async def commit(out: Send) -> None:
            await self._answer(scope, receive, out)

        target = fault_injection.FaultTarget(
            self._connections, scope["client"], self._services.faults, scope["method"], scope["path"]
        )
        await fault_injection.inject_fault(fault, commit, send, target)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def allowed(scope: Scope, receive: Receive, send: Send) -> None:
            if self._local and self._services.settings.check_host:
                require_loopback_names(scope["ftjobs.headers"])
            if scope["ftjobs.dated"] and b"api-version=" not in scope["query_string"]:
                raise ApiError(404, "Resource not found. The api-version query parameter is missing.")
            profile = scope["ftjobs.profile"]
            org = self._services.profiles.organization(profile)
            scope["ftjobs.caller"] = caller_of(scope["ftjobs.headers"], self._services.settings, profile, org)
            await self._api(scope, receive, send)

        await enveloped(allowed, scope, receive, send)

    async def _admin(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def allowed(scope: Scope, receive: Receive, send: Send) -> None:
            if not is_loopback((scope["client"] or ("",))[0]):
                raise ApiError(403, "The operator's routes answer on the loopback interface only.")
            require_loopback_names({k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]})
            scope["ftjobs.caller"] = Caller(scoped=False)
            await self._operator(scope, receive, send)

        await enveloped(allowed, scope, receive, send)


async def enveloped(app: Any, scope: Scope, receive: Receive, send: Send) -> None:
    """Run an application and turn whatever it raises into the service's envelope."""
    try:
        await app(scope, receive, send)
    except ApiError as error:
        await refuse(send, error, scope)
    except HTTPException as error:
        await refuse(send, _translated(error, scope), scope)
    except ClientDisconnect:
        return
    except Exception as error:  # noqa: BLE001  -- the last resort: a defect of ours must still be an answer
        await refuse(send, _unexpected(error, scope), scope)


def _unexpected(error: Exception, scope: Scope) -> ApiError:
    """Turn a failure of the store into one sentence, and anything else into the service's own 500."""
    store, reason = scope["ftjobs.services"].store, None
    if isinstance(error, StoreError):
        reason = str(error)
    elif isinstance(error, sqlite3.Error):
        reason = failure_of(store.path, error)
    if reason is None:
        _log.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
        return internal()
    _log.error("%s", reason)
    return ApiError(500, f"{reason}.", kind="server_error")


def _translated(error: HTTPException, scope: Scope) -> ApiError:
    if error.status_code == 405:
        return wrong_method(scope["method"], scope.get("ftjobs.path", scope["path"]), _allowed(scope))
    if error.status_code == 404:
        return unknown_url(scope["method"], scope.get("ftjobs.path", scope["path"]))
    return ApiError(error.status_code, str(error.detail))


def _allowed(scope: Scope) -> str:
    """Return every method that a route has at this path; the router itself reports the first route only."""
    found: set[str] = set()
    for route in scope["router"].routes:
        if route.matches(scope)[0] is not Match.NONE:
            found |= route.methods
    return ", ".join(sorted(found))


async def refuse(send: Send, error: ApiError, scope: Scope) -> None:
    """Send a refusal in the envelope of the caller's vocabulary."""
    body = json.dumps(azure_vocabulary.error(error) if scope.get("ftjobs.azure") else error.body()).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    head += [(k.encode(), v.encode("latin-1", "replace")) for k, v in error.headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": head})
    await send({"type": "http.response.body", "body": body})


def _without_prefix(path: str) -> str:
    for prefix in _PREFIXES:
        if path == prefix or path.startswith(prefix + "/"):
            return path[len(prefix) :] or "/"
    return path


def _noting(receive: Receive, note: BodyNote) -> Receive:
    async def noted() -> Message:
        message = await receive()
        note.feed(message.get("body", b""))
        return message

    return noted


def _stamped(send: Send, scope: Scope, entry: Entry, started: float) -> Send:
    """Add the headers every answer of the service has, and note its status."""

    async def stamped(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry.status = message["status"]
            caller: Caller = scope.get("ftjobs.caller") or Caller()
            ms = str(max(1, round((time.perf_counter() - started) * 1000)))
            message["headers"] = [
                *message["headers"],
                (b"x-request-id", f"req_{secrets.token_hex(16)}".encode()),
                (b"openai-processing-ms", ms.encode()),
                (b"openai-version", b"2020-10-01"),
                (b"openai-organization", caller.org.encode("latin-1", "replace")),
            ]
        await send(message)

    return stamped
