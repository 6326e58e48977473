"""Asking a service what a job would cost, right before it is created: `ftjobs:askForPrices`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pulumi_ftjobs.api.errors import ApiError
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.cost import check_budget, quoted, usd
from pulumi_ftjobs.lifecycle.job_request import create_body
from pulumi_ftjobs.lifecycle.settings import Sources

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client


def price_note(client: Client, sources: Sources, props: Mapping[str, Any]) -> str | None:
    """What to say about the service's own estimate; None where it is not asked.

    Raises:
        FtjobsError: the estimate is above a limit, or a limit cannot be compared with it. No job was created.
    """
    profile = client.target.profile
    if not (profile.estimates_prices and sources.asks_for_prices()):
        return None
    own, stack = props.get("max_estimated_cost_usd"), sources.budget()
    limited = own is not None or stack is not None
    try:
        amount = client.estimate_price(create_body(props, profile, marked=False))
    except ApiError as error:
        if limited:
            raise FtjobsError(f"no job was created, its price could not be asked for: {error}") from None
        return f"the price could not be asked for: {error}"
    estimate = quoted(amount, profile.service)
    for limit, setting in ((own, "max_estimated_cost_usd"), (stack, "ftjobs:maxEstimatedCostUsdPerJob")):
        problem = check_budget(estimate, limit, setting=setting) if limit is not None else None
        if problem:
            raise FtjobsError(f"no job was created: {problem}")
    return f"{profile.service} estimates {usd(amount)} USD" if amount is not None else None
