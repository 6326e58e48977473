"""Which service a declaration is for: its base URL, its profile, and the identity kept in the state."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final, Literal, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

from pulumi_ftjobs.lifecycle.base_error import SettingsError

Profile = Literal["openai", "azure", "compatible"]
"""What a service accepts: OpenAI's rules, Azure OpenAI's, or those of a server that speaks the same API."""

DEFAULT_BASE_URL: Final = "https://api.openai.com/v1"
_AZURE_HOSTS: Final = (
    ".openai.azure.com",
    ".openai.azure.us",
    ".cognitiveservices.azure.com",
    ".services.ai.azure.com",
    ".api.cognitive.microsoft.com",
)


@dataclass(frozen=True)
class Target:
    """One service and account scope."""

    base_url: str
    """Scheme, host and path, without a trailing slash and without a query."""
    query: tuple[tuple[str, str], ...] = ()
    """Query pairs kept on every call, e.g. Azure's `api-version`."""
    organization: str | None = None
    project: str | None = None
    profile: Profile = "openai"

    @property
    def identity(self) -> str:
        """The form kept in the state: base URL, organization and project, no query and no key."""
        scope = [("organization", self.organization), ("project", self.project)]
        query = urlencode([(name, value) for name, value in scope if value])
        return f"{self.base_url}?{query}" if query else self.base_url

    @property
    def jobs_are_permanent(self) -> bool:
        """Whether the service has no way to delete a job, so that a 404 is never "gone"."""
        return self.profile == "openai"


def parse_target(
    base_url: str | None = None,
    organization: str | None = None,
    project: str | None = None,
    profile: str | None = None,
) -> Target:
    """The target behind these settings.

    Raises SettingsError for a base URL that is not one, that carries credentials, or that is plain
    http to a host that is not loopback (a key would travel readable).
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
        raise SettingsError("ftjobs:baseUrl holds a user name or password; put the key into ftjobs:apiKey")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError(
            f"ftjobs:baseUrl {parts.scheme}://{host} would send the key readable over the network; "
            "use https (plain http is for loopback hosts only)"
        )
    chosen = _profile(profile, host)
    query = tuple(parse_qsl(parts.query))
    path = parts.path.rstrip("/")
    if chosen == "azure" and not path and host.endswith(_AZURE_HOSTS):
        path = "/openai" if any(name == "api-version" for name, _ in query) else "/openai/v1"
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
    if wanted:
        for profile in get_args(Profile):
            if profile == wanted:
                return profile  # type: ignore[no-any-return]
        raise SettingsError(
            f"ftjobs:profile must be one of openai, azure, compatible; it is {_shown(wanted)}"
        )
    if host == "api.openai.com" or host.endswith(".api.openai.com"):
        return "openai"
    return "azure" if host.endswith(_AZURE_HOSTS) else "compatible"


def _shown(value: str) -> str:
    return repr(value[:60]) if "@" not in value else "(hidden: it holds an @)"
