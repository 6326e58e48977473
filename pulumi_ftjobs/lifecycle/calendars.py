"""Announced shutdown dates of the services, as data. `ftjobs:shutdownDates` overrides all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

Customer = Literal["existing", "new"]
"""Whether the account had trained before the service closed for newcomers."""


@dataclass(frozen=True)
class Calendar:
    """What one service has announced."""

    source: str = ""
    as_of: date | None = None
    """The day the source was read."""
    creation_ends: date | None = None
    """From this day on the service creates no fine-tuning job at all."""
    training_ends: Mapping[Customer, Mapping[str, date]] = field(default_factory=dict)
    """By kind of customer, the day from which a base can no longer be trained, where that is another day."""
    base_shutdowns: Mapping[str, date] = field(default_factory=dict)
    """The day each base shuts down, together with every model trained on it (Azure: their deployments)."""
    before_creation_ends: str = ""
    """What else users should know while jobs can still be created, in one clause."""
    certain: bool = False
    """The service certainly refuses from these days on: an error in preview, not a warning."""


NO_CALENDAR: Final = Calendar()
"""The service has announced nothing that this package knows."""

_FIRST: Final = date(2026, 10, 23)
_SECOND: Final = date(2027, 1, 14)

OPENAI_CALENDAR: Final = Calendar(
    source="https://developers.openai.com/api/docs/deprecations",
    as_of=date(2026, 11, 23),
    creation_ends=date(2027, 1, 6),
    base_shutdowns=MappingProxyType(
        {
            **dict.fromkeys(
                ("gpt-3.5-turbo", "gpt-4", "gpt-4.1-nano", "o4-mini", "babbage-002", "davinci-002"), _FIRST
            ),
            **dict.fromkeys(("gpt-4.1", "gpt-4.1-mini", "gpt-4o", "gpt-4o-mini"), _SECOND),
        }
    ),
    before_creation_ends="organizations that have not used it lately are refused already",
    certain=True,
)

_AZURE_BASES: Final = ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "o4-mini")

AZURE_CALENDAR: Final = Calendar(
    source="https://learn.microsoft.com/azure/ai-foundry/openai/concepts/model-retirements",
    as_of=date(2026, 7, 7),
    # The page gives "no earlier than" dates that lie within two weeks of each other; here is the first day of each.
    training_ends=MappingProxyType(
        {
            "existing": dict.fromkeys(_AZURE_BASES, date(2027, 4, 1)),
            "new": dict.fromkeys(_AZURE_BASES, date(2026, 10, 1)),
        }
    ),
    base_shutdowns=MappingProxyType(dict.fromkeys(_AZURE_BASES, date(2027, 10, 1))),
)
