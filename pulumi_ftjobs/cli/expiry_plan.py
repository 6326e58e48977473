"""`ftjobs expiry --plan`: for the jobs of a stack, where each could be trained again, and at what cost. Offline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pulumi_ftjobs.cli.import_file import JOB_TYPE
from pulumi_ftjobs.lifecycle.calendars import Customer
from pulumi_ftjobs.lifecycle.cost import usd
from pulumi_ftjobs.lifecycle.deprecations import JOB_CREATION, shutdown_date, training_end
from pulumi_ftjobs.lifecycle.model_names import base_of, choose
from pulumi_ftjobs.lifecycle.profiles import PROFILES, Profile

PLAN_COLUMNS: Final = (
    "job",
    "fine_tuned_model",
    "shutdown_date",
    "profile",
    "base_model",
    "accepts_jobs_until",
    "training_ends",
    "base_shutdown_date",
    "tokens",
    "cost_usd",
)


@dataclass(frozen=True)
class Overrides:
    """What the stack's config says about prices, dates and the kind of customer."""

    prices: Mapping[str, float]
    dates: Mapping[str, date | None]
    customer: Customer | None = None


def plan_rows(
    resources: Sequence[Mapping[str, Any]], current: Profile, overrides: Overrides, today: date
) -> list[dict[str, Any]]:
    """A row for each job whose base model expires and each service that could train it again.

    Args:
        resources: The resources of the stack's state.
        current: The profile of the account in force: its calendar says what expires.
        overrides: Prices and dates from the config.
        today: The date in UTC. Services that accept no jobs any more are left out, and those that no longer train the
            base for the declared kind of customer.
    """
    rows = []
    for resource in resources:
        outputs = resource.get("outputs") or {}
        model = outputs.get("model")
        if resource.get("type") != JOB_TYPE or resource.get("delete") or not isinstance(model, str):
            continue
        expires = shutdown_date(model, current, overrides.dates)
        if expires is not None:
            job = {
                "job": str(resource.get("urn", "")).rpartition("::")[2],
                "fine_tuned_model": _model_of(resource, resources),
                "shutdown_date": expires.isoformat(),
            }
            tokens = outputs.get("trained_tokens") or outputs.get("estimated_tokens")
            rows += [job | option for option in _options(model, expires, tokens, overrides, today)]
    return sorted(rows, key=lambda row: (row["shutdown_date"], row["job"]))


def _options(
    model: str, expires: date, tokens: Any, overrides: Overrides, today: date
) -> Iterator[dict[str, Any]]:
    """Each service that still accepts jobs and keeps the base longer, with what training there takes."""
    base = base_of(model)
    for profile in PROFILES:
        creation_ends = profile.calendar.creation_ends
        if profile.strict and JOB_CREATION in overrides.dates:
            creation_ends = overrides.dates[JOB_CREATION]
        if creation_ends is not None and creation_ends <= today:
            continue
        ends = choose({}, profile.calendar.base_shutdowns, base)[0]
        if ends is not None and ends <= expires:
            continue
        dates = overrides.dates if profile.calendar.training_ends else {}
        last_training = training_end(base, profile, dates, overrides.customer)
        if overrides.customer and last_training is not None and last_training <= today:
            continue
        price = choose(overrides.prices, profile.prices.usd_per_million_tokens, base)[0]
        known = isinstance(tokens, int | float) and price is not None
        yield {
            "profile": profile.name,
            "base_model": base if _offers(profile, base) else None,
            "accepts_jobs_until": creation_ends.isoformat() if creation_ends else None,
            "training_ends": last_training.isoformat() if last_training else None,
            "base_shutdown_date": ends.isoformat() if ends else None,
            "tokens": tokens,
            "cost_usd": usd(tokens * price / 1e6) if known and price is not None else None,
        }


def _offers(profile: Profile, base: str) -> bool:
    """Whether the service has this base, as far as its own lists say; one without lists may have any."""
    listed = {**profile.calendar.base_shutdowns, **profile.prices.usd_per_million_tokens}
    return not listed or choose({}, listed, base)[0] is not None


def _model_of(job: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> str | None:
    """The name of a job's model: from its own entry, else from that of its FineTunedModel."""
    own = (job.get("outputs") or {}).get("fine_tuned_model")
    models = ((one.get("outputs") or {}) for one in resources)
    return own or next((one.get("name") for one in models if one.get("job_id") == job.get("id")), None)
