"""adopt_job_id: where an existing job is not what is declared."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.adoption import differences
from tests.lifecycle.props import LEGACY, MODEL, answered

BARE: dict[str, Any] = {"model": MODEL, "training_file": "file-train"}
METHOD = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}}


@pytest.mark.parametrize(
    ("declared", "facts"),
    [
        (BARE, {}),
        (LEGACY, {}),
        ({**BARE, "model": "gpt-4.1-mini"}, {}),
        ({**BARE, "method": METHOD}, {}),
        ({**BARE, "method": {"type": "supervised"}}, {}),
        ({**BARE, "seed": 5.0}, {"seed": 5}),
        ({**BARE, "metadata": {"a": "b"}, "integrations": [], "triggers": 1}, {}),
        ({**BARE, "suffix": "s"}, {"user_provided_suffix": "s"}),
        ({**BARE, "training_file": "file-mine", "training_file_digest": "v1:x"}, {}),
        (
            {**BARE, "method": {"type": "dpo"}},
            {"method": {"type": "dpo", "dpo": {}}, "hyperparameters": None},
        ),
    ],
)
def test_a_job_that_is_what_is_declared(declared: dict[str, Any], facts: dict[str, Any]) -> None:
    assert differences(declared, answered(BARE, **facts)) == []


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({**BARE, "model": "gpt-4.1"}, [f"model is {MODEL}"]),
        ({**BARE, "training_file": "file-2"}, ["training_file is file-train"]),
        ({**BARE, "validation_file": "file-2"}, ["validation_file is None"]),
        ({**BARE, "suffix": "s"}, ["suffix differs"]),
        ({**BARE, "seed": 0}, ["seed is 123456"]),
        ({**BARE, "hyperparameters": {"n_epochs": 4, "batch_size": 1}}, ["n_epochs is 3"]),
        ({**BARE, "method": {"type": "dpo"}}, ["method.type is supervised"]),
        (
            {"model": "gpt-4.1", "training_file": "file-2"},
            [f"model is {MODEL}", "training_file is file-train"],
        ),
    ],
)
def test_every_difference_is_named_with_the_jobs_value(declared: dict[str, Any], said: list[str]) -> None:
    assert differences(declared, answered(BARE)) == said


def test_an_adopted_job_previews_as_unchanged() -> None:
    """The whole way: what is adopted without a difference is not different in the next preview either."""
    from pulumi_ftjobs.lifecycle.change_table import job_changes  # noqa: PLC0415
    from tests.lifecycle.props import JOB_ID, state  # noqa: PLC0415

    declared = {**BARE, "adopt_job_id": JOB_ID, "metadata": {"k": "v"}}
    assert differences(declared, answered(BARE)) == []
    assert job_changes(JOB_ID, state(declared), declared) == []
    without = {name: value for name, value in declared.items() if name != "adopt_job_id"}
    assert job_changes(JOB_ID, state(declared), without) == []
