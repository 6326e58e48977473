"""What a training that is over has cost: the tokens that were billed times the price of the base."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi_ftjobs.lifecycle.cost import parse_prices
from pulumi_ftjobs.lifecycle.model_names import choose
from pulumi_ftjobs.lifecycle.prices import USD_PER_MILLION_TOKENS
from pulumi_ftjobs.lifecycle.settings import Sources

Billed = Callable[[Any, Any], float | None]


def billed(places: Sources) -> Billed:
    """A function of base model and billed tokens that gives USD, or None where no price is known.

    `ftjobs:prices` goes before OpenAI's list, which counts for OpenAI only. Raises SettingsError.
    """
    prices = parse_prices(places.first("prices") or "{}")
    listed = places.account().target.profile == "openai"

    def cost(model: Any, tokens: Any) -> float | None:
        if not isinstance(model, str) or not isinstance(tokens, int | float):
            return None
        price, _given = choose(prices, USD_PER_MILLION_TOKENS, model, trust_known=listed)
        return None if price is None else tokens * price / 1e6

    return cost
