"""What is different about each service, as data: one frozen `Profile` per service.

Code asks a profile for a field and never for its name, so a new service is one more entry here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pulumi_ftjobs.lifecycle.calendars import NO_CALENDAR, OPENAI_CALENDAR, Calendar
from pulumi_ftjobs.lifecycle.prices import NO_PRICES, OPENAI_PRICES, PriceList

ProfileName = Literal["openai", "azure", "compatible"]
"""Values of `ftjobs:profile`."""


@dataclass(frozen=True)
class Suffix:
    """The rule for `suffix` where a service has a narrower one than OpenAI."""

    pattern: str
    """Regular expression that the whole suffix must match."""
    rule: str
    """The rule in words."""


@dataclass(frozen=True)
class ExtraAdvice:
    """A field of `extra_body` whose absence is worth a warning."""

    field: str
    message: str


@dataclass(frozen=True, eq=False)  # each is one object: compared, and hashed within an Account, as such
class Profile:
    """One service: what it accepts, how it authenticates, what it keeps and what it has announced."""

    name: ProfileName
    service: str
    """What messages call it."""
    hosts: tuple[str, ...] = ()
    """Domains by which it is recognised: the host itself, or the end of it."""

    strict: bool = False
    """OpenAI's rules are this service's rules: a violation is an error. Otherwise it is a warning."""
    suffix: Suffix | None = None
    extra_advice: tuple[ExtraAdvice, ...] = ()
    byte_order_mark: Literal["refused", "expected", "any"] = "any"
    """What the service makes of a UTF-8 byte order mark at the start of a data file."""

    auth: Literal["bearer", "key"] = "bearer"
    """How a key is sent unless `ftjobs:auth` says otherwise: `Authorization: Bearer`, or an `api-key` header."""
    key_variables: tuple[str, ...] = ("OPENAI_API_KEY",)
    """Environment variables that hold its key; another service's key is never sent to it."""
    token_variables: tuple[str, ...] = ()
    """Environment variables that hold an Entra token; none where the service takes no such token."""
    endpoint_variables: tuple[str, ...] = ()
    """Environment variables that hold its base URL, used where no other setting names one."""
    default_path: str = ""
    """Path of the API where the base URL of a recognised host has none."""
    versioned_path: str = ""
    """The same where the query names an `api-version`."""

    jobs_are_permanent: bool = False
    """The service cannot delete a job: a 404 means "not visible with this key", never "deleted"."""
    prices: PriceList = NO_PRICES
    calendar: Calendar = NO_CALENDAR

    def __hash__(self) -> int:
        return hash(self.name)  # accounts and targets are keys; price lists and calendars are mappings

    def is_host(self, host: str) -> bool:
        """Whether `host` (lower case) belongs to this service."""
        return any(host == known or host.endswith(f".{known}") for known in self.hosts)


OPENAI: Final = Profile(
    name="openai",
    service="OpenAI",
    hosts=("api.openai.com",),
    strict=True,
    byte_order_mark="refused",
    default_path="/v1",
    versioned_path="/v1",
    jobs_are_permanent=True,
    prices=OPENAI_PRICES,
    calendar=OPENAI_CALENDAR,
)

AZURE: Final = Profile(
    name="azure",
    service="Azure OpenAI",
    hosts=(
        "openai.azure.com",
        "openai.azure.us",
        "cognitiveservices.azure.com",
        "services.ai.azure.com",
        "api.cognitive.microsoft.com",
    ),
    strict=True,
    suffix=Suffix(
        r"[A-Za-z0-9_-]{1,40}", "must have at most 40 characters, letters, digits, - and _ (Azure OpenAI)"
    ),
    extra_advice=(
        ExtraAdvice(
            "trainingType",
            'Azure OpenAI decides where and at which price it trains by {"trainingType": "Standard", '
            '"GlobalStandard" or "Developer"}; none is given, so Azure uses its default',
        ),
    ),
    byte_order_mark="expected",
    auth="key",
    key_variables=("AZURE_OPENAI_API_KEY",),
    token_variables=("AZURE_OPENAI_AD_TOKEN",),
    endpoint_variables=("AZURE_OPENAI_ENDPOINT",),
    default_path="/openai/v1",
    versioned_path="/openai",
)

COMPATIBLE: Final = Profile(name="compatible", service="the service")

PROFILES: Final = (OPENAI, AZURE, COMPATIBLE)
"""Every profile; the last one serves hosts that no other recognises."""


def profile_of_host(host: str) -> Profile:
    """The profile whose service answers at `host` (lower case)."""
    return next((profile for profile in PROFILES if profile.is_host(host)), COMPATIBLE)


def profile_named(name: str) -> Profile | None:
    """The profile called `name`, None if there is none."""
    return next((profile for profile in PROFILES if profile.name == name), None)
