"""Adopt, cancel or leave alone: which of the service's jobs is this declaration's."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.adoption import adoptable, candidates, keeps_pairs, pair, superseded
from pulumi_ftjobs.lifecycle.identity import resource_part
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY
from tests.lifecycle.props import URN

ME = f"v1:{resource_part(URN)}:"
THIS, OTHER = f"{ME}{'a' * 32}", f"{ME}{'b' * 32}"
OTHER_USER = f"v1:{'0' * 16}:{'a' * 32}"


def job(job_id: str, status: str, declaration: str | None = THIS, **facts: Any) -> dict[str, Any]:
    metadata = None if declaration is None else {STACK_KEY: "v1:o/p/s", DECLARATION_KEY: declaration}
    model = {"fine_tuned_model": f"ft:{job_id}"} if status == "succeeded" else {}
    return {"id": job_id, "status": status, "metadata": metadata, **model, **facts}


ADOPTION: list[tuple[list[dict[str, Any]], str | None]] = [
    # the service's jobs, newest first -> which is taken
    ([], None),
    *[
        ([job("a", status)], "a")
        for status in ("validating_files", "queued", "running", "paused", "pending", "new!")
    ],
    ([job("a", "succeeded")], "a"),
    ([job("a", "failed")], None),
    ([job("a", "cancelled")], None),
    ([job("a", "succeeded", fine_tuned_model="ft:deleted")], None),
    ([job("a", "succeeded", fine_tuned_model=None)], "a"),
    ([job("a", "succeeded", fine_tuned_model="ft:unproven")], "a"),
    ([job("a", "succeeded", fine_tuned_model="ft:unproven"), job("b", "succeeded")], "b"),
    ([job("a", "succeeded", fine_tuned_model="ft:unproven"), job("b", "running")], "b"),
    ([job("a", "running", OTHER)], None),
    ([job("a", "running", OTHER_USER)], None),
    ([job("a", "running", None)], None),
    ([job("a", "failed"), job("b", "succeeded")], "b"),
    ([job("a", "running"), job("b", "succeeded")], "b"),
    ([job("a", "running", created_at=20), job("b", "running", created_at=10)], "b"),
    ([job("a", "succeeded"), job("b", "succeeded")], "a"),
    ([job("a", "succeeded", fine_tuned_model="ft:deleted"), job("b", "queued")], "b"),
]


@pytest.mark.parametrize(("jobs", "taken"), ADOPTION)
def test_which_job_is_adopted(jobs: list[dict[str, Any]], taken: str | None) -> None:
    def model_exists(name: str) -> bool | None:
        assert name.startswith("ft:"), "a job without a model is asked about"
        return None if name == "ft:unproven" else name != "ft:deleted"

    found = adoptable(jobs, {THIS}, model_exists)
    assert (found.job["id"] if found else None) == taken


@pytest.mark.parametrize(
    ("others", "cancelled"),
    [
        ([job("a", "running", OTHER)], ["a"]),
        ([job("a", "paused", OTHER), job("b", "queued", f"{ME}older")], ["a", "b"]),
        ([job("a", "succeeded", OTHER), job("b", "failed", OTHER), job("c", "cancelled", OTHER)], []),
        ([job("a", "running", THIS)], []),
        ([job("a", "running", OTHER_USER)], []),
        ([job("a", "running", None)], []),
    ],
)
def test_which_jobs_are_superseded(others: list[dict[str, Any]], cancelled: list[str]) -> None:
    assert [found["id"] for found in superseded(others, {THIS}, [URN])] == cancelled


STACK = "v1:o/p/s"
BODY = {"model": "gpt-4.1-mini", "training_file": "file-1", "suffix": "s"}
LIKE_IT = {
    "model": "gpt-4.1-mini-2025-04-14",
    "training_file": "file-1",
    "user_provided_suffix": "s",
    "created_at": 1000,
}


@pytest.mark.parametrize(
    ("facts", "candidate"),
    [
        ({}, True),
        ({"created_at": None}, True),
        ({"seed": 7}, True),
        ({"status": "failed"}, False),
        ({"validation_file": "file-2"}, False),
        ({"method": {"type": "dpo", "dpo": {}}}, False),
        ({"training_file": "file-2"}, False),
        ({"model": "gpt-4.1"}, False),
        ({"user_provided_suffix": "t"}, False),
        ({"user_provided_suffix": None}, False),
    ],
)
def test_which_jobs_without_our_pairs_may_be_a_lost_one(facts: dict[str, Any], candidate: bool) -> None:
    one = {**job("a", "running", None, **LIKE_IT), **facts}
    assert bool(candidates([one], BODY, STACK)) is candidate


def test_a_service_that_does_not_tell_the_suffix_leaves_it_open() -> None:
    one = job("a", "running", None, **{k: v for k, v in LIKE_IT.items() if k != "user_provided_suffix"})
    assert candidates([one], BODY, STACK) == [one]


@pytest.mark.parametrize("stack", [STACK, "v1:o/p/other"])
def test_a_job_that_says_whose_it_is_is_no_candidate(stack: str) -> None:
    assert candidates([job("a", "running", OTHER_USER, **LIKE_IT)], BODY, stack) == []


@pytest.mark.parametrize("metadata", [None, {}, {STACK_KEY: 5}, {STACK_KEY: None}])
def test_a_pair_that_is_not_there_or_no_text_is_none(metadata: Any) -> None:
    assert pair({"metadata": metadata}, STACK_KEY) is None


@pytest.mark.parametrize(
    ("stack", "declaration", "kept"),
    [
        ("v1:O/p/s", THIS, True),
        ("v1:o/p/s", THIS, False),
        ("v1:O/p", THIS, False),
        ("v1:O/p/s", THIS[:20], False),
    ],
)
def test_only_pairs_that_come_back_as_they_were_sent_are_kept(
    stack: str, declaration: str, kept: bool
) -> None:
    one = {"id": "a", "metadata": {STACK_KEY: stack, DECLARATION_KEY: declaration}}
    assert keeps_pairs(one, "v1:O/p/s", THIS) is kept
