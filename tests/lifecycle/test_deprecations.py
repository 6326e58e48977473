"""What the calendar of announced shutdowns says in a preview."""

from datetime import date

import pytest

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.deprecations import (
    JOB_CREATION,
    announcements,
    parse_customer,
    parse_date,
    parse_dates,
    shutdown_date,
    training_end,
)
from pulumi_ftjobs.lifecycle.profiles import AZURE, COMPATIBLE, OPENAI

SHUTDOWNS = OPENAI.calendar.base_shutdowns
OPEN = {JOB_CREATION: None}  # job creation never closes: leaves the bases' own dates
MINI = "gpt-4.1-mini-2025-04-14"


def said(model, profile, day, **more):
    return [(one.severity, one.message) for one in announcements(model, profile, day, **more)]


def test_long_before_anything_nothing_is_said():
    assert said(MINI, OPENAI, date(2026, 10, 8)) == []


@pytest.mark.parametrize(
    ("day", "severity", "words"),
    [
        (date(2026, 10, 9), "warning", "from 2027-01-06 on (89 days left)"),
        (date(2027, 1, 5), "warning", "from 2027-01-06 on (1 day left)"),
        (date(2027, 1, 6), "error", "no new fine-tuning jobs since 2027-01-06"),
    ],
)
def test_the_end_of_job_creation_warns_first_and_then_refuses(day, severity, words):
    found = said(MINI, OPENAI, day)[0]
    assert found[0] == severity
    assert words in found[1]


@pytest.mark.parametrize("base", sorted(SHUTDOWNS))
def test_every_base_warns_before_its_shutdown_and_is_refused_from_that_day_on(base):
    day = SHUTDOWNS[base]
    before = day.fromordinal(day.toordinal() - 1)
    assert [severity for severity, _ in said(base, OPENAI, before, overrides=OPEN)] == ["warning"]
    [(severity, sentence)] = said(base, OPENAI, day, overrides=OPEN)
    assert severity == "error"
    assert sentence.startswith(f"{base} was shut down on {day}")


@pytest.mark.parametrize("model", [MINI, f"ft:{MINI}:acme::Ajo5kvNY", "gpt-4.1-mini"])
def test_snapshots_and_fine_tunes_share_the_day_of_their_base(model):
    [(_, sentence)] = said(model, OPENAI, date(2027, 1, 1), overrides=OPEN)
    assert "(13 days left)" in sentence


@pytest.mark.parametrize("model", ["gpt-4o-audio", "llama-3", "gpt-4.1-turbo", ""])
def test_unknown_models_have_no_day(model):
    assert said(model, OPENAI, date(2030, 1, 1), overrides=OPEN) == []


def test_openais_days_say_nothing_about_other_services():
    assert said(MINI, COMPATIBLE, date(2030, 1, 1)) == []


@pytest.mark.parametrize("profile", [AZURE, COMPATIBLE])
def test_a_day_in_the_past_of_another_service_only_warns(profile):
    given = {MINI: date(2026, 12, 1), f"training:{MINI}": None}
    [(severity, sentence)] = said(MINI, profile, date(2026, 12, 2), overrides=given)
    assert severity == "warning"
    assert "2026-12-01" in sentence


@pytest.mark.parametrize(
    ("overrides", "severities"),
    [
        ({MINI: date(2028, 1, 1)}, []),
        ({"gpt-4.1-mini": None}, []),
        ({"gpt-4.1": None}, ["error"]),
        ({MINI: date(2027, 3, 1)}, ["warning"]),
    ],
)
def test_given_dates_override_the_built_in_ones(overrides, severities):
    found = said(MINI, OPENAI, date(2027, 2, 1), overrides={**OPEN, **overrides})
    assert [severity for severity, _ in found] == severities


def test_a_given_end_of_job_creation_counts_for_any_service():
    found = said("llama-3", COMPATIBLE, date(2027, 1, 1), overrides={JOB_CREATION: date(2027, 1, 1)})
    assert [severity for severity, _ in found] == ["warning"]


def test_dates_are_a_json_object_of_days_or_null():
    assert parse_dates('{"a": "2027-01-14", "b": null}') == {"a": date(2027, 1, 14), "b": None}


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": "soon"}', '{"a": "2027-13-01"}'])
def test_unusable_dates_are_refused_in_one_sentence(text):
    with pytest.raises(SettingsError, match=r"^ftjobs:shutdownDates[^\n]*$"):
        parse_dates(text)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2027-01-14", date(2027, 1, 14)),
        ("2027-01-14T00:00:00Z", date(2027, 1, 14)),
        ("later", None),
        (7, None),
        (None, None),
    ],
)
def test_a_day_in_an_answer_is_read_or_ignored(value, day):
    assert parse_date(value) == day


@pytest.mark.parametrize(
    ("customer", "day", "words"),
    [
        (
            None,
            date(2026, 11, 24),
            "does not train gpt-4.1-mini-2025-04-14 since 2026-10-01; customers that have",
        ),
        ("new", date(2026, 11, 24), "does not train gpt-4.1-mini-2025-04-14 since 2026-10-01"),
        (
            "existing",
            date(2027, 3, 1),
            "does not train gpt-4.1-mini-2025-04-14 from 2027-04-01 on (31 days left)",
        ),
        ("existing", date(2027, 4, 1), "does not train gpt-4.1-mini-2025-04-14 since 2027-04-01"),
    ],
)
def test_azure_ends_training_first_and_warns_by_the_kind_of_customer(customer, day, words):
    [(severity, message)] = said(MINI, AZURE, day, customer=customer)
    assert severity == "warning"
    assert words in message


def test_azure_ends_deployments_later():
    assert training_end(MINI, AZURE, {}, "existing") == date(2027, 4, 1)
    assert shutdown_date(MINI, AZURE, {}) == date(2027, 10, 1)
    assert said(MINI, AZURE, date(2026, 11, 24), customer="existing") == []


def test_the_end_of_training_can_be_overridden_apart_from_the_shutdown():
    given = {"training:gpt-4.1-mini": date(2028, 1, 1), "gpt-4.1-mini": None}
    assert training_end(MINI, AZURE, given) == date(2028, 1, 1)
    assert shutdown_date(MINI, AZURE, given) is None
    assert training_end(MINI, OPENAI, {"gpt-4.1-mini": date(2028, 1, 1)}) is None


def test_the_kind_of_customer_is_one_of_two():
    assert (parse_customer(None), parse_customer("existing")) == (None, "existing")
    with pytest.raises(SettingsError, match="ftjobs:azureCustomer must be existing or new"):
        parse_customer("maybe")
