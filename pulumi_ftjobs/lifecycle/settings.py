"""Where each setting comes from: explicit provider, stack config, `pulumi-python:` config, environment.

Pure: the sources are given as plain mappings. No network; a missing key is an error at first use only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic
from pulumi_ftjobs.lifecycle.extra_headers import Headers, parse_headers
from pulumi_ftjobs.lifecycle.profiles import PROFILES, Profile
from pulumi_ftjobs.lifecycle.targets import Target, parse_target
from pulumi_ftjobs.lifecycle.value_rules import did_you_mean
from pulumi_ftjobs.lifecycle.values import listed, one_line

NAMESPACE: Final = "ftjobs"

KEYS: Final = (
    "adToken",
    "adminKey",
    "apiKey",
    "askForPrices",
    "auth",
    "azureCustomer",
    "baseUrl",
    "createWithoutListing",
    "headers",
    "maxActiveJobs",
    "maxEstimatedCostUsdPerJob",
    "organization",
    "prices",
    "profile",
    "project",
    "pulumiOrganization",
    "shutdownDates",
    "stackId",
    "wait",
)
"""Every setting of the namespace, in a program or in a provider."""

ENVIRONMENT: Final[Mapping[str, tuple[str, ...]]] = {
    "adminKey": ("OPENAI_ADMIN_KEY",),
    "apiKey": ("OPENAI_API_KEY",),
    "baseUrl": ("OPENAI_BASE_URL",),
    "organization": ("OPENAI_ORG_ID",),
    "project": ("OPENAI_PROJECT_ID",),
}
"""Environment variables by config key: the vendor's own names."""


_WHOLE = re.compile(r"[0-9]{1,9}(\.0+)?")
_SWITCH: Final[Mapping[str, bool]] = {
    "true": True,
    "false": False,
    "yes": True,
    "no": False,
    "on": True,
    "off": False,
    "1": True,
    "0": False,
}


@dataclass(frozen=True)
class Found:
    """One value and where it was found, for messages."""

    value: str = field(repr=False)
    source: str


@dataclass(frozen=True)
class Account:
    """One service account: the target, its keys (best first), and how they are sent."""

    target: Target
    keys: tuple[Found, ...] = field(repr=False)
    auth: str = "bearer"
    """`bearer`, `key` (an `api-key` header) or `entra` (a token from Azure's default credential)."""
    headers: Headers = field(default=(), repr=False)
    """Further headers of every call."""

    def require_key(self) -> Found:
        """The key in force. Raises SettingsError, naming every place a key can be put, if there is none."""
        if not self.keys:
            names = self.target.profile.key_variables
            raise SettingsError(
                f"no API key for {self.target.base_url}: set it with `pulumi config set --secret ftjobs:apiKey "
                f"...`, or in the environment as {listed(names, 'or')}"
            )
        return self.keys[0]


@dataclass(frozen=True)
class Sources:
    """The places a setting can come from, strongest first. Keys have no namespace (`apiKey`)."""

    stack: Mapping[str, str] = field(default_factory=dict, repr=False)
    """`ftjobs:*`: of the stack config, or given to an explicit provider."""
    fresh: Mapping[str, str] = field(default_factory=dict, repr=False)
    """`pulumi-python:*`: the current values, also on a destroy that does not run the program."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def all(self, key: str) -> list[Found]:
        """Every value of `key`, strongest source first."""
        return self._configured(key) + self._from_environment(ENVIRONMENT.get(key, ()))

    def _configured(self, key: str) -> list[Found]:
        return [
            Found(source[key], f"config {prefix}:{key}")
            for source, prefix in ((self.stack, NAMESPACE), (self.fresh, "pulumi-python"))
            if source.get(key)
        ]

    def first(self, key: str) -> str | None:
        """The value of `key` in force, or None."""
        found = self.all(key)
        return found[0].value if found else None

    def max_active_jobs(self) -> int | None:
        """How many unfinished jobs the account allows, None for no limit. Raises SettingsError."""
        found = self.first("maxActiveJobs")
        return None if found is None else whole(f"{NAMESPACE}:maxActiveJobs", found)

    def asks_for_prices(self) -> bool:
        """Whether a service that estimates prices is asked before a job is created. Raises SettingsError."""
        return self._is_on("askForPrices")

    def creates_without_listing(self) -> bool:
        """Whether a job on a new upload is created where jobs cannot be listed. Raises SettingsError."""
        return self._is_on("createWithoutListing")

    def _is_on(self, key: str) -> bool:
        found = self.first(key)
        return found is not None and switch(f"{NAMESPACE}:{key}", found)

    def budget(self) -> float | None:
        """The limit in USD for each job of the stack, None for no limit. Raises SettingsError."""
        found = self.first("maxEstimatedCostUsdPerJob")
        try:
            return None if found is None else float(found)
        except ValueError:
            raise SettingsError(
                f"{NAMESPACE}:maxEstimatedCostUsdPerJob: must be a number of USD, e.g. 20"
            ) from None

    def _from_environment(self, names: tuple[str, ...]) -> list[Found]:
        return [
            Found(self.environment[name].strip(), f"environment variable {name}")
            for name in names
            if self.environment.get(name, "").strip()
        ]

    def account(self) -> Account:
        """The account these sources describe.

        Raises SettingsError for an unusable base URL, profile or auth; a missing key is not an error
        here (preview needs none).
        """
        target = parse_target(
            self._base_url(), self.first("organization"), self.first("project"), self.first("profile")
        )
        keys = self._keys(target.profile)
        tokens = self._tokens(target.profile)
        auth = self.first("auth") or self._default_auth(target.profile, keys, tokens)
        if auth not in {"bearer", "key", "entra"}:
            raise SettingsError(f"ftjobs:auth must be one of bearer, key, entra; not {auth[:20]!r}")
        headers = parse_headers(self.first("headers"))
        return Account(target, tuple(tokens if auth == "entra" else keys), auth, headers)

    def admin_account(self) -> Account:
        """The account with its admin keys where there are any (`ftjobs:adminKey`), else with its usual ones.

        Raises SettingsError as `account` does.
        """
        account = self.account()
        return replace(account, keys=tuple(self.all("adminKey")) or account.keys)

    def _default_auth(self, profile: Profile, keys: list[Found], tokens: list[Found]) -> str:
        if profile.token_variables and (tokens or not keys):
            return "entra"
        return profile.auth

    def _keys(self, profile: Profile) -> list[Found]:
        # One service's key is not sent to another only because both are in the environment.
        return self._configured("apiKey") + self._from_environment(profile.key_variables)[:1]

    def _tokens(self, profile: Profile) -> list[Found]:
        if not profile.token_variables:
            return []
        configured = [Found(s["adToken"], "config ftjobs:adToken") for s in (self.stack,) if s.get("adToken")]
        return configured + self._from_environment(profile.token_variables)

    def _base_url(self) -> str | None:
        chosen = self.first("baseUrl")
        if chosen or self.environment.get("OPENAI_API_KEY", "").strip() or self.all("apiKey"):
            return chosen
        names = tuple(name for profile in PROFILES for name in profile.endpoint_variables)
        endpoints = self._from_environment(names)
        return endpoints[0].value if endpoints else None


def unknown_settings(keys: Iterable[str]) -> list[Diagnostic]:
    """A warning for each of `keys` (without the namespace) that is not a setting, with the closest one."""
    by_case = {known.lower(): known for known in KEYS}
    found = []
    for key in sorted(set(keys) - set(KEYS)):
        close = by_case.get(key.lower().replace("_", "").replace("-", ""))
        hint = f"did you mean {NAMESPACE}:{close}?" if close else did_you_mean(key, KEYS)
        message = f"is not a setting and has no effect; {hint}"
        path = f"{NAMESPACE}:{one_line(key, 60)}"
        found.append(Diagnostic("warning", Code.UNKNOWN_FIELD.value, path, message))
    return found


def whole(name: str, text: str) -> int:
    """A whole number of at least 1; `3.0` is one: so a resource's output of 3 arrives.

    Raises SettingsError, naming the setting `name`.
    """
    if not _WHOLE.fullmatch(text.strip()) or float(text) < 1:
        raise SettingsError(f"{name} must be a whole number of at least 1, not {one_line(repr(text), 40)}")
    return int(float(text))


def switch(name: str, text: str) -> bool:
    """True or false, in the usual words. Raises SettingsError, naming the setting `name`."""
    word = text.strip().lower()
    if word not in _SWITCH:
        raise SettingsError(
            f"{name} must be one of {listed(list(_SWITCH), 'or')}, not {one_line(repr(text), 40)}"
        )
    return _SWITCH[word]


def namespaced(config: Mapping[str, Any], namespace: str) -> dict[str, str]:
    """The keys of `namespace` in a flat `namespace:key` mapping, without the namespace."""
    prefix = f"{namespace}:"
    return {key[len(prefix) :]: str(value) for key, value in config.items() if key.startswith(prefix)}


def config_in_environment(environment: Mapping[str, str], namespace: str) -> dict[str, str]:
    """Return a namespace of the config as it is now: the engine decrypts it into every provider's environment."""
    try:
        config = json.loads(environment.get("PULUMI_CONFIG", "{}"))
    except ValueError:
        return {}
    if not isinstance(config, dict):
        return {}
    # A dynamic provider gets keys without their namespace, a plugin with it.
    return {key.removeprefix(f"{namespace}:"): str(value) for key, value in config.items()}
