"""Training and validation files: the rows decide, not the id of the upload."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.change_table import job_changes
from pulumi_ftjobs.lifecycle.values import UNKNOWN
from tests.lifecycle.props import JOB_ID, MODEL, OTHER_ROWS, ROWS, state

SAME, OTHER = "file-a", "file-b"

TABLE = [
    # old digest, new digest, new id, effect
    (ROWS, ROWS, SAME, None),
    (ROWS, ROWS, OTHER, "update"),
    (ROWS, ROWS, UNKNOWN, None),
    (ROWS, OTHER_ROWS, SAME, "replace"),
    (ROWS, OTHER_ROWS, UNKNOWN, "replace"),
    (ROWS, UNKNOWN, SAME, "replace"),
    (ROWS, UNKNOWN, UNKNOWN, "replace"),
    (None, UNKNOWN, UNKNOWN, "replace"),
    (ROWS, None, SAME, None),
    (ROWS, None, OTHER, "replace"),
    (ROWS, None, UNKNOWN, "replace"),
    (None, ROWS, SAME, None),
    (None, ROWS, OTHER, "replace"),
    (None, ROWS, UNKNOWN, "replace"),
    (None, None, SAME, None),
    (None, None, OTHER, "replace"),
    (None, None, UNKNOWN, "replace"),
]


@pytest.mark.parametrize("name", ["training_file", "validation_file"])
@pytest.mark.parametrize(("old_rows", "new_rows", "new_id", "effect"), TABLE)
def test_files_by_rows_then_by_id(
    name: str, old_rows: Any, new_rows: Any, new_id: Any, effect: str | None
) -> None:
    base = {"model": MODEL, "training_file": "file-x", name: SAME}
    olds = state({**base, **({f"{name}_digest": old_rows} if old_rows else {})})
    news = {**base, name: new_id, **({f"{name}_digest": new_rows} if new_rows else {})}
    found = job_changes(JOB_ID, olds, news)
    assert [(change.property, change.effect) for change in found] == ([(name, effect)] if effect else [])


def test_a_file_that_the_service_shows_under_another_id_is_the_declared_one() -> None:
    declared = {"model": MODEL, "training_file": SAME}
    assert job_changes(JOB_ID, state(declared, training_file="file-copy"), declared) == []


def test_a_validation_file_that_is_added_or_removed_trains_again() -> None:
    without = {"model": MODEL, "training_file": SAME}
    having = {**without, "validation_file": OTHER}
    assert [c.effect for c in job_changes(JOB_ID, state(without), having)] == ["replace"]
    assert [c.effect for c in job_changes(JOB_ID, state(having), without)] == ["replace"]
