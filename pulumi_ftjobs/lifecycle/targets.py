"""The service and account scope that requests go to: base URL, query, organization, project, profile."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.profiles import OPENAI, PROFILES, Profile, profile_named, profile_of_host
from pulumi_ftjobs.lifecycle.values import listed

DEFAULT_BASE_URL: Final = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Target:
    """One service and account scope."""

    base_url: str
    """Scheme, host and path, without a trailing slash and without a query."""
    query: tuple[tuple[str, str], ...] = ()
    """Query pairs kept on every call, e.g. Azure's `api-version`."""
    organization: str | None = None
    project: str | None = None
    profile: Profile = OPENAI

    @property
    def identity(self) -> str:
        """The form kept in the state: base URL, organization and project, no query and no key."""
        scope = [("organization", self.organization), ("project", self.project)]
        query = urlencode([(name, value) for name, value in scope if value])
        return f"{self.base_url}?{query}" if query else self.base_url


def parse_target(
    base_url: str | None = None,
    organization: str | None = None,
    project: str | None = None,
    profile: str | None = None,
) -> Target:
    """The target behind these settings.

    Raises SettingsError for a base URL that is not one, that carries credentials, or that is plain
    http to a host that is not loopback (a key would travel unencrypted).
    """
    url = (base_url or DEFAULT_BASE_URL).strip()
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port = "", None
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        raise SettingsError(
            f"ftjobs:baseUrl is not a URL: {_shown(url)}; give one such as {DEFAULT_BASE_URL} "
            "(config ftjobs:baseUrl or environment OPENAI_BASE_URL)"
        )
    if parts.username or parts.password:
        raise SettingsError("ftjobs:baseUrl contains a user name or password; put the key into ftjobs:apiKey")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError(
            f"ftjobs:baseUrl {parts.scheme}://{host} would send the API key unencrypted; "
            "use https (plain http is for loopback hosts only)"
        )
    chosen = _profile(profile, host)
    query = tuple(parse_qsl(parts.query))
    path = parts.path.rstrip("/")
    if not path and chosen.is_host(host):
        versioned = any(name == "api-version" for name, _ in query)
        path = chosen.versioned_path if versioned else chosen.default_path
    shown_host = f"[{host}]" if ":" in host else host
    netloc = shown_host if port is None else f"{shown_host}:{port}"
    return Target(f"{parts.scheme}://{netloc}{path}", query, organization or None, project or None, chosen)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine's loopback: localhost, 127.0.0.0/8 or ::1."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _profile(wanted: str | None, host: str) -> Profile:
    if not wanted:
        return profile_of_host(host)
    chosen = profile_named(wanted)
    if chosen is None:
        names = listed([profile.name for profile in PROFILES], "or")
        raise SettingsError(f"ftjobs:profile must be one of {names}, not {_shown(wanted)}")
    return chosen


def _shown(value: str) -> str:
    return repr(value[:60]) if "@" not in value else "(hidden: it contains an @)"
