"""The body of the create call: what was declared, and nothing invented."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_ftjobs.lifecycle.job_request import create_body
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY
from tests.lifecycle.props import EVERYTHING, MODEL

BARE = {"model": MODEL, "training_file": "file-1"}
PAIRS = {STACK_KEY: "v1:o/p/s", DECLARATION_KEY: "v1:a:b"}


def body(props: dict[str, Any]) -> dict[str, Any]:
    return create_body(props, stack="v1:o/p/s", declaration="v1:a:b")


def test_what_is_not_declared_is_not_sent() -> None:
    assert body(BARE) == {**BARE, "metadata": PAIRS}
    assert body({**BARE, "suffix": None, "method": None, "triggers": None}) == body(BARE)


def test_every_field_of_the_api_is_sent_and_none_of_ours() -> None:
    sent = body(EVERYTHING)
    assert set(sent) == {
        *(
            "model",
            "training_file",
            "validation_file",
            "method",
            "suffix",
            "seed",
            "integrations",
            "metadata",
        ),
        "priority",
    }
    assert sent["metadata"] == {"team": "support", **PAIRS}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"seed": 0}, {"seed": 0}),
        ({"seed": 7.0}, {"seed": 7}),
        ({"suffix": ""}, {"suffix": ""}),
        (
            {
                "method": {
                    "type": "dpo",
                    "dpo": {"hyperparameters": {"beta": 0.1, "n_epochs": 3.0, "x": None}},
                }
            },
            {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.1, "n_epochs": 3}}}},
        ),
        ({"extra_body": {"trainingType": "Standard", "n": 2.0}}, {"trainingType": "Standard", "n": 2}),
        ({"extra_body": {"null": None}}, {"null": None}),
    ],
)
def test_values_are_sent_as_declared(given: dict[str, Any], sent: dict[str, Any]) -> None:
    found = body({**BARE, **given})
    assert {name: found[name] for name in sent} == sent
    assert all(type(found[name]) is type(value) for name, value in sent.items())


def test_the_body_for_a_service_that_refuses_metadata_has_none_of_ours() -> None:
    assert create_body(BARE, marked=False) == BARE
    assert create_body({**BARE, "metadata": {"a": "b"}}, marked=False)["metadata"] == {"a": "b"}


def test_a_declaration_is_not_changed_by_sending_it() -> None:
    props: dict[str, Any] = {**BARE, "metadata": {"a": "b"}}
    body(props)
    assert props["metadata"] == {"a": "b"}
