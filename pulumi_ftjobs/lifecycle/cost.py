"""About how much a training will cost: tokens x epochs x price. What is not known stays unknown, never 0."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic
from pulumi_ftjobs.lifecycle.model_names import base_of, choose
from pulumi_ftjobs.lifecycle.profiles import OPENAI, Profile

TOKENS_ERROR = 0.4
"""How far the true count may be from an estimated one, as a share of the estimate (measured: docs/cost.md)."""

_EPOCHS_OFF = 1  # how far the service's own choice may be from the formula, which it never published
_MOST_AUTOMATIC = 25
_EXACT_BASES = (
    "gpt-4o",
    "gpt-4.1",
    "gpt-5",
    "o1",
    "o3",
    "o4-",
)  # the vocabulary tokens are counted with is theirs
_PRICE_HINT = "give its price in USD per million tokens: pulumi config set ftjobs:prices '{\"%s\": 3.0}'"


@dataclass(frozen=True)
class Estimate:
    """What a training will cost in USD, before tax.

    Attributes:
        low: at least about this much, None when unknown.
        high: at most about this much, None when unknown.
        unknown: why `high` is None, None otherwise.
        sentence: what a user reads: the amount and how it comes about, or why there is none.
    """

    low: float | None
    high: float | None
    unknown: str | None
    sentence: str

    @property
    def amount(self) -> str:
        """The short form for one cell of a preview: "3.08", "0.21 to 0.41", "at least 0.21" or "unknown"."""
        if self.low is None:
            return "unknown"
        if self.high is None:
            return f"at least {usd(self.low)}"
        low, high = usd(self.low), usd(self.high)
        return low if low == high else f"{low} to {high}"

    @property
    def low_usd(self) -> float | None:
        """`low` rounded as `amount` shows it."""
        return None if self.low is None else _rounded(self.low)

    @property
    def high_usd(self) -> float | None:
        """`high` rounded as `amount` shows it."""
        return None if self.high is None else _rounded(self.high)


@dataclass(frozen=True)
class Training:
    """What decides about the cost of a training.

    Attributes:
        model: the base, an alias of it, or an earlier fine-tune of it.
        tokens: of one pass over the training file, None when unknown.
        rows: of the training file, None when unknown.
        tokens_exact: False for an estimated count.
        images: images in the file; what they cost is unknown.
        n_epochs: a number, "auto" or None (which is "auto" too); anything else is not known yet.
        method: "supervised", "dpo", "reinforcement", or None for the default.
        profile: the service, with its published prices.
    """

    model: str
    tokens: int | None
    rows: int | None = None
    tokens_exact: bool = True
    images: int = 0
    n_epochs: object = None
    method: str | None = None
    profile: Profile = OPENAI


def automatic_epochs(rows: int) -> int:
    """The epochs OpenAI chooses for `rows` examples for "auto".

    Formula of OpenAI's cookbook (data preparation for chat fine-tuning); recorded jobs agree with it
    (10 rows: 10 epochs, 100 rows: 3), but the service does not promise it.
    """
    if rows * 3 < 100:
        return min(_MOST_AUTOMATIC, 100 // max(rows, 1))
    if rows * 3 > 25_000:
        return max(1, 25_000 // rows)
    return 3


def estimate(training: Training, prices: Mapping[str, float] | None = None) -> Estimate:
    """About how much `training` costs; `prices` (USD per million tokens, see `parse_prices`) come first."""
    if training.method == "reinforcement":
        return _unknown(_reinforcement(training.profile))
    price, origin = _price(training, prices or {})
    if price is None:
        return _unknown(f"no price is known for {training.model}: {_PRICE_HINT % training.model}")
    if price == 0:
        return Estimate(0.0, 0.0, None, f"0.00 USD: the price of {training.model} is 0 ({origin})")
    if training.tokens is None:
        return _unknown(
            "the tokens of the training file are not known: it is given by its id, or has rows too long to look into"
        )
    epochs = _epochs(training)
    if epochs is None:
        return _unknown("n_epochs is not known yet")
    return _sum(training, price, origin, epochs)


def total_estimate(trainings: Sequence[Training], prices: Mapping[str, float] | None = None) -> Estimate:
    """About how much several trainings will cost together; unknown as soon as one of them is."""
    estimates = [estimate(training, prices) for training in trainings]
    unknown = next((one.unknown for one in estimates if one.unknown), None)
    low = None if any(one.low is None for one in estimates) else sum(one.low or 0.0 for one in estimates)
    high = None if unknown else sum(one.high or 0.0 for one in estimates)
    total = Estimate(low, high, unknown, "")
    text = f"{total.amount}: {unknown}" if unknown else f"about {total.amount} USD"
    return Estimate(low, high, unknown, text)


def quoted(amount: float | None, publisher: str) -> Estimate:
    """The service's own estimate of a job's price, None where its answer has none."""
    if amount is None:
        return _unknown(f"the estimate of {publisher} has no price")
    return Estimate(amount, amount, None, f"{usd(amount)} USD: estimated by {publisher}")


def estimated_tokens(training: Training) -> int | None:
    """About how many tokens will be billed: those of one pass times the epochs; None when unknown."""
    epochs = _epochs(training)
    if training.tokens is None or epochs is None or training.method == "reinforcement":
        return None
    if epochs[0] == epochs[1]:
        return training.tokens * epochs[0]
    return training.tokens * automatic_epochs(training.rows) if training.rows else None


def check_budget(
    estimated: Estimate, limit: float, *, setting: str = "max_estimated_cost_usd"
) -> Diagnostic | None:
    """The error if `estimated` is above `limit` USD, or cannot be compared with it; None if it is within."""
    least = estimated.high if estimated.high is not None else estimated.low
    if least is not None and least > limit:
        message = (
            f"more than {setting} = {usd(limit)} USD: {estimated.sentence}; "
            f"use fewer rows or epochs, or raise {setting}"
        )
        return Diagnostic("error", Code.BUDGET.value, "estimated_cost_usd", message)
    if estimated.high is None:
        message = (
            f"cannot enforce {setting} = {usd(limit)} USD: {estimated.unknown}; to train without a limit, "
            f"remove {setting}"
        )
        return Diagnostic("error", Code.PRICE_UNKNOWN.value, "estimated_cost_usd", message)
    return None


def parse_prices(text: str) -> dict[str, float]:
    """The mapping behind config `ftjobs:prices`: a JSON object of USD per million training tokens by model.

    Keys are model names or beginnings of them; "*" is for all others. Raises SettingsError.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise SettingsError('ftjobs:prices must be a JSON object such as {"gpt-4.1-mini": 5.0}')
    for name, price in given.items():
        if isinstance(price, bool) or not isinstance(price, (int, float)) or not 0 <= price < math.inf:
            raise SettingsError(
                f"ftjobs:prices: {name[:60]!r} must be a number of USD per million tokens, 0 or more"
            )
    return {name: float(price) for name, price in given.items()}


def usd(amount: float) -> str:
    """An amount with cents; what is under a cent is rounded up to one, so that it never looks free."""
    return f"{_rounded(amount):,.2f}"


def _rounded(amount: float) -> float:
    return round(max(amount, 0.01), 2) if amount > 0 else 0.0


def _reinforcement(profile: Profile) -> str:
    per_hour = profile.prices.reinforcement_usd_per_hour
    price = f" ({usd(per_hour)} USD per hour at {profile.service}, graders extra)" if per_hour else ""
    return f"reinforcement training is billed by the hour{price}, so no total is known beforehand"


def _unknown(reason: str) -> Estimate:
    return Estimate(None, None, reason, f"unknown: {reason}")


def _price(training: Training, prices: Mapping[str, float]) -> tuple[float | None, str]:
    published = training.profile.prices
    price, given = choose(prices, published.usd_per_million_tokens, training.model)
    return price, "ftjobs:prices" if given else f"{published.publisher}'s list of {published.as_of}"


def _epochs(training: Training) -> tuple[int, int] | None:
    given = training.n_epochs
    if given is None or given == "auto":
        if training.rows is None:
            return 1, _MOST_AUTOMATIC
        usual = automatic_epochs(training.rows)
        return max(1, usual - _EPOCHS_OFF), usual + _EPOCHS_OFF
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 1 <= given < math.inf:
        return None
    return int(given), int(given)


def _sum(training: Training, price: float, origin: str, epochs: tuple[int, int]) -> Estimate:
    tokens = training.tokens or 0
    exact = training.tokens_exact and base_of(training.model).startswith(_EXACT_BASES)
    error = 0.0 if exact else TOKENS_ERROR
    low = tokens * (1 - error) * epochs[0] * price / 1e6
    high = tokens * (1 + error) * epochs[1] * price / 1e6
    about = "" if exact else "about "
    passes = f"{epochs[0]}" if epochs[0] == epochs[1] else f"{epochs[0]} to {epochs[1]} (the service chooses)"
    how = f"{about}{tokens:,} tokens x {passes} epochs x {price:g} USD per million ({origin})"
    if training.images:
        unknown = f"the tokens of {training.images:,} images are not known"
        return Estimate(low, None, unknown, f"at least {usd(low)} USD: {how}; {unknown}")
    known = Estimate(low, high, None, "")
    return Estimate(low, high, None, f"about {known.amount} USD: {how}")
