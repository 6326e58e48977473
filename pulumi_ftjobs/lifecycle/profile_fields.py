"""The fields of a profile: everything that can be different about a service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, Final, Literal

from pulumi_ftjobs.lifecycle.calendars import NO_CALENDAR, Calendar
from pulumi_ftjobs.lifecycle.prices import NO_PRICES, PriceList

ProfileName = Literal["openai", "azure", "bedrock", "nebius", "crusoe", "compatible"]
"""Values of `ftjobs:profile`."""

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True)
class Suffix:
    """The rule for `suffix` where a service has a narrower one than OpenAI."""

    pattern: str
    """Regular expression that the whole suffix must match; empty where the service has no suffix."""
    rule: str
    """The rule in words."""


@dataclass(frozen=True)
class ExtraAdvice:
    """A field of `extra_body` whose absence is worth a warning."""

    field: str
    message: str


@dataclass(frozen=True)
class Hyperparameters:
    """What a service makes of hyperparameters."""

    place: Literal["declared", "method", "top_level"] = "declared"
    """Where it takes them: as declared, only within `method`, or only in the older top-level member."""
    accepted: frozenset[str] = frozenset()
    """Names beside OpenAI's that it documents."""
    names: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """Its own name for a common one, e.g. `lora_r` for `lora_rank`."""
    implied: Mapping[str, tuple[str, Any]] = field(default_factory=lambda: _NONE)
    """Settings that another one needs: `lora_r` needs `lora: true`."""
    undocumented: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """OpenAI's names that it does not document, with what to use instead."""


@dataclass(frozen=True, eq=False)  # each is one object: compared, and hashed within an Account, as such
class Profile:
    """One service: what it accepts, how it authenticates, what it keeps and what it has announced."""

    name: ProfileName
    service: str
    """What messages call it."""
    hosts: tuple[str, ...] = ()
    """Domains by which it is recognised: the host itself, the end of it, or a pattern with `*`."""

    strict: bool = False
    """OpenAI's rules are this service's rules: a violation is an error. Otherwise it is a warning."""
    methods: tuple[str, ...] | None = None
    """Ways of training that it documents; None where that is unknown."""
    grader_types: tuple[str, ...] | None = None
    """Types of graders that it documents; None for OpenAI's."""
    integrations: tuple[str, ...] = ("wandb",)
    hyperparameters: Hyperparameters = Hyperparameters()
    suffix: Suffix | None = None
    extra_advice: tuple[ExtraAdvice, ...] = ()
    byte_order_mark: Literal["refused", "expected", "any"] = "any"
    """What the service makes of a UTF-8 byte order mark at the start of a data file."""

    auth: Literal["bearer", "key"] = "bearer"
    """How a key is sent unless `ftjobs:auth` says otherwise: `Authorization: Bearer`, or an `api-key` header."""
    key_variables: tuple[str, ...] = ("OPENAI_API_KEY",)
    """Environment variables that hold its key; the first one that is set counts."""
    token_variables: tuple[str, ...] = ()
    """Environment variables that hold an Entra token; none where the service takes no such token."""
    endpoint_variables: tuple[str, ...] = ()
    """Environment variables that hold its base URL, used where no other setting names one."""
    default_path: str = ""
    """Path of the API where the base URL of a recognised host has none."""
    versioned_path: str = ""
    """The same where the query names an `api-version`."""

    keeps_metadata: bool = False
    """The service is known to return a job's metadata as it was sent; elsewhere this is detected, never assumed."""
    jobs_are_permanent: bool = False
    """No way to delete a job is known: a 404 means "not visible with this key", never "deleted"."""
    pausable: bool = True
    """Jobs can be paused and resumed."""
    model_name_deadline: float = 60.0
    """Seconds after a job's success in which it may still have no model name."""
    deploys: bool = False
    """A model has a name only once it is deployed by a call (`POST /v0/models`)."""
    estimates_prices: bool = False
    """The service estimates a job's price (`POST /fine_tuning/jobs/estimate_price`)."""
    prices: PriceList = NO_PRICES
    calendar: Calendar = NO_CALENDAR

    def __hash__(self) -> int:
        return hash(self.name)  # accounts and targets are keys; price lists and calendars are mappings

    def is_host(self, host: str) -> bool:
        """Whether `host` (lower case) belongs to this service."""
        return any(
            host == known or host.endswith(f".{known}") or fnmatchcase(host, known) for known in self.hosts
        )
