"""Permanent recipes, compared with recorded values: they are stored in users' states and in the service's metadata.

A change that breaks one of these breaks every stack there is; it needs a new version prefix, not a new
recorded value.
"""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle import identity, state_schema
from pulumi_ftjobs.lifecycle.values import digest
from tests.lifecycle.props import EVERYTHING, LEGACY, MODEL, URN


def test_the_names_in_state_and_metadata() -> None:
    assert state_schema.STACK_KEY == "ftjobs_stack"
    assert state_schema.DECLARATION_KEY == "ftjobs_declaration"
    assert (state_schema.PROGRAM, state_schema.RECORD) == ("__program", "__record")
    assert set(state_schema.Record.__annotations__) >= {"declared", "target", "adoption"}
    assert set(state_schema.Program.__annotations__) >= {"stack", "urn", "retain", "secret", "get"}


@pytest.mark.parametrize(
    ("backend", "pair"),
    [
        (None, "v1:organization/shop/dev"),
        ("", "v1:organization/shop/dev"),
        ("file://host/home/me/state", "v1:organization/shop/dev#b132666c4f6b"),
    ],
)
def test_the_stack_pair(backend: str | None, pair: str) -> None:
    assert identity.stack_pair("organization", "shop", "dev", backend) == pair


def test_a_chosen_stack_id_replaces_the_stack_pair() -> None:
    assert identity.stack_pair_from_id("shop-production") == "v1:shop-production"


@pytest.mark.parametrize(
    ("props", "pair"),
    [
        (EVERYTHING, "v1:b24b016e2150a329:7cc7406b921086fa7e7bc9968a55b729"),
        (LEGACY, "v1:b24b016e2150a329:6f0b0c153626e505ca54a9126352b800"),
        ({"model": "m", "training_file": "f"}, "v1:b24b016e2150a329:aa1cf6dab48188812833196bc53b9db0"),
    ],
)
def test_the_declaration_pair(props: dict[str, Any], pair: str) -> None:
    assert identity.declaration(props, URN) == pair


def test_the_property_digests() -> None:
    assert identity.declared_digests(EVERYTHING) == {
        "model": "840403827bd481e5",
        "training_file": "fc64cee0460a3ac0",
        "validation_file": "2b425cd59a0ab2b0",
        "suffix": "aab3025a4508237f",
        "seed": "7902699be42c8a8e",
        "metadata": "eeced216cb31f76d",
        "integrations": "f067a61b47a32e7b",
        "extra_body": "d5916aa4b7f0e556",
        "triggers": "72f1e703251fa57f",
        "adopt_job_id": "44672f0c6420df85",
        "paused": "fcbcf165908dd18a",
        "method": "4c083692ef45d4fc",
        "hyperparameters.n_epochs": "4e07408562bedb8b",
    }


def test_the_name_and_mark_of_an_upload() -> None:
    bytes_digest = "sha256:" + "ab" * 32
    mark = "ftjobs-v1-c1644ce882c4-abababababababababababab"
    assert identity.upload_mark("v1:o/p/s", bytes_digest) == mark
    assert identity.upload_name("my data (é).jsonl", "v1:o/p/s", bytes_digest) == f"my-data---.{mark}.jsonl"
    assert identity.upload_name("é", "v1:o/p/s", bytes_digest) == f"data.{mark}.jsonl"
    assert len(identity.upload_name("x" * 500, "v1:o/p/s", bytes_digest)) < 128


def test_the_canonical_digest_sees_no_difference_between_three_and_three_point_zero() -> None:
    assert digest({"b": [1.0, None, "ü"], "a": 2.5}) == "60d54a09aedbe842"
    assert digest(3) == digest(3.0) == "4e07408562bedb8b"


SAME_TRAINING: list[dict[str, Any]] = [
    {"metadata": {"a": "b"}},
    {"integrations": [{"type": "wandb", "wandb": {"project": "p"}}]},
    {"max_estimated_cost_usd": 3},
    {"paused": True},
    {"adopt_job_id": "ftjob-1"},
    {"estimated_tokens": 5},
    {
        "hyperparameters": None,
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
    },
    {"seed": None, "suffix": None},
]
OTHER_TRAINING: list[dict[str, Any]] = [
    {"model": "other"},
    {"training_file": "file-other"},
    {"training_file_digest": "v1:" + "c" * 32},
    {"validation_file": "file-v"},
    {"hyperparameters": {"n_epochs": 4}},
    {"method": {"type": "dpo"}, "hyperparameters": None},
    {"suffix": "s"},
    {"seed": 0},
    {"extra_body": {"a": 1}},
    {"triggers": False},
]


@pytest.mark.parametrize("more", SAME_TRAINING)
def test_what_does_not_train_is_not_in_the_declaration(more: dict[str, Any]) -> None:
    assert identity.declaration({**LEGACY, **more}, URN) == identity.declaration(LEGACY, URN)


@pytest.mark.parametrize("more", OTHER_TRAINING)
def test_what_trains_is_in_the_declaration(more: dict[str, Any]) -> None:
    assert identity.declaration({**LEGACY, **more}, URN) != identity.declaration(LEGACY, URN)


def test_equal_rows_under_another_file_id_are_the_same_declaration() -> None:
    one = {"model": MODEL, "training_file": "file-1", "training_file_digest": "v1:d"}
    assert identity.declaration(one, URN) == identity.declaration({**one, "training_file": "file-2"}, URN)


def test_the_resource_part_keeps_through_a_renamed_stack_and_tells_parents_apart() -> None:
    renamed = URN.replace(":dev:", ":production:")
    child = URN.replace("::pulumi-python", "::pkg:index:Team$pulumi-python")
    assert identity.resource_part(renamed) == identity.resource_part(URN)
    assert identity.resource_part(child) != identity.resource_part(URN)
    assert identity.same_resource(identity.declaration(LEGACY, URN), renamed)
    assert not identity.same_resource(identity.declaration(LEGACY, URN), child)
    assert not identity.same_resource(None, URN)


@pytest.mark.parametrize("text", ["", "support", "urn:pulumi:dev"])
def test_what_is_no_urn_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a URN"):
        identity.resource_part(text)


def test_a_declaration_fits_into_a_metadata_value() -> None:
    assert len(identity.declaration(EVERYTHING, URN)) <= 512
