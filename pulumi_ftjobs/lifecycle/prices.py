"""What training costs, as the service last published it. Data only; `ftjobs:prices` overrides all of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

AS_OF: Final = "2025-06"
"""The month of the price page these are from. By August 2026 the page listed no training prices any more."""

SOURCE: Final = "https://openai.com/api/pricing/"

USD_PER_MILLION_TOKENS: Final[Mapping[str, float]] = MappingProxyType(
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
)
"""OpenAI's price for supervised and preference training: tokens of the training file x epochs."""

REINFORCEMENT_USD_PER_HOUR: Final = 100.0
"""OpenAI's price of the core training loop, prorated per second; tokens of model graders come on top."""

REINFORCEMENT_SOURCE: Final = (
    "https://help.openai.com/en/articles/11323177-billing-guide-for-the-reinforcement-fine-tuning-api"
)
