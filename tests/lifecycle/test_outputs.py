"""What is stored in the state for a job: the service's values, small, without nulls and without secrets."""

from __future__ import annotations

import json
from typing import Any

from pulumi_ftjobs.lifecycle.identity import declared_digests
from pulumi_ftjobs.lifecycle.job_fields import JOB_OUTPUTS
from pulumi_ftjobs.lifecycle.job_outputs import job_outputs
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, PROGRAM, RECORD, STACK_KEY
from tests.lifecycle.props import EVERYTHING, LEGACY, URN, answered, state

FINISHED = {
    "status": "succeeded",
    "finished_at": 1_700_003_600,
    "fine_tuned_model": "ft:gpt-4.1-mini-2025-04-14:my-organization:support:Ajo5kvNY",
    "trained_tokens": 123_456,
    "result_files": ["file-AbCdEfGhIjKlMnOpQrStUv"],
    "id": "ftjob-AbCdEfGhIjKlMnOpQrStUv",
}


def size(outs: dict[str, Any]) -> int:
    return len(json.dumps(outs, separators=(",", ":")))


def test_the_outputs_of_an_ordinary_finished_job_are_under_a_kilobyte() -> None:
    props = {
        "model": "gpt-4.1-mini-2025-04-14",
        "training_file": "file-AbCdEfGhIjKlMnOpQrStUv",
        "training_file_digest": "v1:" + "a" * 32,
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
        "suffix": "support",
    }
    outs = state(props, **FINISHED)
    assert size(outs) <= 1024


def test_no_null_and_no_empty_list_is_kept() -> None:
    outs = state(LEGACY)
    assert None not in outs.values()
    assert [] not in outs.values()


def test_the_services_names_with_the_services_values() -> None:
    outs = state(EVERYTHING, **FINISHED)
    job = answered(EVERYTHING, **FINISHED)
    for name in (name for name in JOB_OUTPUTS if name != "id"):
        if name not in {"metadata", "error", "validation_file"} and job.get(name) not in (None, []):
            assert outs[name] == job[name]


def test_our_metadata_pairs_are_not_the_users() -> None:
    assert state(EVERYTHING)["metadata"] == {"team": "support"}
    assert "metadata" not in state(LEGACY)


def test_fields_that_are_undocumented_stay_out() -> None:
    outs = state(EVERYTHING)
    assert not {"usage_metrics", "shared_with_openai", "user_provided_suffix", "eval_id"} & set(outs)


def test_the_record_holds_digests_and_no_declared_value() -> None:
    secret = "s3cret-value"
    props = {**LEGACY, "suffix": secret, "metadata": {"k": secret}, "triggers": [secret]}
    digests = json.dumps(declared_digests(props))
    assert secret not in digests
    assert STACK_KEY not in digests
    assert DECLARATION_KEY not in digests


def test_read_and_delete_find_what_they_need_and_no_more() -> None:
    program = {"urn": URN, "stack": "v1:o/p/s", "retain": True, "secret": ["metadata"], "data": {"x": {}}}
    record: Any = {"declared": {}, "target": "https://a/v1"}
    outs = job_outputs(answered(LEGACY), {**LEGACY, PROGRAM: program}, record)
    assert outs[PROGRAM] == {"urn": URN, "stack": "v1:o/p/s", "retain": True}
    assert outs[RECORD] == record
    assert outs[RECORD] is not record, "the host writes into what it is given"
