"""Authentication: the key of a request, the organization and project it stands for, and names of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from pulumi_ftjobs.server.caller import Caller
from pulumi_ftjobs.server.loopback import is_loopback
from pulumi_ftjobs.server.server_errors import ApiError
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.service_profiles import ServiceProfile

_DEFAULT = Caller()


def caller_of(
    headers: Mapping[str, str], settings: Settings, profile: ServiceProfile, org: str = _DEFAULT.org
) -> Caller:
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
    own_org, _, project = settings.keys.get(key, "").partition("/")
    return Caller(
        org=_agreed(headers, "openai-organization", own_org, org, "mismatched_organization"),
        project=_agreed(headers, "openai-project", project, _DEFAULT.project, "mismatched_project"),
        profile=profile,
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


def require_loopback_names(headers: Mapping[str, str]) -> None:
    """Raise a 403 for a request that a web page from elsewhere made through a browser on this machine.

    Such a page reaches a loopback address under its own host name, or names itself as the origin. Browsers always send
    a Host header; a program may leave it out, as HTTP/1.0 allows.
    """
    for name, prefix in (("host", "//"), ("origin", "")):
        if name in headers and not is_loopback(_host_in(prefix + headers[name])):
            shown = headers[name][:60]
            raise ApiError(
                403,
                f"This server listens on the loopback interface and refuses the {name.title()} {shown!r}. Use "
                "127.0.0.1 or localhost; behind a reverse proxy, set check_host=false.",
            )


def _host_in(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
