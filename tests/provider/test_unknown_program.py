"""What depends on a resource that is deleted before it is replaced: the engine knows none of its hidden inputs."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.identity import declared_digests
from tests.provider.conftest import Own
from tests.support.engine import UNKNOWN, Host

FILE = {"path": "gone.jsonl", "rows_digest": "v1:" + "a" * 64}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    # kind: (what is recorded, what is not known besides the program, what that replaces)
    "FineTuningJob": (
        {"model": "gpt-4.1-mini-2025-04-14", "training_file": "file-1"},
        {"training_file": UNKNOWN},
        ["training_file"],
    ),
    "FineTuningFile": (FILE, {"rows_digest": UNKNOWN}, ["rows_digest"]),
    "FineTunedModel": ({"job_id": "ftjob-1"}, {"job_id": UNKNOWN}, ["job_id"]),
    "CheckpointPermission": (
        {"checkpoint": "ft:m:ckpt-step-1", "project_id": "proj_1"},
        {"checkpoint": UNKNOWN},
        ["checkpoint"],
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_diff_without_the_hidden_inputs_sees_what_is_not_known(host: Host, own: Own, kind: str) -> None:
    recorded, unknown, replaces = CASES[kind]
    olds = {**recorded, **own.program(kind), "__record": {"declared": declared_digests(recorded)}}
    diffed = host.diff(kind, "an-id", olds, {**recorded, **unknown, "__program": UNKNOWN})
    assert (diffed.changes, diffed.replaces) == (True, replaces)


@pytest.mark.parametrize("kind", CASES)
def test_a_check_without_the_hidden_inputs_refuses_nothing_for_that(host: Host, own: Own, kind: str) -> None:
    recorded, unknown, _ = CASES[kind]
    olds = {**recorded, **own.program(kind)}
    checked = host.check(kind, {**recorded, **unknown, "__program": UNKNOWN}, olds)
    assert checked.failures == []


def test_a_budget_is_not_judged_while_the_data_is_not_known(host: Host) -> None:
    declared = {"model": "gpt-4.1-mini-2025-04-14", "training_file": UNKNOWN, "max_estimated_cost_usd": 1}
    checked = host.check("FineTuningJob", {**declared, "__program": UNKNOWN})
    assert checked.failures == []
    assert checked.inputs["estimated_cost_usd"] == UNKNOWN
