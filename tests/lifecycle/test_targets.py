"""Which service is meant, by whose rules, and how the state remembers it."""

from __future__ import annotations

import pytest

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.targets import Target, is_loopback, parse_target

GOOD = [
    # given, base URL, query, profile
    (None, "https://api.openai.com/v1", (), "openai"),
    ("", "https://api.openai.com/v1", (), "openai"),
    (" https://api.openai.com/v1/ ", "https://api.openai.com/v1", (), "openai"),
    ("https://eu.api.openai.com/v1", "https://eu.api.openai.com/v1", (), "openai"),
    ("HTTPS://API.OpenAI.com/v1", "https://api.openai.com/v1", (), "openai"),
    ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1", (), "compatible"),
    ("http://localhost:8080/a/prefix/v1/", "http://localhost:8080/a/prefix/v1", (), "compatible"),
    ("http://[::1]:9/v1", "http://[::1]:9/v1", (), "compatible"),
    ("https://api.openai.com.evil.example/v1", "https://api.openai.com.evil.example/v1", (), "compatible"),
    ("https://notopenai.azure.com.example", "https://notopenai.azure.com.example", (), "compatible"),
    (
        "https://x.example/v1?tier=2&tier=3",
        "https://x.example/v1",
        (("tier", "2"), ("tier", "3")),
        "compatible",
    ),
    ("https://m.openai.azure.com", "https://m.openai.azure.com/openai/v1", (), "azure"),
    ("https://m.openai.azure.com/", "https://m.openai.azure.com/openai/v1", (), "azure"),
    ("https://m.openai.azure.com/openai/v1/", "https://m.openai.azure.com/openai/v1", (), "azure"),
    (
        "https://m.openai.azure.com?api-version=2024-10-21",
        "https://m.openai.azure.com/openai",
        (("api-version", "2024-10-21"),),
        "azure",
    ),
    ("https://m.cognitiveservices.azure.com", "https://m.cognitiveservices.azure.com/openai/v1", (), "azure"),
    ("https://m.services.ai.azure.com/openai", "https://m.services.ai.azure.com/openai", (), "azure"),
]


@pytest.mark.parametrize(("given", "base_url", "query", "profile"), GOOD)
def test_a_base_url_and_what_it_stands_for(
    given: str | None, base_url: str, query: tuple[tuple[str, str], ...], profile: str
) -> None:
    target = parse_target(given)
    assert (target.base_url, target.query, target.profile.name) == (base_url, query, profile)


@pytest.mark.parametrize(
    "given",
    [
        "api.openai.com/v1",
        "ftp://x/v1",
        "https://",
        "https:///v1",
        "http://[::1",
        "https://x:port/",
        "//x/v1",
        "x",
    ],
)
def test_what_is_no_url_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(SettingsError, match=r"ftjobs:baseUrl is not a URL.*https://api\.openai\.com/v1"):
        parse_target(given)


@pytest.mark.parametrize(
    "given", ["http://api.openai.com/v1", "http://10.0.0.7:8000/v1", "http://127.0.0.1.nip.io/"]
)
def test_plain_http_is_for_loopback_only(given: str) -> None:
    with pytest.raises(SettingsError, match="use https"):
        parse_target(given)


@pytest.mark.parametrize(
    "given", ["https://me:s3cret@x.example/v1", "https://s3cret@x.example/v1", "me:s3cret@x"]
)
def test_credentials_in_the_url_are_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse_target(given)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost.example", False),
        ("128.0.0.1", False),
        ("0.0.0.0", False),
    ],
)
def test_loopback_is_this_machine_only(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_the_profile_can_be_said() -> None:
    assert parse_target("https://proxy.example/v1", profile="openai").profile.name == "openai"
    assert parse_target("http://127.0.0.1:1/openai", profile="azure").profile.name == "azure"


@pytest.mark.parametrize(
    ("target", "identity"),
    [
        (Target("https://api.openai.com/v1"), "https://api.openai.com/v1"),
        (Target("https://a/v1", organization="o"), "https://a/v1?organization=o"),
        (Target("https://a/v1", organization="o", project="p"), "https://a/v1?organization=o&project=p"),
        (
            Target("https://a/openai", (("api-version", "2024"),), project="p&q"),
            "https://a/openai?project=p%26q",
        ),
    ],
)
def test_the_identity_kept_in_the_state_has_no_query_and_no_key(target: Target, identity: str) -> None:
    assert target.identity == identity


def test_an_empty_organization_is_none() -> None:
    assert parse_target(None, "", "").identity == "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("profile", "permanent"), [("openai", True), ("azure", False), ("compatible", False)]
)
def test_only_openai_never_deletes_a_job(profile: str, permanent: bool) -> None:
    assert parse_target("https://x.example/v1", profile=profile).profile.jobs_are_permanent is permanent
