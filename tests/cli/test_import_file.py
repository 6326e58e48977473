"""The import file and its program, as text: names, pins, and constants that are permanent."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_ftjobs.cli import import_file as written
from pulumi_ftjobs.lifecycle.change_table import job_changes
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, RECORD
from pulumi_ftjobs.provider.job import FineTuningJobProvider
from pulumi_ftjobs.provider.permission import CheckpointPermissionProvider
from pulumi_ftjobs.resources.fine_tuning_job import FineTuningJob

JOB: dict[str, Any] = {
    "id": "ftjob-abcdefgh12345678",
    "object": "fine_tuning.job",
    "status": "succeeded",
    "model": "gpt-4.1-mini-2025-04-14",
    "training_file": "file-1",
    "seed": 4,
    "metadata": {"team": "a", "ftjobs_stack": "v1:x", "ftjobs_declaration": "v1:y"},
    "method": {
        "type": "dpo",
        "dpo": {"hyperparameters": {"beta": 0.1, "n_epochs": 3.0, "batch_size": "auto", "x": None}},
    },
    "user_provided_suffix": "support",
}


def file_of(*jobs: dict[str, Any]) -> list[dict[str, Any]]:
    content = written.import_file(
        jobs, stack="v1:o/p/s", urn_prefix="urn:pulumi:s::p", target="https://api.openai.com/v1"
    )
    return list(content["resources"])


def test_the_type_and_the_pickle_are_those_of_the_resource() -> None:
    assert written.JOB_TYPE == FineTuningJob.TYPE
    assert serialize_provider(FineTuningJobProvider()) == written.JOB_PROVIDER


def test_the_permissions_pickle_is_the_recorded_one() -> None:
    recorded = (
        "gASVSQAAAAAAAACMIXB1bHVtaV9mdGpvYnMucHJvdmlkZXIucGVybWlzc2lvbpSMHENoZWNrcG9pbnRQZXJt"
        "aXNzaW9uUHJvdmlkZXKUk5QpgZQu"
    )
    assert serialize_provider(CheckpointPermissionProvider()) == recorded


def test_both_sides_hold_the_provider_and_the_state_its_record() -> None:
    [resource] = file_of(JOB)
    assert resource["id"] == JOB["id"]
    assert resource["inputs"]["__provider"] == resource["outputs"]["__provider"] == written.JOB_PROVIDER
    assert resource["outputs"][RECORD]["target"] == "https://api.openai.com/v1"
    assert resource["inputs"][PROGRAM] == {
        "stack": "v1:o/p/s",
        "urn": f"urn:pulumi:s::p::{written.JOB_TYPE}::support",
    }


def test_what_is_written_differs_in_nothing_from_what_it_declares() -> None:
    [resource] = file_of(JOB)
    assert job_changes(JOB["id"], resource["outputs"], resource["inputs"]) == []


def test_our_own_pairs_are_not_declared() -> None:
    assert written.declared_inputs(JOB)["metadata"] == {"team": "a"}


def test_what_the_service_chose_is_pinned_and_auto_is_left_open() -> None:
    assert written.declared_inputs(JOB)["method"] == {
        "type": "dpo",
        "dpo": {"hyperparameters": {"beta": 0.1, "n_epochs": 3}},
    }


@pytest.mark.parametrize(
    ("jobs", "names"),
    [
        ([{"id": "ftjob-abcdefgh12345678"}], ["job-12345678"]),
        ([{"id": "ftjob-a1", "user_provided_suffix": "support bot"}], ["support-bot"]),
        (
            [
                {"id": "ftjob-a1", "user_provided_suffix": "x"},
                {"id": "ftjob-a2", "user_provided_suffix": "x"},
            ],
            ["x-a1", "x-a2"],
        ),
        ([{"id": "a-1"}, {"id": "b-1"}], ["job-1-0", "job-1-1"]),
    ],
)
def test_every_job_gets_a_distinct_name(jobs: list[dict[str, Any]], names: list[str]) -> None:
    assert written.names_of(jobs) == names


def test_no_words_of_the_service_become_code() -> None:
    evil = {**JOB, "metadata": {'"); import os #': "\"\"\"'''\n"}, "user_provided_suffix": "'), print('"}
    tree = ast.parse(written.program_for([evil]))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert len(calls) == 1
    [metadata] = [word.value for word in calls[0].keywords if word.arg == "metadata"]
    assert ast.literal_eval(metadata) == evil["metadata"]


def test_the_program_declares_the_inputs_of_the_file() -> None:
    tree = ast.parse(written.program_for([JOB]))
    [call] = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    reported = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    assert reported == written.declared_inputs(JOB)
