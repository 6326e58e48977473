"""What a finished training cost: the billed tokens times the price of the base model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi_ftjobs.lifecycle.cost import parse_prices
from pulumi_ftjobs.lifecycle.model_names import choose
from pulumi_ftjobs.lifecycle.settings import Sources

CostOf = Callable[[Any, Any], float | None]


def cost_function(sources: Sources) -> CostOf:
    """A function of base model and billed tokens that returns USD, or None where no price is known.

    `ftjobs:prices` has precedence over the service's published prices. Raises SettingsError.
    """
    prices = parse_prices(sources.first("prices") or "{}")
    published = sources.account().target.profile.prices.usd_per_million_tokens

    def cost(model: Any, tokens: Any) -> float | None:
        if not isinstance(model, str) or not isinstance(tokens, int | float):
            return None
        price, _given = choose(prices, published, model)
        return None if price is None else tokens * price / 1e6

    return cost
