"""Warnings and errors about announced dates: a base that shuts down, a service that stops creating jobs.

The dates are data of the profile (`calendars.py`); `ftjobs:shutdownDates` overrides them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Final

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.calendars import Customer
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic, Severity
from pulumi_ftjobs.lifecycle.model_names import base_of, choose
from pulumi_ftjobs.lifecycle.profiles import Profile

SOON: Final = 90
"""Days before a date from which on it is worth a warning."""

TRAINING: Final = "training:"
"""Prefix, among overriding dates, of the day from which on a base can no longer be trained."""

JOB_CREATION: Final = "job-creation"
"""The key, among overriding dates, of the day from which on no job can be created."""


def announcements(
    model: str,
    profile: Profile,
    today: date,
    *,
    overrides: Mapping[str, date | None] | None = None,
    customer: Customer | None = None,
) -> list[Diagnostic]:
    """What the calendar says about training `model` on the day `today`.

    Args:
        model: the base or an earlier fine-tune of it.
        profile: the service, with what it has announced.
        today: the date in UTC.
        overrides: dates by model or beginning of its name, with the prefix `TRAINING` for the end of its
            training, and for `JOB_CREATION`; None for "never".
        customer: `ftjobs:azureCustomer`, where the service treats two kinds of customers differently.
    """
    given = dict(overrides or {})
    creation_ends = given.pop(JOB_CREATION, profile.calendar.creation_ends)
    base = base_of(model)
    found = [
        _creation(profile, creation_ends, today),
        _training(base, profile, training_end(model, profile, given, customer), today, customer),
        _base(base, profile, shutdown_date(model, profile, given), today),
    ]
    return [one for one in found if one is not None]


def training_end(
    model: str,
    profile: Profile,
    overrides: Mapping[str, date | None],
    customer: Customer | None = None,
) -> date | None:
    """The day from which `model` can no longer be trained; None if that is its shutdown or unknown.

    Of an unknown kind of customer the earlier day counts: that of new ones.
    """
    given = {key[len(TRAINING) :]: day for key, day in overrides.items() if key.startswith(TRAINING)}
    published = profile.calendar.training_ends.get(customer or "new", {})
    return choose(given, published, model)[0]


def shutdown_date(model: str, profile: Profile, overrides: Mapping[str, date | None]) -> date | None:
    """The day `model`'s base shuts down, as announced or as overridden; None if there is none."""
    given = {key: day for key, day in overrides.items() if not key.startswith(TRAINING)}
    return choose(given, profile.calendar.base_shutdowns, model)[0]


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


def _creation(profile: Profile, ends: date | None, today: date) -> Diagnostic | None:
    if ends is None or (ends - today).days >= SOON:
        return None
    if today >= ends:
        message = (
            f"{profile.service} accepts no new fine-tuning jobs since {ends}: "
            "point ftjobs:baseUrl at another service"
        )
        return Diagnostic(_refusal(profile), Code.CREATION_ENDS.value, "model", message)
    more = f"; {profile.calendar.before_creation_ends}" if profile.calendar.before_creation_ends else ""
    message = (
        f"{profile.service} accepts no new fine-tuning jobs from {ends} on ({_days(ends, today)} left){more}"
    )
    return Diagnostic("warning", Code.CREATION_ENDS.value, "model", message)


def _training(
    base: str, profile: Profile, day: date | None, today: date, customer: Customer | None
) -> Diagnostic | None:
    if day is None or (day - today).days >= SOON:
        return None
    hint = ""
    if customer is None and len(profile.calendar.training_ends) > 1:
        hint = (
            "; customers that have trained before have more time: if this is one, "
            "`pulumi config set ftjobs:azureCustomer existing`"
        )
    when = f"since {day}" if today >= day else f"from {day} on ({_days(day, today)} left)"
    message = f"{profile.service} does not train {base} {when}{hint}"
    return Diagnostic(
        _refusal(profile) if today >= day else "warning", Code.TRAINING_ENDS.value, "model", message
    )


def parse_customer(text: str | None) -> Customer | None:
    """The value behind config `ftjobs:azureCustomer`, None where it is not set. Raises SettingsError."""
    if not text:
        return None
    if text not in ("existing", "new"):
        raise SettingsError(f"ftjobs:azureCustomer must be existing or new, not {text[:20]!r}")
    return text  # type: ignore[return-value]


def _base(base: str, profile: Profile, day: date | None, today: date) -> Diagnostic | None:
    if day is None or (day - today).days >= SOON:
        return None
    if today >= day:
        message = f"{base} was shut down on {day}, with all models trained on it: choose another base"
        return Diagnostic(_refusal(profile), Code.BASE_ENDS.value, "model", message)
    message = f"{base} shuts down on {day} ({_days(day, today)} left), together with all models trained on it"
    return Diagnostic("warning", Code.BASE_ENDS.value, "model", message)


def _refusal(profile: Profile) -> Severity:
    return "error" if profile.calendar.certain else "warning"


def _days(day: date, today: date) -> str:
    left = (day - today).days
    return "1 day" if left == 1 else f"{left} days"
