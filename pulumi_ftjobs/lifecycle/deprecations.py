"""When bases shut down and when jobs can no longer be created, as announced.

`ftjobs:shutdownDates` overrides all of it. Only OpenAI's dates are built in, so only for
OpenAI itself are they certain enough to be errors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.model_names import base_of, choose
from pulumi_ftjobs.lifecycle.profiles import Profile

SOURCE: Final = "https://developers.openai.com/api/docs/deprecations"
AS_OF: Final = date(2026, 11, 23)
"""The day the page was read."""

SOON: Final = 90
"""Days before a shutdown from which on it is worth a warning."""

JOB_CREATION: Final = "job-creation"
"""The key, among overriding dates, of the day from which on no job can be created."""

_CREATION_ENDS: Final = date(2027, 1, 6)
_FIRST: Final = date(2026, 10, 23)
_SECOND: Final = date(2027, 1, 14)

SHUTDOWNS: Final[Mapping[str, date | None]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("gpt-3.5-turbo", "gpt-4", "gpt-4.1-nano", "o4-mini", "babbage-002", "davinci-002"), _FIRST
        ),
        **dict.fromkeys(("gpt-4.1", "gpt-4.1-mini", "gpt-4o", "gpt-4o-mini"), _SECOND),
    }
)
"""The day each base that can be trained shuts down at OpenAI, together with every model trained on it."""


@dataclass(frozen=True)
class Notice:
    """One sentence of the calendar. An error means that the service would certainly refuse."""

    severity: Literal["error", "warning"]
    sentence: str


def notices(
    model: str,
    profile: Profile,
    today: date,
    *,
    overrides: Mapping[str, date | None] | None = None,
) -> list[Notice]:
    """What the calendar says about training `model` on the day `today`.

    Args:
        model: the base or an earlier fine-tune of it.
        profile: what kind of service; built-in dates are for "openai" only.
        today: the date in UTC.
        overrides: dates by model or beginning of its name, and for `JOB_CREATION`; None for "never".
    """
    given = dict(overrides or {})
    creation_ends = given.pop(JOB_CREATION, _CREATION_ENDS if profile == "openai" else None)
    found = [
        _creation_notice(profile, creation_ends, today),
        _base_notice(base_of(model), profile, _shutdown(model, profile, given), today),
    ]
    return [notice for notice in found if notice is not None]


def parse_dates(text: str) -> dict[str, date | None]:
    """The mapping behind config `ftjobs:shutdownDates`: a JSON object of days (YYYY-MM-DD) or null by model.

    Raises SettingsError.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise SettingsError('ftjobs:shutdownDates must be a JSON object such as {"gpt-4.1": "2027-01-14"}')
    return {name: None if value is None else _day(name, value) for name, value in given.items()}


def parse_date(value: object) -> date | None:
    """A day as services write it (YYYY-MM-DD, perhaps with a time), None for anything else."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _day(name: str, value: object) -> date:
    found = parse_date(value)
    if found is None:
        raise SettingsError(f"ftjobs:shutdownDates: {name[:60]!r} must be a day such as 2027-01-14, or null")
    return found


def _shutdown(model: str, profile: Profile, overrides: Mapping[str, date | None]) -> date | None:
    return choose(overrides, SHUTDOWNS, model, trust_known=profile == "openai")[0]


def _creation_notice(profile: Profile, ends: date | None, today: date) -> Notice | None:
    service = "OpenAI" if profile == "openai" else "the service"
    if ends is None or (ends - today).days >= SOON:
        return None
    if today >= ends:
        return Notice(
            _refusal(profile),
            f"{service} takes no new fine-tuning jobs since {ends}: point ftjobs:baseUrl at another service",
        )
    already = (
        "; organizations that have not used it lately are refused already" if profile == "openai" else ""
    )
    return Notice(
        "warning",
        f"{service} takes no new fine-tuning jobs from {ends} on ({_days(ends, today)} left){already}",
    )


def _base_notice(base: str, profile: Profile, day: date | None, today: date) -> Notice | None:
    if day is None or (day - today).days >= SOON:
        return None
    if today >= day:
        return Notice(
            _refusal(profile),
            f"{base} was shut down on {day}, with all models trained on it: choose another base",
        )
    return Notice(
        "warning",
        f"{base} shuts down on {day} ({_days(day, today)} left), together with all models trained on it",
    )


def _refusal(profile: Profile) -> Literal["error", "warning"]:
    return "error" if profile == "openai" else "warning"


def _days(day: date, today: date) -> str:
    left = (day - today).days
    return "1 day" if left == 1 else f"{left} days"
