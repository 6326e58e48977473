"""The change table: what a changed input does to a job that exists."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.change_table import job_changes
from pulumi_ftjobs.lifecycle.job_fields import EFFECTS, JOB_COMPUTED, JOB_INPUTS
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from pulumi_ftjobs.lifecycle.values import UNKNOWN
from tests.lifecycle.props import EVERYTHING, JOB_ID, LEGACY, MODEL, OTHER_ROWS, ROWS, URN, state

NEW_VALUES: dict[str, tuple[dict[str, Any], Any, str]] = {
    # input: (declaration it is changed in, its new value, what that does)
    "model": (EVERYTHING, "gpt-4.1-2025-04-14", "replace"),
    "training_file": (LEGACY, "file-other", "replace"),
    "validation_file": ({**LEGACY, "validation_file": "file-valid"}, "file-other", "replace"),
    "training_file_digest": (EVERYTHING, OTHER_ROWS, "replace"),
    "validation_file_digest": (EVERYTHING, ROWS, "replace"),
    "method": (EVERYTHING, {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 3}}}, "replace"),
    "hyperparameters": (LEGACY, {"n_epochs": 4}, "replace"),
    "suffix": (EVERYTHING, "sales", "replace"),
    "seed": (EVERYTHING, 8, "replace"),
    "metadata": (EVERYTHING, {"team": "sales"}, "update"),
    "integrations": (EVERYTHING, [{"type": "wandb", "wandb": {"project": "other"}}], "update"),
    "extra_body": (EVERYTHING, {"priority": 2}, "replace"),
    "triggers": (EVERYTHING, ["second"], "replace"),
    "paused": (EVERYTHING, True, "update"),
    "max_estimated_cost_usd": (EVERYTHING, 5, "nothing"),
    "adopt_job_id": (EVERYTHING, "ftjob-other", "replace"),
    "estimated_tokens": (EVERYTHING, 2000, "nothing"),
    "estimated_cost_usd": (EVERYTHING, "2.00", "nothing"),
    "estimated_cost_usd_low": (EVERYTHING, 2, "nothing"),
    "estimated_cost_usd_high": (EVERYTHING, 2, "nothing"),
}
INPUTS = (*JOB_INPUTS, *JOB_COMPUTED)


def effects(olds: dict[str, Any], news: dict[str, Any]) -> set[str]:
    return {change.effect for change in job_changes(JOB_ID, olds, news)}


def changed(props: dict[str, Any], **values: Any) -> dict[str, Any]:
    news = {**copy.deepcopy(props), PROGRAM: {"urn": URN}, **values}
    return {name: value for name, value in news.items() if value is not None}


def test_every_input_has_a_row() -> None:
    assert set(NEW_VALUES) == set(INPUTS)
    assert set(EFFECTS) == set(INPUTS)


@pytest.mark.parametrize("name", INPUTS)
def test_a_changed_input_has_the_effect_of_its_row(name: str) -> None:
    props, value, effect = NEW_VALUES[name]
    found = effects(state(props), changed(props, **{name: value}))
    assert found == ({effect} if effect != "nothing" else set())


@pytest.mark.parametrize("name", INPUTS)
def test_the_row_agrees_with_the_published_table(name: str) -> None:
    assert EFFECTS[name] == NEW_VALUES[name][2]


@pytest.mark.parametrize(
    "name", [name for name in INPUTS if name not in {"method", "max_estimated_cost_usd", *JOB_COMPUTED}]
)
def test_a_removed_input_has_the_effect_of_its_row(name: str) -> None:
    props, _value, effect = NEW_VALUES[name]
    if name in {"paused", "adopt_job_id"}:
        effect = "nothing"
    found = effects(state(props), changed(props, **{name: None}))
    assert found == ({effect} if effect != "nothing" else set())


@pytest.mark.parametrize("props", [EVERYTHING, LEGACY], ids=["everything", "legacy"])
def test_an_unchanged_declaration_changes_nothing(props: dict[str, Any]) -> None:
    assert job_changes(JOB_ID, state(props), changed(props)) == []


@pytest.mark.parametrize("name", [n for n in INPUTS if EFFECTS[n] not in {"nothing"}])
def test_an_unknown_value_may_have_changed(name: str) -> None:
    props, _value, effect = NEW_VALUES[name]
    assert effects(state(props), changed(props, **{name: UNKNOWN})) == {effect}


@pytest.mark.parametrize("name", [name for name in INPUTS if EFFECTS[name] == "nothing"])
def test_an_unknown_figure_changes_nothing(name: str) -> None:
    assert effects(state(EVERYTHING), changed(EVERYTHING, **{name: UNKNOWN})) == set()


def test_an_unknown_hyperparameter_trains_again_and_is_named_by_its_path() -> None:
    news = changed(EVERYTHING)
    news["method"]["supervised"]["hyperparameters"]["n_epochs"] = UNKNOWN
    assert [c.path for c in job_changes(JOB_ID, state(EVERYTHING), news)] == [
        "method.supervised.hyperparameters.n_epochs"
    ]


@pytest.mark.parametrize(
    ("declared", "status", "effect"),
    [
        (True, "validating_files", {"update"}),
        (True, "running", {"update"}),
        (True, "paused", set()),
        (False, "paused", {"update"}),
        (False, "queued", set()),
        (None, "paused", set()),
        (None, "running", set()),
        *[
            (declared, over, set())
            for declared in (True, False)
            for over in ("succeeded", "failed", "cancelled")
        ],
    ],
)
@pytest.mark.parametrize("before", [None, True, False])
def test_paused_is_compared_with_the_status_and_never_with_an_earlier_input(
    before: bool | None, declared: bool | None, status: str, effect: set[str]
) -> None:
    assert (
        effects(state({**LEGACY, "paused": before}, status=status), changed(LEGACY, paused=declared))
        == effect
    )


def test_a_refresh_that_hands_us_states_on_both_sides_is_survived() -> None:
    outs = state(EVERYTHING)
    assert job_changes(JOB_ID, outs, {}) is not None
    assert job_changes(JOB_ID, {}, outs) is not None


SECRET = "s3cret-value"


@pytest.mark.parametrize("name", ["model", "suffix", "seed", "training_file", "adopt_job_id"])
def test_a_secret_value_is_in_no_reason(name: str) -> None:
    olds = state({**LEGACY, name: "old"})
    news = changed(LEGACY, **{name: SECRET, PROGRAM: {"urn": URN, "secret": [name]}})
    reasons = job_changes(JOB_ID, olds, news)
    assert reasons
    assert not any(SECRET in f"{c.path} {c.detail}" for c in reasons)


def test_a_secret_inside_the_method_is_in_no_reason() -> None:
    props = {**LEGACY, "hyperparameters": {"n_epochs": 3}}
    news = changed(props, hyperparameters={"n_epochs": 17}, **{PROGRAM: {"secret": ["hyperparameters"]}})
    (reason,) = job_changes(JOB_ID, state(props), news)
    assert "17" not in reason.detail


@pytest.mark.parametrize(
    ("news", "path", "detail"),
    [
        ({"model": "gpt-4.1-2025-04-14"}, "model", f"{MODEL} -> gpt-4.1-2025-04-14"),
        ({"seed": 8}, "seed", "7 -> 8"),
        ({"suffix": None}, "suffix", "was removed"),
        ({"triggers": ["second"]}, "triggers", "changed"),
        (
            {"training_file_digest": OTHER_ROWS},
            "training_file",
            "contents changed (v1:aaaaaaaa -> v1:bbbbbbbb)",
        ),
        (
            {"method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 4}}}},
            "method.supervised.hyperparameters.n_epochs",
            "3 -> 4",
        ),
    ],
)
def test_the_reason_names_path_and_values(news: dict[str, Any], path: str, detail: str) -> None:
    (change,) = job_changes(JOB_ID, state(EVERYTHING), changed(EVERYTHING, **news))
    assert (change.path, change.detail) == (path, detail)
