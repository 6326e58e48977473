"""Headers for a gateway: what is accepted, and that no value is ever shown."""

from __future__ import annotations

import pytest

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.extra_headers import parse_headers
from pulumi_ftjobs.lifecycle.settings import KEYS, Sources, unknown_settings


def test_headers_are_a_json_object_of_strings() -> None:
    assert parse_headers('{"x-portkey-provider": "openai", "A": "b"}') == (
        ("A", "b"),
        ("x-portkey-provider", "openai"),
    )
    assert parse_headers(None) == parse_headers("") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x-a: b", "must be a JSON object"),
        ("[]", "must be a JSON object"),
        ('{"x a": "s3cret-value"}', "'x a' is not a header name"),
        ('{"Authorization": "s3cret-value"}', "'Authorization' is set by this provider"),
        ('{"API-Key": "s3cret-value"}', "is set by this provider"),
        ('{"x-a": 5}', "the value of 'x-a' must be a string"),
        ('{"x-a": "s3cret-value\\r\\nHost: evil"}', "the value of 'x-a' must be a string"),
        ('{"x-a": "s3cret-välue"}', "the value of 'x-a' must be a string"),
    ],
)
def test_unusable_headers_are_one_line_without_a_value(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse_headers(text)
    assert words in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_an_account_shows_no_header_value() -> None:
    account = Sources(stack={"headers": '{"x-a": "s3cret-value"}'}).account()
    assert account.headers == (("x-a", "s3cret-value"),)
    assert "s3cret" not in repr(account)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("apikey", "did you mean ftjobs:apiKey?"),
        ("base_url", "did you mean ftjobs:baseUrl?"),
        ("baseURL", "did you mean ftjobs:baseUrl?"),
        ("max-active-jobs", "did you mean ftjobs:maxActiveJobs?"),
        ("organisation", "did you mean organization?"),
        ("zzz", "known are adToken"),
    ],
)
def test_an_unknown_setting_is_a_warning_with_the_closest_one(key: str, hint: str) -> None:
    (one,) = unknown_settings([key, "apiKey"])
    assert (one.severity, one.path) == ("warning", f"ftjobs:{key}")
    assert hint in one.message


def test_every_setting_is_known() -> None:
    assert unknown_settings(KEYS) == []
