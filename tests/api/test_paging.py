"""Lists come in pages; a service with odd cursors does not keep the client for ever."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from pulumi_ftjobs.api import client as api_client
from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.api.errors import Unreadable
from tests.support.clients import Time
from tests.support.clients import client as make_client
from tests.support.raw import raw_server, response
from tests.support.server import Server
from tests.support.submits import Stack


def page(*ids: str, more: bool = True) -> bytes:
    jobs = [{"id": job_id, "status": "queued"} for job_id in ids]
    return response("200 OK", json.dumps({"data": jobs, "has_more": more}).encode())


def test_all_pages_are_read_newest_first(client: Client, server: Server) -> None:
    stack = Stack(client)
    made = [stack.submit(seed=seed).job["id"] for seed in range(7)]
    server.clear_journal()
    found = [job.id for job in client.jobs(limit=3)]
    assert sorted(found) == sorted(made)
    asked = server.journal()
    assert len(asked) == 3
    assert "after" not in asked[0]["query"]
    assert found[2] in str(asked[1]["query"])


@pytest.mark.parametrize(
    ("answer", "found", "requests"),
    [
        (page("a", "b"), ["a", "b"], 2),  # an unknown cursor answers page one for ever
        (page("a", "b", more=False), ["a", "b"], 1),
        (page(), [], 1),  # more, and nothing
        (page("a", "a"), ["a"], 2),
    ],
)
def test_a_page_without_anything_new_is_the_last(
    answer: bytes, found: list[str], requests: int, time: Time
) -> None:
    with raw_server(answer) as raw:
        client = make_client(raw.url, time)
        listed = [job.id for job in client.jobs()]
        client.close()
        assert len(raw.requests) == requests
    assert sorted(set(listed)) == found


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": {}}, {"data": [1]}, {"data": [{"status": "x"}]}]
)
def test_what_is_no_list_is_unreadable(body: dict[str, Any], time: Time) -> None:
    with raw_server(response("200 OK", json.dumps(body).encode())) as raw:
        client = make_client(raw.url, time)
        with pytest.raises(Unreadable):
            list(client.jobs())
        client.close()


def test_a_list_that_does_not_say_whether_there_is_more_ends_with_a_page_without_anything_new(
    time: Time,
) -> None:
    body = json.dumps({"data": [{"id": "a", "status": "queued"}]}).encode()
    with raw_server(response("200 OK", body)) as raw:
        client = make_client(raw.url, time)
        assert [job.id for job in client.jobs()] == ["a"]
        client.close()
        assert len(raw.requests) == 2


def test_a_list_without_an_end_is_given_up_in_one_sentence(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_client, "MAX_PAGES", 7)
    fresh = count()
    with raw_server(lambda sock: sock.sendall(page(f"job-{next(fresh)}"))) as raw:
        client = make_client(raw.url, time)
        with pytest.raises(Unreadable, match="7 pages of 100 were read, and the service has more"):
            list(client.jobs({"ftjobs_stack": "v1:o/p/dev"}))
        client.close()
        assert len(raw.requests) == 7


def test_metadata_and_the_targets_own_query_are_sent_on_every_page(
    server: Server, project: str, time: Time
) -> None:
    client = make_client(f"{server.url}?api-version=2024-10-21", time, project=project)
    stack = Stack(client)
    for seed in range(2):
        stack.submit(seed=seed)
    server.clear_journal()
    list(client.jobs({"ftjobs_stack": stack.name}, limit=1))
    client.close()
    for asked in server.journal():
        assert "api-version" in str(asked["query"])
        assert "ftjobs_stack" in str(asked["query"])
