"""Published training prices, as data. `ftjobs:prices` overrides all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class PriceList:
    """The prices of one service."""

    publisher: str = ""
    as_of: str = ""
    """The month of the price page, YYYY-MM."""
    source: str = ""
    usd_per_million_tokens: Mapping[str, float] = field(default_factory=dict)
    """By base model: tokens of the training file x epochs, for supervised and preference training."""
    reinforcement_usd_per_hour: float | None = None
    """Price of the core training loop, prorated per second; tokens of model graders come on top."""
    reinforcement_source: str = ""


NO_PRICES: Final = PriceList()
"""The service publishes no price that this package knows."""

OPENAI_PRICES: Final = PriceList(
    publisher="OpenAI",
    as_of="2025-06",  # by August 2026 the page listed no training prices any more
    source="https://openai.com/api/pricing/",
    usd_per_million_tokens=MappingProxyType(
        {
            "gpt-4.1": 25.0,
            "gpt-4.1-mini": 5.0,
            "gpt-4.1-nano": 1.5,
            "gpt-4o": 25.0,
            "gpt-4o-mini": 3.0,
            "gpt-3.5-turbo": 8.0,
            "davinci-002": 6.0,
            "babbage-002": 0.4,
        }
    ),
    reinforcement_usd_per_hour=100.0,
    reinforcement_source="https://help.openai.com/en/articles/11323177-billing-guide-for-the-reinforcement-fine-tuning-api",
)
