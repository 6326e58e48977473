"""Who is asking: a bearer token or an `api-key` header, and the organization and project it stands for; and whether it
is somebody on this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import Scope

from pulumi_ftjobs.server.server_errors import ApiError
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.storage.caller import Caller

_DEFAULT = Caller()


def caller_of(headers: Mapping[str, str], settings: Settings, *, azure: bool) -> Caller:
    """The caller behind these headers, or a 401 that says what is wrong without showing the key."""
    key = _key(headers)
    if not key:
        raise ApiError(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer "
            "auth (i.e. Authorization: Bearer YOUR_KEY).",
        )
    if settings.keys and key not in settings.keys:
        raise ApiError(401, "Incorrect API key provided.", code="invalid_api_key")
    org, _, project = settings.keys.get(key, "").partition("/")
    return Caller(
        org=_agreed(headers, "openai-organization", org, _DEFAULT.org, "mismatched_organization"),
        project=_agreed(headers, "openai-project", project, _DEFAULT.project, "mismatched_project"),
        azure=azure,
        scoped=settings.enforce_project,
    )


def _key(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("api-key", "").strip()


def _agreed(headers: Mapping[str, str], header: str, own: str, default: str, code: str) -> str:
    """What the key stands for and what the header says must not contradict each other."""
    said = headers.get(header, "").strip()
    if own and said and said != own:
        raise ApiError(401, f"The {header} header does not match the API key.", code=code)
    return said or own or default


def from_here(scope: Scope) -> bool:
    """Asked from this machine, under this machine's name: a page from elsewhere, open in a browser here, stays out.

    No browser leaves the Host header out, so a program that does, as HTTP/1.0 allows, needs none.
    """
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
    names = [(scope["client"] or (None,))[0]]
    if "host" in headers:
        names.append(_host_in(f"//{headers['host']}"))
    if "origin" in headers:
        names.append(_host_in(headers["origin"]))
    return all(map(_is_loopback, names))


def _host_in(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_loopback(name: str | None) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name or "").is_loopback
    except ValueError:
        return False
