"""Which key is sent, in which header, along which path; and what happens when a key is wrong."""

from __future__ import annotations

import pytest

from pulumi_ftjobs.api.credentials import Keys
from pulumi_ftjobs.api.errors import Unauthorized
from pulumi_ftjobs.lifecycle.base_error import SettingsError
from tests.support.clients import Time, account
from tests.support.clients import client as make_client
from tests.support.keys import KEY, OTHER_KEY
from tests.support.raw import raw_server, response
from tests.support.rows import upload
from tests.support.server import Server
from tests.support.submits import Stack

EMPTY = response("200 OK", b'{"data": [], "has_more": false}')


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ("bearer", f"authorization: Bearer {KEY}"),
        ("entra", f"authorization: Bearer {KEY}"),
        ("key", f"api-key: {KEY}"),
    ],
)
def test_the_key_goes_into_the_header_of_its_kind_and_into_no_other(
    time: Time, auth: str, header: str
) -> None:
    with raw_server(EMPTY) as raw:
        made = make_client(raw.url, time, auth=auth)
        list(made.jobs())
        made.close()
    sent = raw.requests[0].decode()
    assert header.lower() in sent.lower()
    assert sent.count(KEY) == 1


def test_organization_and_project_go_with_every_request(time: Time) -> None:
    with raw_server(EMPTY) as raw:
        made = make_client(raw.url, time, organization="org-1", project="proj_1")
        list(made.jobs())
        list(made.files())
        made.close()
    for sent in raw.requests:
        assert b"openai-organization: org-1" in sent.lower()
        assert b"openai-project: proj_1" in sent.lower()


def test_further_headers_go_with_every_request(time: Time) -> None:
    with raw_server(EMPTY) as raw:
        made = make_client(raw.url, time, headers=(("x-portkey-provider", "openai"),))
        list(made.jobs())
        list(made.files())
        made.close()
    assert len(raw.requests) == 2
    for sent in raw.requests:
        assert b"x-portkey-provider: openai" in sent.lower()


def test_without_them_no_such_header_is_sent(time: Time) -> None:
    with raw_server(EMPTY) as raw:
        made = make_client(raw.url, time)
        list(made.jobs())
        made.close()
    assert b"openai-" not in raw.requests[0].lower()


def test_a_proxy_of_the_machine_is_not_reported_apart_from_none(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loopback service is asked directly, whatever the environment says about proxies."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with raw_server(EMPTY) as raw:
        made = make_client(raw.url, time)
        assert list(made.jobs()) == []
        made.close()


@pytest.mark.parametrize("prefix", ["/openai", "/openai/v1", "/v1"])
def test_azures_paths_with_its_key_header_and_its_version(
    server: Server, project: str, time: Time, prefix: str
) -> None:
    made = make_client(
        f"{server.root}{prefix}?api-version=2024-10-21", time, auth="key", profile="azure", project=project
    )
    stack = Stack(made)
    job = stack.submit().job
    assert made.job(job["id"]).status == ("pending" if "openai" in prefix else "validating_files")
    made.close()
    for asked in server.journal():
        assert asked["path"].startswith(f"{prefix}/")
        assert "2024-10-21" in str(asked["query"])


def test_another_project_sees_nothing_of_it(server: Server, project: str, time: Time) -> None:
    mine, theirs = (make_client(server.url, time, project=name) for name in (project, f"{project}x"))
    job = Stack(mine).submit().job["id"]
    assert [found.id for found in mine.jobs()] == [job]
    assert list(theirs.jobs()) == []
    mine.close()
    theirs.close()


def test_a_wrong_key_is_followed_by_the_next_for_reads_only(server: Server, project: str, time: Time) -> None:
    made = make_client(server.url, time, OTHER_KEY, KEY, project=project)
    server.fault("status", "GET", status=401)
    assert made.with_other_keys(lambda: list(made.jobs())) == []
    server.fault("status", "GET", status=401)
    with pytest.raises(Unauthorized):
        made.with_other_keys(lambda: list(made.jobs()))
    made.close()


def test_a_create_is_never_sent_with_another_key(server: Server, project: str, time: Time) -> None:
    made = make_client(server.url, time, OTHER_KEY, KEY, project=project)
    stack = Stack(made)
    server.fault("status", status=401)
    with pytest.raises(Unauthorized, match="check the key"):
        stack.submit()
    made.close()
    assert len(server.posts()) == 1


def test_no_key_is_one_sentence_before_anything_is_asked(server: Server, time: Time) -> None:
    keys = Keys(type(account(server.url))(account(server.url).target, ()))
    with pytest.raises(SettingsError, match="ftjobs:apiKey"):
        keys.current()
    assert keys.drop() is False


def test_few_connections_are_kept_and_used_again(server: Server, project: str, time: Time) -> None:
    made = make_client(server.url, time, project=project)
    for _ in range(5):
        upload(made)
        list(made.jobs())
    made.close()
    # The operator's own looks at the server are connections, too; the client's share is one.
    ours = {asked["connection"] for asked in server.journal()}
    assert len(ours) == 1


def test_nothing_that_is_shown_of_a_client_holds_the_key(server: Server, time: Time) -> None:
    made = make_client(server.url, time)
    shown = f"{made!r} {made.account!r} {vars(made)!r}"
    made.close()
    assert KEY not in shown
