"""When the next job of a rolling day may be created."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Final

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import ApiError, DailyLimit
from pulumi_ftjobs.lifecycle.adoption import creation_time
from pulumi_ftjobs.lifecycle.change_table import same_model

DAY: Final = 24 * 3600
"""Seconds of the service's rolling day."""


def with_next_slot(client: Client, error: DailyLimit, model: object) -> DailyLimit:
    """The refusal with the time of the next slot: a day after the oldest job of the last day, if one is seen."""
    since, times = client.now() - DAY, []
    try:
        for job in client.jobs():
            facts = job.facts()
            created = creation_time(facts)
            if created is not None and created < since:
                break
            if created is not None and same_model(model, facts.get("model")):
                times.append(created)
    except ApiError:
        return error
    if not times:
        return error
    free = datetime.fromtimestamp(min(times) + DAY, tz=timezone.utc)
    return DailyLimit(
        error.what,
        error.answer,
        hint=f"the day is a rolling one: run the command again after {free:%Y-%m-%d %H:%M} UTC, when "
        "the oldest job of the last 24 hours leaves it",
    )
