"""Where each setting comes from, and which key is sent where."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

import pulumi_ftjobs as ft
from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.settings import Account, Found, Sources, namespaced, switch

AZURE = "https://mine.openai.azure.com"

CONFIG_KEYS = ["apiKey", "baseUrl", "organization", "project"]
VALUES = {
    "apiKey": ("k-stack", "k-fresh", "k-env"),
    "baseUrl": ("https://stack.example/v1", "https://fresh.example/v1", "https://env.example/v1"),
    "organization": ("org-stack", "org-fresh", "org-env"),
    "project": ("proj-stack", "proj-fresh", "proj-env"),
}
NAMES = {
    "apiKey": "OPENAI_API_KEY",
    "baseUrl": "OPENAI_BASE_URL",
    "organization": "OPENAI_ORG_ID",
    "project": "OPENAI_PROJECT_ID",
}


def sources(*, stack: Any = None, fresh: Any = None, env: Any = None) -> Sources:
    return Sources(stack or {}, fresh or {}, env or {})


@pytest.mark.parametrize("key", CONFIG_KEYS)
@pytest.mark.parametrize(
    "have", [(1, 1, 1), (0, 1, 1), (0, 0, 1), (1, 0, 1), (1, 1, 0), (0, 1, 0), (1, 0, 0)]
)
def test_config_goes_before_fresh_config_before_the_environment(key: str, have: tuple[int, int, int]) -> None:
    stack, fresh, env = VALUES[key]
    found = sources(
        stack={key: stack} if have[0] else {},
        fresh={key: fresh} if have[1] else {},
        env={NAMES[key]: env} if have[2] else {},
    )
    given = [value for value, there in zip(VALUES[key], have, strict=True) if there]
    assert found.first(key) == given[0]
    assert [item.value for item in found.all(key)] == given


def test_an_empty_value_is_no_value() -> None:
    found = sources(stack={"apiKey": ""}, env={"OPENAI_API_KEY": "  ", "OPENAI_BASE_URL": ""})
    assert found.all("apiKey") == []
    assert found.account().target.base_url == "https://api.openai.com/v1"


def test_a_key_with_white_space_around_it_is_the_key() -> None:
    assert sources(env={"OPENAI_API_KEY": " k\n"}).account().require_key().value == "k"


def test_nothing_set_means_openai_and_no_key_until_one_is_needed() -> None:
    account = sources().account()
    assert (account.target.base_url, account.target.profile.name, account.keys) == (
        "https://api.openai.com/v1",
        "openai",
        (),
    )


@pytest.mark.parametrize(
    ("stack", "named"), [({}, "OPENAI_API_KEY"), ({"baseUrl": AZURE, "auth": "key"}, "AZURE_OPENAI_API_KEY")]
)
def test_a_missing_key_is_one_sentence_that_names_every_place_for_it(stack: Any, named: str) -> None:
    with pytest.raises(SettingsError) as raised:
        sources(stack=stack).account().require_key()
    text = str(raised.value)
    assert "ftjobs:apiKey" in text
    assert named in text
    assert "\n" not in text


AZURE_TABLE: list[tuple[dict[str, str], dict[str, str], str, list[str]]] = [
    # config, environment -> auth, keys in order
    ({"baseUrl": AZURE, "apiKey": "k"}, {}, "key", ["k"]),
    ({"baseUrl": AZURE}, {"AZURE_OPENAI_API_KEY": "k"}, "key", ["k"]),
    ({"baseUrl": AZURE}, {"AZURE_OPENAI_AD_TOKEN": "t"}, "entra", ["t"]),
    ({"baseUrl": AZURE, "adToken": "t"}, {"AZURE_OPENAI_AD_TOKEN": "e"}, "entra", ["t", "e"]),
    ({"baseUrl": AZURE}, {}, "entra", []),
    (
        {"baseUrl": AZURE, "auth": "key"},
        {"AZURE_OPENAI_AD_TOKEN": "t", "AZURE_OPENAI_API_KEY": "k"},
        "key",
        ["k"],
    ),
    ({"baseUrl": AZURE, "auth": "bearer", "apiKey": "k"}, {}, "bearer", ["k"]),
    ({"baseUrl": AZURE}, {"OPENAI_API_KEY": "openai's"}, "entra", []),
    (
        {},
        {"OPENAI_API_KEY": "k", "AZURE_OPENAI_API_KEY": "azure's", "AZURE_OPENAI_ENDPOINT": AZURE},
        "bearer",
        ["k"],
    ),
    ({}, {"AZURE_OPENAI_ENDPOINT": AZURE, "AZURE_OPENAI_API_KEY": "k"}, "key", ["k"]),
    ({"auth": "key", "apiKey": "k"}, {}, "key", ["k"]),
]


@pytest.mark.parametrize(("stack", "env", "auth", "keys"), AZURE_TABLE)
def test_each_service_gets_its_own_key_in_its_own_way(
    stack: dict[str, str], env: dict[str, str], auth: str, keys: list[str]
) -> None:
    account = sources(stack=stack, env=env).account()
    assert (account.auth, [found.value for found in account.keys]) == (auth, keys)


def test_the_azure_endpoint_of_the_environment_is_used_when_nothing_points_to_openai() -> None:
    env = {"AZURE_OPENAI_ENDPOINT": AZURE, "AZURE_OPENAI_API_KEY": "k"}
    assert sources(env=env).account().target.base_url == f"{AZURE}/openai/v1"
    assert sources(env={**env, "OPENAI_API_KEY": "k"}).account().target.profile.name == "openai"


@pytest.mark.parametrize(
    ("stack", "said"),
    [
        ({"auth": "magic"}, "ftjobs:auth must be one of bearer, key, entra"),
        (
            {"profile": "magic"},
            "ftjobs:profile must be one of openai, azure, bedrock, nebius, crusoe or compatible",
        ),
        ({"baseUrl": "not a url"}, "ftjobs:baseUrl is not a URL"),
    ],
)
def test_an_unusable_setting_is_named(stack: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        sources(stack=stack).account()


@pytest.mark.parametrize("thing", ["found", "account", "sources"])
def test_no_repr_shows_a_key(thing: str) -> None:
    key = "k-never-shown"
    found = Found(key, "config")
    things: dict[str, object] = {
        "found": found,
        "account": Account(sources().account().target, (found,)),
        "sources": sources(stack={"apiKey": key}, fresh={"apiKey": key}, env={"OPENAI_API_KEY": key}),
    }
    assert key not in repr(things[thing])


@pytest.mark.parametrize(
    ("stack", "env", "keys"),
    [
        ({"apiKey": "k"}, {}, ["k"]),
        ({"apiKey": "k", "adminKey": "a"}, {}, ["a"]),
        ({"apiKey": "k", "adminKey": "a"}, {"OPENAI_ADMIN_KEY": "e"}, ["a", "e"]),
        ({"apiKey": "k"}, {"OPENAI_ADMIN_KEY": "e"}, ["e"]),
    ],
)
def test_admin_keys_are_used_where_there_are_any(stack: Any, env: Any, keys: list[str]) -> None:
    found = sources(stack=stack, env=env)
    assert [key.value for key in found.admin_account().keys] == keys
    assert "a" not in [key.value for key in found.account().keys], "an admin key trains nothing"


def test_a_namespace_is_taken_off_and_others_are_left_out() -> None:
    config = {"ftjobs:apiKey": "k", "aws:region": "eu", "ftjobsx:apiKey": "no", "ftjobs:n": 3}
    assert namespaced(config, "ftjobs") == {"apiKey": "k", "n": "3"}


@pytest.mark.parametrize(("given", "limit"), [("3", 3), (" 2 ", 2), ("3.0", 3), ("", None)])
def test_a_limit_of_active_jobs(given: str, limit: int | None) -> None:
    assert sources(stack={"maxActiveJobs": given}).max_active_jobs() == limit


@pytest.mark.parametrize("given", ["abc", "0", "0.0", "-1", "3.5", "²", "nan", "1e3", "inf", " "])
def test_a_limit_that_is_no_number_of_jobs_names_the_setting(given: str) -> None:
    with pytest.raises(SettingsError, match=r"^ftjobs:maxActiveJobs must be a whole number of at least 1"):
        sources(stack={"maxActiveJobs": given}).max_active_jobs()


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("0", False),
        ("false", False),
        ("No", False),
        ("OFF", False),
        ("1", True),
        (" true\n", True),
        ("on", True),
    ],
)
def test_a_switch_takes_the_usual_words(word: str, meaning: bool) -> None:
    assert switch("ftjobs:wait", word) is meaning


@pytest.mark.parametrize("word", ["00", "never", "", "2"])
def test_a_switch_refuses_what_is_neither_yes_nor_no(word: str) -> None:
    with pytest.raises(
        SettingsError, match=r"^ftjobs:wait must be one of true, false, yes, no, on, off, 1 or 0"
    ):
        switch("ftjobs:wait", word)


@pytest.mark.parametrize("limit", [0, -1, 2.5, "abc", True])
def test_a_providers_limit_that_is_no_number_of_jobs_is_refused_at_once(limit: Any) -> None:
    with pytest.raises(
        pulumi.RunError, match=r"^ft\.Provider: max_active_jobs must be a whole number of at least 1"
    ):
        ft.Provider("eu", max_active_jobs=limit)
