"""What each service accepts, and how one declaration is written for each of them."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.declaration_rules import check_job
from pulumi_ftjobs.lifecycle.diagnostics import rendered
from pulumi_ftjobs.lifecycle.identity import declaration
from pulumi_ftjobs.lifecycle.job_request import create_body
from pulumi_ftjobs.lifecycle.profiles import (
    AZURE,
    BEDROCK,
    COMPATIBLE,
    CRUSOE,
    NEBIUS,
    OPENAI,
    PROFILES,
    Profile,
    profile_named,
    profile_of_host,
)
from tests.lifecycle.props import URN

BASE: dict[str, Any] = {"model": "qwen3-32b", "training_file": "file-1"}
LORA = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3, "lora_rank": 16}}}
LEGACY = {"n_epochs": 3, "lora_rank": 16}
GRADER = {"type": "lambda", "lambda": {"function": "arn:aws:lambda:us-east-1:1:function:grade"}}
DPO = {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.1}}}


def reinforced(grader: dict[str, Any]) -> dict[str, Any]:
    return {"type": "reinforcement", "reinforcement": {"grader": grader}}


def sent(profile: Profile, **props: Any) -> dict[str, Any]:
    body = create_body({**BASE, **props}, profile, marked=False)
    return {name: value for name, value in body.items() if name not in BASE}


def said(profile: Profile, **props: Any) -> tuple[list[str], list[str]]:
    found = check_job({**BASE, **props}, profile)
    return rendered(found, "error"), rendered(found, "warning")


@pytest.mark.parametrize(
    ("host", "profile"),
    [
        ("api.openai.com", OPENAI),
        ("bedrock-mantle.us-west-2.api.aws", BEDROCK),
        ("bedrock-mantle.eu-central-1.api.aws", BEDROCK),
        ("bedrock.us-west-2.amazonaws.com", COMPATIBLE),
        ("bedrock-mantle.us-west-2.api.aws.example", COMPATIBLE),
        ("api.tokenfactory.nebius.com", NEBIUS),
        ("api.intelligence.crusoecloud.com", CRUSOE),
        ("m.openai.azure.com", AZURE),
    ],
)
def test_a_service_is_recognised_by_its_host(host: str, profile: Profile) -> None:
    assert profile_of_host(host) is profile


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_every_service_has_a_name_of_its_setting(profile: Profile) -> None:
    assert profile_named(profile.name) is profile


@pytest.mark.parametrize(
    ("profile", "declared", "body"),
    [
        (COMPATIBLE, {"method": LORA}, {"method": LORA}),
        (COMPATIBLE, {"hyperparameters": LEGACY}, {"hyperparameters": LEGACY}),
        (NEBIUS, {"method": LORA}, {"hyperparameters": {"n_epochs": 3, "lora_r": 16, "lora": True}}),
        (
            NEBIUS,
            {"hyperparameters": LEGACY},
            {"hyperparameters": {"n_epochs": 3, "lora_r": 16, "lora": True}},
        ),
        (NEBIUS, {"method": {"type": "supervised"}}, {}),
        (
            NEBIUS,
            {"hyperparameters": {"lora_r": 8, "lora": False}},
            {"hyperparameters": {"lora_r": 8, "lora": False}},
        ),
        (CRUSOE, {"method": LORA}, {"method": LORA}),
        (CRUSOE, {"hyperparameters": LEGACY}, {"method": LORA}),
        (CRUSOE, {}, {}),
        (BEDROCK, {"method": reinforced(GRADER)}, {"method": reinforced(GRADER)}),
    ],
)
def test_hyperparameters_go_where_the_service_takes_them(
    profile: Profile, declared: dict[str, Any], body: dict[str, Any]
) -> None:
    assert sent(profile, **declared) == body


def test_the_same_training_is_one_declaration_however_it_is_written() -> None:
    by_method, legacy = {**BASE, "method": LORA}, {**BASE, "hyperparameters": LEGACY}
    assert declaration(by_method, URN) == declaration(legacy, URN)


@pytest.mark.parametrize(
    ("profile", "declared"),
    [
        (NEBIUS, {"method": LORA}),
        (CRUSOE, {"method": LORA}),
        (BEDROCK, {"method": reinforced(GRADER)}),
        (COMPATIBLE, {"method": reinforced(GRADER)}),
        (COMPATIBLE, {"method": LORA}),
        (NEBIUS, {"integrations": [{"type": "mlflow", "mlflow": {"uri": "x"}}]}),
    ],
)
def test_what_a_service_documents_passes_without_a_word(profile: Profile, declared: dict[str, Any]) -> None:
    assert said(profile, **declared) == ([], [])


@pytest.mark.parametrize(
    ("profile", "declared", "error"),
    [
        (BEDROCK, {"suffix": "support"}, "suffix: Amazon Bedrock has no suffix: remove it"),
        (NEBIUS, {"method": DPO}, "method.type: Nebius Token Factory documents supervised only"),
        (OPENAI, {"method": reinforced(GRADER)}, "method.reinforcement.grader.type: must be one of"),
        (
            BEDROCK,
            {"method": reinforced({"type": "lambda", "lambda": {}})},
            "method.reinforcement.grader.lambda.function: is required",
        ),
        (OPENAI, {"extra_body": {"method": {}}}, "extra_body.method: is a separate property"),
        (OPENAI, {"training_file": "data/train.jsonl"}, "training_file: is a path, not a file id"),
        (OPENAI, {"training_file": "support-data"}, "training_file: is not a file id (such as file-abc123)"),
        (OPENAI, {"adopt_job_id": "support"}, "adopt_job_id: is not the id of a job (such as ftjob-abc123)"),
        (OPENAI, {"validation_file": "valid.jsonl"}, "validation_file: is a path, not a file id"),
        (OPENAI, {"training_file": r"C:\data\train.jsonl"}, "training_file: is a path, not a file id"),
        (OPENAI, {"adopt_job_id": "ft:gpt-4o:acme::x"}, "adopt_job_id: is the name of a model"),
        (COMPATIBLE, {"adopt_job_id": "gpt-4.1-mini-2025-04-14"}, "adopt_job_id: is the name of a model"),
    ],
)
def test_what_a_service_cannot_take_is_an_error(
    profile: Profile, declared: dict[str, Any], error: str
) -> None:
    (line,) = said(profile, **declared)[0]
    assert line.startswith(error)


@pytest.mark.parametrize(
    ("profile", "declared", "warning"),
    [
        (BEDROCK, {"method": DPO}, "method.type: Amazon Bedrock documents supervised and reinforcement only"),
        (
            NEBIUS,
            {"hyperparameters": {"learning_rate_multiplier": 2}},
            "hyperparameters.learning_rate_multiplier: Nebius Token Factory does not document it",
        ),
        (
            NEBIUS,
            {"hyperparameters": {"lora_rnk": 2}},
            "hyperparameters.lora_rnk: is not a known field (did you mean lora_rank?)",
        ),
        (COMPATIBLE, {"method": {"type": "sft"}}, "method.type: is not a known method type"),
        (
            COMPATIBLE,
            {"method": {"type": "supervise"}},
            "method.type: is not a known method type; did you mean supervised? It is sent as declared",
        ),
        (COMPATIBLE, {"hyperparameters": {"n_epoch": 2}}, "hyperparameters.n_epoch: did you mean n_epochs?"),
        (
            COMPATIBLE,
            {"training_file": "support-data"},
            "training_file: is not a file id (such as file-abc123)",
        ),
        (COMPATIBLE, {"training_file": "data/train.jsonl"}, "training_file: is a path, not a file id"),
        (COMPATIBLE, {"extra_body": {"method": {}}}, "extra_body.method: replaces method, unchecked"),
        (
            COMPATIBLE,
            {"metadata": {"token": "x"}, "__program": {"secret": ["metadata"]}},
            "metadata: contains a secret value",
        ),
    ],
)
def test_what_is_probably_a_mistake_is_a_warning(
    profile: Profile, declared: dict[str, Any], warning: str
) -> None:
    errors, (line,) = said(profile, **declared)
    assert errors == []
    assert line.startswith(warning)


@pytest.mark.parametrize(
    "name", ["file-abc123", "s3://bucket/train.jsonl", "https://x.example/a.jsonl", "3f1c"]
)
def test_an_id_or_an_address_is_no_path(name: str) -> None:
    assert said(OPENAI, model="gpt-4.1", training_file=name) == ([], [])


def test_an_unknown_hyperparameter_of_a_server_that_documents_none_is_passed_on() -> None:
    assert said(COMPATIBLE, hyperparameters={"quantum_flux": 3}) == ([], [])
    assert sent(COMPATIBLE, hyperparameters={"quantum_flux": 3}) == {"hyperparameters": {"quantum_flux": 3}}
