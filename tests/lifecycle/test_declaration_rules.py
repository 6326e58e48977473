"""Every rule of a declared job: the full message, its property path, and whose rule it is."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.declaration_rules import check_job
from pulumi_ftjobs.lifecycle.diagnostics import rendered
from pulumi_ftjobs.lifecycle.profiles import AZURE, COMPATIBLE, OPENAI, Profile
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from tests.lifecycle.props import MODEL

BASE: dict[str, Any] = {"model": MODEL, "training_file": "file-1"}
STRICT = (OPENAI, AZURE)


def supervised(**hyperparameters: Any) -> dict[str, Any]:
    return {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}}


def reinforced(grader: Any, **more: Any) -> dict[str, Any]:
    return {"type": "reinforcement", "reinforcement": {"grader": grader, **more}}


HP = "method.supervised.hyperparameters"
RFT = "method.reinforcement"
STRING_CHECK = {"type": "string_check", "name": "n", "input": "i", "reference": "r", "operation": "eq"}
SCORE = {"type": "score_model", "name": "n", "model": "m", "input": [{"role": "user", "content": "c"}]}
LABEL = {
    "type": "label_model", "name": "n", "model": "m", "labels": ["a"], "passing_labels": ["b"],
    "input": [{"role": "user", "content": "c"}],
}  # fmt: skip

EVERYWHERE: list[tuple[dict[str, Any], list[str]]] = [
    # what is declared, what is reported at every service
    ({"model": None}, ["model: is required, e.g. gpt-4.1-mini-2025-04-14"]),
    ({"model": ""}, ["model: is required, e.g. gpt-4.1-mini-2025-04-14"]),
    ({"model": 3}, ["model: must be a string"]),
    ({"training_file": None}, ["training_file: is required, e.g. a FineTuningFile, or file-abc123"]),
    ({"training_file": ["f"]}, ["training_file: must be a string"]),
    ({"validation_file": ""}, ["validation_file: must not be empty"]),
    ({"suffix": 5}, ["suffix: must be a string"]),
    ({"seed": "7"}, ["seed: must be a whole number from 0 to 2147483647"]),
    ({"seed": 1.5}, ["seed: must be a whole number from 0 to 2147483647"]),
    ({"seed": True}, ["seed: must be a whole number from 0 to 2147483647"]),
    ({"method": "dpo"}, ['method: must be a dict such as {"type": "supervised", "supervised": {...}}']),
    ({"method": {}}, ["method.type: is required: one of supervised, dpo or reinforcement"]),
    (
        {"method": {"type": "dpo", "supervised": {}}},
        ['method.supervised: belongs to type "supervised", but method.type is "dpo"'],
    ),
    ({"method": {"type": "dpo", "dpo": 3}}, ["method.dpo: must be a dict"]),
    (
        {"method": supervised(n_epochs="three")},
        [f'{HP}.n_epochs: must be "auto" or a whole number from 1 to 50'],
    ),
    (
        {"method": supervised(beta=0.1)},
        [f'{HP}.beta: belongs to method type "dpo", not to supervised'],
    ),
    (
        {"method": {"type": "reinforcement"}},
        [f"{RFT}.grader: is required: reinforcement trains towards a grader's score"],
    ),
    (
        {"method": reinforced(STRING_CHECK, hyperparameters={"reasoning_effort": "huge"})},
        [f"{RFT}.hyperparameters.reasoning_effort: must be one of default, low, medium or high"],
    ),
    ({"method": reinforced("eq")}, [f'{RFT}.grader: must be a dict such as {{"type": "string_check", ...}}']),
    (
        {"method": reinforced({**STRING_CHECK, "operation": "is"})},
        [f"{RFT}.grader.operation: must be one of eq, ne, like or ilike"],
    ),
    (
        {"method": reinforced({"type": "python", "name": "n"})},
        [f"{RFT}.grader.source: is required for a python grader"],
    ),
    (
        {"method": reinforced({**SCORE, "input": "text"})},
        [f"{RFT}.grader.input: must be a list of messages"],
    ),
    (
        {"method": reinforced({**SCORE, "input": [{"role": "user"}]})},
        [f"{RFT}.grader.input[0].content: is required"],
    ),
    (
        {"method": reinforced({**SCORE, "range": [1]})},
        [f"{RFT}.grader.range: must be two numbers, lowest and highest score"],
    ),
    (
        {"method": reinforced({"type": "multi", "calculate_output": "x", "graders": {}})},
        [f"{RFT}.grader.graders: must contain at least one grader"],
    ),
    (
        {"method": reinforced({"type": "multi", "calculate_output": "a", "graders": {"a": LABEL}})},
        [f'{RFT}.grader.graders["a"].passing_labels[0]: must be one of labels'],
    ),
    (
        {"method": reinforced({**LABEL, "passing_labels": ["a"]})},
        [f"{RFT}.grader.type: label_model can only be used inside a multi grader"],
    ),
    (
        {"method": supervised(), "hyperparameters": {"n_epochs": 1}},
        ["hyperparameters: is the older form of method; declare one of the two"],
    ),
    ({"hyperparameters": [1]}, ["hyperparameters: must be a dict"]),
    (
        {"hyperparameters": {"n_epochs": 0.5}},
        ['hyperparameters.n_epochs: must be "auto" or a whole number from 1 to 50'],
    ),
    ({"metadata": ["a"]}, ["metadata: must be a dict of strings"]),
    ({"metadata": {"k": 5}}, ['metadata["k"]: must be a string']),
    (
        {"metadata": {"ftjobs_stack": "mine"}},
        ['metadata["ftjobs_stack"]: is set by this provider; choose another key'],
    ),
    (
        {"metadata": {f"k{n}": "v" for n in range(15)}},
        ["metadata: must have at most 14 pairs (the service allows 16, two are this provider's)"],
    ),
    (
        {"integrations": {"type": "wandb"}},
        ['integrations: must be a list, e.g. [{"type": "wandb", "wandb": {"project": "..."}}]'],
    ),
    ({"integrations": ["wandb"]}, ["integrations[0]: must be a dict"]),
    (
        {"integrations": [{"type": "wandb", "wandb": {"project": "p"}}, {"type": "wandb", "wandb": {}}]},
        ["integrations[1].wandb.project: is required"],
    ),
    ({"integrations": [{"type": "wandb"}]}, ["integrations[0].wandb: is required"]),
    (
        {"integrations": [{"type": "wandb", "wandb": {"project": "p", "tags": "t"}}]},
        ["integrations[0].wandb.tags: must be a list of strings"],
    ),
    ({"extra_body": "x"}, ["extra_body: must be a dict"]),
    ({"adopt_job_id": ""}, ["adopt_job_id: must not be empty"]),
    ({"max_estimated_cost_usd": 0}, ["max_estimated_cost_usd: must be a number greater than 0"]),
    ({"max_estimated_cost_usd": -1}, ["max_estimated_cost_usd: must be a number greater than 0"]),
    ({"seed": float("nan")}, ["seed: must be a whole number from 0 to 2147483647"]),
    ({"seed": float("inf")}, ["seed: must be a whole number from 0 to 2147483647"]),
    ({"max_estimated_cost_usd": "3"}, ["max_estimated_cost_usd: must be a number greater than 0"]),
    (
        {"paused": "yes"},
        ["paused: must be True, False, or absent (then the service decides)"],
    ),
]

LIMITS: list[tuple[dict[str, Any], str]] = [
    # limits of OpenAI's service: errors there and on Azure, advice on a compatible server
    ({"seed": -1}, "seed: must be a whole number from 0 to 2147483647"),
    ({"seed": 2**31}, "seed: must be a whole number from 0 to 2147483647"),
    ({"method": supervised(n_epochs=0)}, f'{HP}.n_epochs: must be "auto" or a whole number from 1 to 50'),
    ({"method": supervised(n_epochs=51)}, f'{HP}.n_epochs: must be "auto" or a whole number from 1 to 50'),
    (
        {"method": supervised(batch_size=257)},
        f'{HP}.batch_size: must be "auto" or a whole number from 1 to 256',
    ),
    (
        {"method": supervised(learning_rate_multiplier=0)},
        f'{HP}.learning_rate_multiplier: must be "auto" or a number greater than 0',
    ),
    (
        {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 2.5}}}},
        'method.dpo.hyperparameters.beta: must be "auto" or a number greater than 0 and at most 2',
    ),
    (
        {"method": reinforced(STRING_CHECK, hyperparameters={"compute_multiplier": 11})},
        f'{RFT}.hyperparameters.compute_multiplier: must be "auto" or a number greater than 1e-05 and at most 10',
    ),
    (
        {"method": reinforced({**SCORE, "sampling_params": {"temperature": 3}})},
        f"{RFT}.grader.sampling_params.temperature: must be a number from 0 to 2",
    ),
    ({"metadata": {"k" * 65: "v"}}, f'metadata["{"k" * 65}"]: the key must have 1 to 64 characters'),
    ({"metadata": {"k": "v" * 513}}, 'metadata["k"]: must have at most 512 characters'),
    (
        {"integrations": [{"type": "wandb", "wandb": {"project": "p"}}] * 6},
        "integrations: must have at most 5 items",
    ),
    (
        {"integrations": [{"type": "wandb", "wandb": {"project": "p", "tags": ["t" * 51]}}]},
        "integrations[0].wandb.tags[0]: must have at most 50 characters",
    ),
]

FIELDS: list[tuple[dict[str, Any], str]] = [
    # fields the published API does not have: errors by name with the closest known one
    (
        {"method": {"type": "dpo", "dop": {}}},
        "method.dop: is not a field of this API; did you mean dpo?",
    ),
    (
        {"method": supervised(n_epoch=3)},
        f"{HP}.n_epoch: is not a field of this API; did you mean n_epochs?",
    ),
    (
        {"hyperparameters": {"lora_rank": 8}},
        (
            "hyperparameters.lora_rank: is not a field of this API; "
            "known are batch_size, learning_rate_multiplier and n_epochs"
        ),
    ),
    (
        {"integrations": [{"type": "wandb", "wandb": {"project": "p", "team": "t"}}]},
        "integrations[0].wandb.team: is not a field of this API; known are entity, name, project and tags",
    ),
    (
        {"method": reinforced({**STRING_CHECK, "referense": "r"})},
        f"{RFT}.grader.referense: is not a field of this API; did you mean reference?",
    ),
]


STRICT_ONLY: list[tuple[dict[str, Any], str]] = [
    (
        {"method": reinforced({"type": "magic"})},
        f"{RFT}.grader.type: must be one of string_check, text_similarity, python, score_model, label_model or multi",
    ),
    ({"extra_body": {"seed": 3}}, "extra_body.seed: is a separate property: declare seed=... instead"),
]


def errors(profile: Profile, **props: Any) -> list[str]:
    return rendered(check_job({**BASE, **props}, profile), "error")


def warnings(profile: Profile, **props: Any) -> list[str]:
    return rendered(check_job({**BASE, **props}, profile), "warning")


@pytest.mark.parametrize("profile", [OPENAI, AZURE, COMPATIBLE], ids=lambda one: one.name)
@pytest.mark.parametrize(("props", "sentences"), EVERYWHERE)
def test_a_mistake_for_every_service(profile: Profile, props: dict[str, Any], sentences: list[str]) -> None:
    assert errors(profile, **props) == sentences


@pytest.mark.parametrize("profile", STRICT)
@pytest.mark.parametrize(("props", "sentence"), [*LIMITS, *FIELDS, *STRICT_ONLY])
def test_a_limit_is_an_error_where_it_is_known(
    profile: Profile, props: dict[str, Any], sentence: str
) -> None:
    assert errors(profile, **props) == [sentence]


@pytest.mark.parametrize(("props", "sentence"), LIMITS)
def test_a_limit_is_advice_on_a_compatible_server(props: dict[str, Any], sentence: str) -> None:
    found, advice = errors(COMPATIBLE, **props), warnings(COMPATIBLE, **props)
    assert found == []
    assert advice == [f"{sentence} at OpenAI; this server may accept it"]


@pytest.mark.parametrize(("props", "sentence"), FIELDS)
def test_an_unknown_field_is_no_error_on_a_compatible_server(props: dict[str, Any], sentence: str) -> None:
    assert errors(COMPATIBLE, **props) == []


@pytest.mark.parametrize(
    ("profile", "suffix", "sentences"),
    [
        (OPENAI, "a" * 64, []),
        (OPENAI, "ä b", []),
        (OPENAI, "a" * 65, ["suffix: must have at most 64 characters"]),
        (AZURE, "a" * 40, []),
        (
            AZURE,
            "a" * 41,
            ["suffix: must have at most 40 characters, letters, digits, - and _ (Azure OpenAI)"],
        ),
        (
            AZURE,
            "a b",
            ["suffix: must have at most 40 characters, letters, digits, - and _ (Azure OpenAI)"],
        ),
        (COMPATIBLE, "a" * 65, []),
    ],
)
def test_the_suffix_by_the_rules_of_its_service(profile: Profile, suffix: str, sentences: list[str]) -> None:
    assert errors(profile, suffix=suffix) == sentences


def test_azure_is_asked_for_a_training_type_and_others_are_not() -> None:
    assert any("trainingType" in sentence for sentence in warnings(AZURE))
    assert warnings(AZURE, extra_body={"trainingType": "Standard"}) == []
    assert check_job(BASE, OPENAI) == check_job(BASE, COMPATIBLE) == []


def test_a_method_no_one_knows_is_passed_on_to_a_compatible_server() -> None:
    method = {"type": "orpo", "orpo": {"hyperparameters": {"lambda": 0.1}}}
    assert errors(COMPATIBLE, method=method) == []
    assert errors(OPENAI, method=method)


def test_three_mistakes_are_three_sentences() -> None:
    found = errors(OPENAI, model=None, seed=-1, method=supervised(n_epochs=0))
    assert [sentence.split(":")[0] for sentence in found] == ["model", "seed", f"{HP}.n_epochs"]


@pytest.mark.parametrize("seed", [0, 1, 2147483647, 7.0])
def test_every_seed_of_the_range_is_good_also_zero(seed: float) -> None:
    assert errors(OPENAI, seed=seed) == []


def test_a_secret_suffix_is_refused_because_it_becomes_part_of_the_models_name() -> None:
    declared = {**BASE, "suffix": "internal", PROGRAM: {"secret": ["suffix"]}}
    assert [one.path for one in check_job(declared, OPENAI) if one.severity == "error"] == ["suffix"]
