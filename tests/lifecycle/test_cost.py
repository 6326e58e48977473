"""What a training will cost, before the job is created: an amount, a range, or a plain "unknown"."""

import pytest

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.cost import (
    Training,
    automatic_epochs,
    check_budget,
    estimate,
    parse_prices,
    usd,
)
from pulumi_ftjobs.lifecycle.profiles import AZURE, COMPATIBLE

MINI = "gpt-4.1-mini-2025-04-14"


def training(**changes):
    return Training(**{"model": MINI, "tokens": 1_000_000, "rows": 1_000, "n_epochs": 3, **changes})


def test_an_amount_is_tokens_times_epochs_times_price():
    found = estimate(training())
    assert (found.low, found.high, found.unknown) == (15.0, 15.0, None)
    assert found.sentence == (
        "about 15.00 USD: 1,000,000 tokens x 3 epochs x 5 USD per million (OpenAI's list of 2025-06)"
    )


@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("gpt-4.1-mini", 5.0),
        ("gpt-4.1", 25.0),
        ("gpt-4o-mini-2024-07-18", 3.0),
        ("gpt-4o", 25.0),
        ("ft:gpt-4o-mini-2024-07-18:acme::Ajo5kvNY", 3.0),
        ("ft:gpt-4o-mini-2024-07-18:acme:x:Ajo5kvNY:ckpt-step-100", 3.0),
        ("gpt-4o-2024-08-06.ft-0123456789abcdef", 25.0),
        ("gpt-3.5-turbo-0125", 8.0),
    ],
)
def test_a_price_is_found_by_alias_snapshot_or_base_of_a_fine_tune(model, price):
    found = estimate(training(model=model, n_epochs=1))
    assert found.low is not None
    assert found.high >= price >= found.low


@pytest.mark.parametrize(
    "model", ["gpt-4o-audio-preview", "gpt-4.10", "gpt-4", "llama-3", "ft:", "", "gpt-4.1-m"]
)
def test_a_name_that_only_looks_like_a_known_one_has_no_price(model):
    found = estimate(training(model=model))
    assert found.low is found.high is None
    assert "ftjobs:prices" in found.unknown


@pytest.mark.parametrize(
    ("rows", "epochs"),
    [(0, 25), (3, 25), (4, 25), (10, 10), (33, 3), (34, 3), (100, 3), (8_334, 2), (60_000, 1)],
)
def test_automatic_epochs_follow_the_published_formula(rows, epochs):
    assert automatic_epochs(rows) == epochs


@pytest.mark.parametrize("n_epochs", [None, "auto"])
def test_automatic_epochs_give_a_range(n_epochs):
    found = estimate(training(n_epochs=n_epochs))
    assert (found.low, found.high) == (10.0, 20.0)
    assert found.amount == "10.00 to 20.00"
    assert "2 to 4 (the service chooses) epochs" in found.sentence


def test_without_the_number_of_rows_automatic_epochs_may_be_anything():
    found = estimate(training(n_epochs="auto", rows=None))
    assert (found.low, found.high) == (5.0, 125.0)


@pytest.mark.parametrize(
    "changes", [{"tokens_exact": False}, {"model": "gpt-3.5-turbo-0125", "tokens": 625_000}]
)
def test_an_estimated_count_widens_the_range_and_says_about(changes):
    found = estimate(training(**changes))
    assert (found.low, found.high) == (9.0, 21.0)
    assert "about 1,000,000 tokens" in found.sentence or "about 625,000 tokens" in found.sentence


def test_images_leave_only_a_lower_bound():
    found = estimate(training(images=12))
    assert (found.low, found.high) == (15.0, None)
    assert found.amount == "at least 15.00"
    assert "12 images" in found.unknown


def test_reinforcement_bills_by_the_hour_and_has_no_total():
    found = estimate(training(model="o4-mini-2025-04-16", method="reinforcement"))
    assert found.amount == "unknown"
    assert "100.00 USD per hour" in found.sentence


@pytest.mark.parametrize("profile", [AZURE, COMPATIBLE])
def test_other_services_have_no_built_in_price(profile):
    assert estimate(training(profile=profile)).amount == "unknown"
    assert estimate(training(profile=profile), {"gpt-4.1-mini": 4.0}).amount == "12.00"


@pytest.mark.parametrize(
    ("prices", "amount"),
    [
        ({MINI: 1.0, "gpt-4.1-mini": 2.0}, "3.00"),
        ({"gpt-4.1-mini": 2.0}, "6.00"),
        ({"gpt-4.1": 2.0}, "15.00"),
        ({"*": 2.0}, "15.00"),
        ({"gpt-4.1-mini": 0.0}, "0.00"),
    ],
)
def test_a_given_price_counts_where_it_is_at_least_as_specific_as_the_list(prices, amount):
    assert estimate(training(), prices).amount == amount


@pytest.mark.parametrize(
    ("prices", "amount"),
    [
        ({"llama-3": 2.0}, "6.00"),
        ({"*": 1.0}, "3.00"),
        ({"llama": 1.0, "*": 9.0}, "3.00"),
        ({"lla": 1.0}, "unknown"),
    ],
)
def test_given_prices_reach_models_that_no_list_knows(prices, amount):
    found = estimate(training(model="llama-3-8b", profile=COMPATIBLE), prices)
    assert (found.amount == "unknown") is (amount == "unknown")
    if found.low is not None:
        assert usd((found.low + found.high) / 2) == amount


def test_a_price_of_an_alias_is_no_price_of_its_smaller_sibling_elsewhere_either():
    assert estimate(training(profile=AZURE), {"gpt-4.1": 2.0}).amount == "unknown"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"tokens": None}, "tokens"), ({"n_epochs": object()}, "n_epochs"), ({"n_epochs": True}, "n_epochs")],
)
def test_what_is_unknown_stays_unknown(changes, reason):
    found = estimate(training(**changes))
    assert found.low is found.high is None
    assert reason in found.unknown


def test_numbers_that_came_through_the_engine_as_floats_are_the_same():
    assert estimate(training(n_epochs=3.0)) == estimate(training(n_epochs=3))


@pytest.mark.parametrize(
    ("amount", "shown"), [(0.0, "0.00"), (0.0001, "0.01"), (0.126, "0.13"), (1234.5, "1,234.50")]
)
def test_what_costs_something_never_looks_free(amount, shown):
    assert usd(amount) == shown


def test_a_budget_holds_what_may_cost_less():
    assert check_budget(estimate(training()), 15.0) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ("more than max_estimated_cost_usd = 14.00 USD", "about 15.00 USD", "fewer rows or epochs")),
        ({"n_epochs": "auto", "tokens": 900_000}, ("9.00 to 18.00",)),
        ({"images": 1}, ("more than", "at least 15.00")),
        ({"images": 1, "tokens": 10}, ("cannot enforce", "1 images", "remove max_estimated_cost_usd")),
        ({"tokens": None}, ("cannot enforce", "rows too long to look into")),
        ({"model": "unheard-of"}, ("cannot enforce", "ftjobs:prices", "unheard-of")),
        ({"method": "reinforcement"}, ("cannot enforce", "by the hour")),
    ],
)
def test_a_budget_refuses_what_is_too_much_or_unknown(changes, words):
    problem = check_budget(estimate(training(**changes)), 14.0)
    assert problem is not None
    assert all(word in problem.message for word in words), problem
    assert "\n" not in problem.message


def test_a_budget_names_the_setting_it_comes_from():
    setting = "ftjobs:maxEstimatedCostUsdPerJob"
    problem = check_budget(estimate(training()), 1.0, setting=setting)
    assert setting in problem.message
    assert (problem.severity, problem.code, problem.path) == ("error", "budget", "estimated_cost_usd")


def test_prices_are_a_json_object_of_numbers():
    assert parse_prices('{"a": 1, "b": 0.5}') == {"a": 1.0, "b": 0.5}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[1]",
        '{"a": "1"}',
        '{"a": -1}',
        '{"a": true}',
        '{"a": NaN}',
        '{"a": 1e999}',
        "[" * 9999,
    ],
)
def test_unusable_prices_are_refused_in_one_sentence(text):
    with pytest.raises(SettingsError, match=r"^ftjobs:prices[^\n]*$"):
        parse_prices(text)
