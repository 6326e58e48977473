"""check_job() never raises, never complains about what is not known yet, and never prints a value."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_ftjobs.lifecycle.declaration_rules import check_job
from pulumi_ftjobs.lifecycle.diagnostics import rendered
from pulumi_ftjobs.lifecycle.profiles import AZURE, COMPATIBLE, OPENAI, PROFILES, Profile
from pulumi_ftjobs.lifecycle.values import UNKNOWN
from tests.lifecycle.props import EVERYTHING

GENERAL = (OPENAI, AZURE, COMPATIBLE)
"""Profiles that accept every declaration below; the others lack a suffix, or a method."""
MESSAGES = [{"role": "user", "content": "c"}]
GRADERS: dict[str, Any] = {
    "check": {"type": "string_check", "name": "n", "input": "i", "reference": "r", "operation": "eq"},
    "near": {"type": "text_similarity", "name": "n", "input": "i", "reference": "r", "evaluation_metric": "bleu"},
    "code": {"type": "python", "name": "n", "source": "def grade(): ...", "image_tag": "2025"},
    "score": {
        "type": "score_model", "name": "n", "model": "m", "input": MESSAGES, "range": [0, 1],
        "sampling_params": {"seed": 1, "temperature": 1, "top_p": 1},
    },
    "label": {
        "type": "label_model", "name": "n", "model": "m", "input": MESSAGES, "labels": ["a", "b"],
        "passing_labels": ["a"],
    },
}  # fmt: skip
DECLARED: list[dict[str, Any]] = [
    {
        **EVERYTHING,
        "integrations": [{"type": "wandb", "wandb": {"project": "p", "name": "n", "tags": ["t"]}}],
    },
    {
        "model": "m",
        "training_file": "file-f",
        "method": {
            "type": "reinforcement",
            "reinforcement": {
                "hyperparameters": {"n_epochs": 1, "reasoning_effort": "low", "compute_multiplier": 1.5},
                "grader": {"type": "multi", "graders": GRADERS, "calculate_output": "check + near"},
                "response_format": {"type": "json_schema"},
            },
        },
    },
    {
        "model": "m",
        "training_file": "file-f",
        "method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.1}}},
        "hyperparameters": None,
    },
    {"model": "m", "training_file": "file-f", "hyperparameters": {"learning_rate_multiplier": 0.5}},
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a declaration, branches included."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*path, key))


PLACES = [(number, path) for number, props in enumerate(DECLARED) for path in paths(props)]


def with_value(number: int, path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    props = copy.deepcopy(DECLARED[number])
    inner: Any = props
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return props


def errors(props: dict[str, Any], profile: Profile) -> list[str]:
    return rendered(check_job(props, profile), "error")


def test_the_declarations_tried_here_are_right() -> None:
    for props in DECLARED:
        for profile in GENERAL:
            assert errors(props, profile) == []


@pytest.mark.parametrize(
    ("number", "path"), PLACES, ids=lambda v: ".".join(map(str, v)) if isinstance(v, tuple) else v
)
def test_a_value_that_is_not_known_yet_is_never_wrong(number: int, path: tuple[Any, ...]) -> None:
    for profile in GENERAL:
        assert errors(with_value(number, path, UNKNOWN), profile) == []


def test_a_declaration_of_which_nothing_is_known_is_not_wrong() -> None:
    props = dict.fromkeys(EVERYTHING, UNKNOWN) | {"hyperparameters": UNKNOWN}
    assert not any(errors(props, profile) for profile in GENERAL)


SECRET = "s3cret-Value"
HOSTILE: list[Any] = [
    SECRET, SECRET * 60, [SECRET], {"type": SECRET}, {"a": {"b": SECRET}}, [[SECRET]], -1, 10**30, 0.5, True,
    float("nan"), float("inf"), "", [], {}, [None], [UNKNOWN, 1], {1: 2}, (1, 2), b"bytes",
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "path"), PLACES, ids=lambda v: ".".join(map(str, v)) if isinstance(v, tuple) else v
)
def test_no_value_breaks_the_check_or_shows_in_a_sentence(number: int, path: tuple[Any, ...]) -> None:
    for profile in PROFILES:
        for value in HOSTILE:
            said = [str(one) for one in check_job(with_value(number, path, value), profile)]
            assert SECRET not in "\n".join(said)
            assert all(line.isprintable() for line in said)


junk = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(PLACES), junk, st.sampled_from(PROFILES))
@settings(max_examples=150, deadline=None)
def test_any_junk_at_any_place_is_reported_and_not_raised(
    place: tuple[int, tuple[Any, ...]], value: Any, profile: Profile
) -> None:
    said = [str(one) for one in check_job(with_value(*place, value), profile)]
    assert all(": " in line and "\n" not in line for line in said)
