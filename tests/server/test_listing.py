"""Lists: newest first, exact `has_more`, cursors that never start again."""

from __future__ import annotations

from typing import Any

import pytest

from .application import Api


def pages(api: Api, path: str, limit: int) -> list[list[str]]:
    found: list[list[str]] = []
    while True:
        after = {"after": found[-1][-1]} if found else {}
        page = api.get(path, limit=limit, **after)
        found.append([item["id"] for item in page["data"]])
        if not page["has_more"]:
            return found


@pytest.mark.parametrize(("limit", "sizes"), [(2, [2, 2, 1]), (5, [5]), (4, [4, 1]), (20, [5]), (1, [1] * 5)])
def test_jobs_come_newest_first_and_each_once(api: Api, limit: int, sizes: list[int]) -> None:
    file = api.upload()["id"]
    made = [api.create(training_file=file)["id"] for _ in range(5)]
    found = pages(api, "/v1/fine_tuning/jobs", limit)

    assert [len(page) for page in found] == sizes
    assert [name for page in found for name in page] == made[::-1]


def test_a_page_without_a_limit_holds_twenty_jobs(api: Api) -> None:
    file = api.upload()["id"]
    for _ in range(21):
        api.create(training_file=file)
    page = api.get("/v1/fine_tuning/jobs")

    assert (len(page["data"]), page["has_more"]) == (20, True)


@pytest.mark.parametrize("limit", [1, 7, 100, 500])
def test_events_are_the_same_on_pages_of_any_size(api: Api, limit: int) -> None:
    job = api.create()
    api.until(job, "running")
    api.wall.at += 30
    api.post(f"/v1/fine_tuning/jobs/{job['id']}/pause")
    api.post(f"/v1/fine_tuning/jobs/{job['id']}/resume")
    api.until(job, "succeeded")
    api.wall.at += 60
    whole = api.events(job, limit=5000)

    assert api.events(job, limit=limit) == whole
    assert len({e["id"] for e in whole}) == len(whole) == 4 + 120 + 2 + 4
    assert [e["created_at"] for e in whole] == sorted(e["created_at"] for e in whole)


def test_ids_of_events_do_not_change_as_the_job_goes_on(api: Api) -> None:
    job = api.create()
    early = {}
    for _ in range(60):
        api.wall.at += 5
        for event in api.events(job):
            assert early.setdefault(event["id"], event["message"]) == event["message"]


def test_a_followed_job_tells_every_event_once(api: Api) -> None:
    job = api.create()
    seen: list[Any] = []
    while not seen or not seen[-1]["message"].endswith("successfully completed"):
        api.wall.at += 7
        new = [e for e in api.events(job) if e["id"] not in {s["id"] for s in seen}]
        seen += new

    assert seen == api.events(job)


def test_the_newest_events_of_a_page_without_a_limit_are_twenty(api: Api) -> None:
    job = api.until(api.create(), "succeeded")
    page = api.get(f"/v1/fine_tuning/jobs/{job['id']}/events")

    assert (len(page["data"]), page["has_more"], sorted(page)) == (20, True, ["data", "has_more", "object"])


def test_checkpoints_page_with_their_ends(api: Api) -> None:
    job = api.until(api.create(), "succeeded")
    path = f"/v1/fine_tuning/jobs/{job['id']}/checkpoints"
    page = api.get(path, limit=2)

    assert (page["has_more"], page["first_id"], page["last_id"]) == (
        True,
        page["data"][0]["id"],
        page["data"][1]["id"],
    )
    assert [len(p) for p in pages(api, path, 2)] == [2, 1]


@pytest.mark.parametrize(
    "noun", ["files", "fine_tuning/jobs", "fine_tuning/jobs/{id}/events", "fine_tuning/jobs/{id}/checkpoints"]
)
def test_an_unknown_cursor_is_refused_or_in_lenient_mode_empty(api: Api, noun: str) -> None:
    path = "/v1/" + noun.format(id=api.create()["id"])

    assert api.refusal("GET", path + "?after=unknown") == (400, None, "after")
    api.operate("/settings", lenient=True)
    assert api.get(path, after="unknown")["data"] == []
    assert api.get(path, limit=0)["data"] == []


@pytest.mark.parametrize(
    ("order", "names"), [("asc", ["a.jsonl", "b.jsonl"]), ("desc", ["b.jsonl", "a.jsonl"])]
)
def test_files_come_in_the_order_asked_for(api: Api, order: str, names: list[str]) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        api.upload(name=name)
    api.upload("notes", "notes.txt", "user_data")

    assert [f["filename"] for f in api.get("/v1/files", order=order, purpose="fine-tune")["data"]] == names
    assert [len(p) for p in pages(api, "/v1/files", 2)] == [2, 1]


def test_permissions_belong_to_a_checkpoint(api: Api) -> None:
    name = api.until(api.create(), "succeeded")["fine_tuned_model"]
    path = f"/v1/fine_tuning/checkpoints/{name}/permissions"
    granted = api.post(path, {"project_ids": ["proj_a", "proj_b"]})
    again = api.post(path, {"project_ids": ["proj_a"]})

    assert [p["project_id"] for p in granted["data"]] == ["proj_a", "proj_b"]
    assert again["data"] == granted["data"][:1]
    assert [p["project_id"] for p in api.get(path)["data"]] == ["proj_b", "proj_a"]
    assert [p["project_id"] for p in api.get(path, order="ascending", project_id="proj_a")["data"]] == [
        "proj_a"
    ]
    gone = granted["data"][0]["id"]
    assert api.ask("DELETE", f"{path}/{gone}").json() == {
        "id": gone,
        "object": "checkpoint.permission",
        "deleted": True,
    }
    assert api.refusal("DELETE", f"{path}/{gone}")[0] == 404


@pytest.mark.parametrize("path", ["/v1/files", "/v1/fine_tuning/jobs", "/v1/fine_tuning/jobs/{}/events"])
def test_an_empty_page_does_not_promise_more(api: Api, path: str) -> None:
    api.operate("/settings", lenient=True)
    page = api.get(path.format(api.create()["id"]), limit=0)

    assert (page["data"], page["has_more"]) == ([], False)
