"""Resource options whose engine version cannot work here, translated to what does."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from pulumi_ftjobs.resources.runtime.resource_options import all_triggers, refuse_import, translated


def test_import_becomes_adopt_job_id() -> None:
    opts = pulumi.ResourceOptions(import_="ftjob-1", protect=True)
    passed, inputs = translated(opts)
    assert inputs == {"adopt_job_id": "ftjob-1"}
    assert passed.import_ is None
    assert passed.protect is True
    assert opts.import_ == "ftjob-1", "the user's own object stays as it is"


@pytest.mark.parametrize(
    ("ignored", "passed"),
    [
        (["training_file"], ["training_file", "training_file_digest"]),
        (["seed", "validation_file"], ["seed", "validation_file", "validation_file_digest"]),
        (["seed"], ["seed"]),
    ],
)
def test_ignoring_a_file_ignores_its_rows(ignored: list[str], passed: list[str]) -> None:
    assert translated(pulumi.ResourceOptions(ignore_changes=ignored))[0].ignore_changes == passed


@pytest.mark.parametrize(
    ("kind", "instead"),
    [
        ("FineTunedModel", 'declare FineTunedModel(job="ftjob-...")'),
        ("FineTuningFile", 'training_file="file-..."'),
    ],
)
def test_an_import_that_nothing_translates_says_what_to_do_instead(kind: str, instead: str) -> None:
    token = f"pulumi-python:dynamic/ftjobs:{kind}"
    with pytest.raises(pulumi.RunError) as raised:
        refuse_import(token, "a", pulumi.ResourceOptions(import_="x"))
    assert str(raised.value).startswith(f"{kind} 'a': import_ is not supported, remove it. Instead ")
    assert instead in str(raised.value)
    refuse_import(token, "a", pulumi.ResourceOptions())
    refuse_import(token, "a", None)


def test_no_options_are_no_inputs() -> None:
    assert translated(None)[1] == {}


@pytest.mark.parametrize(
    ("triggers", "replacement", "both"),
    [(None, None, None), ([1], None, [1]), (None, "x", "x"), ([1], "x", [[1], "x"]), (0, "x", [0, "x"])],
)
def test_a_replacement_trigger_is_one_more_trigger(triggers: Any, replacement: Any, both: Any) -> None:
    assert all_triggers(triggers, replacement) == both
