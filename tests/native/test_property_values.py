"""Properties on the wire: what the engine sends becomes plain data, and back."""

from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from pulumi_ftjobs.lifecycle.property_names import camel, snake
from pulumi_ftjobs.lifecycle.values import UNKNOWN
from pulumi_ftjobs.native.property_values import Reference, decode, encode

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_NUMBER = "3eeb2bf0-c639-47a8-9e75-3b44932eb421"


def wire(values: dict[str, Any]) -> Struct:
    struct = Struct()
    struct.update(values)
    return struct


def test_names_change_at_the_top_only() -> None:
    sent = wire({"trainingFile": "file-1", "method": {"supervised": {"hyperparameters": {"n_epochs": 3}}}})

    values = decode(sent).values

    assert values == {
        "training_file": "file-1",
        "method": {"supervised": {"hyperparameters": {"n_epochs": 3}}},
    }
    assert encode(values) == sent


def test_a_state_of_the_dynamic_provider_reads_the_same() -> None:
    dynamic = wire({"training_file": "file-1", "__provider": "blob", "__record": {"target": "t"}})

    assert decode(dynamic).values == {"training_file": "file-1", "__record": {"target": "t"}}


def test_a_secret_is_unwrapped_and_noted_at_any_depth() -> None:
    secret = {SIGNATURE: SECRET, "value": "hidden"}

    found = decode(wire({"suffix": secret, "metadata": {"a": secret}, "seed": 1}))

    assert found.values == {"suffix": "hidden", "metadata": {"a": "hidden"}, "seed": 1}
    assert found.secret == {"suffix", "metadata"}
    assert "hidden" not in repr(found)


def test_a_secret_goes_back_as_a_secret() -> None:
    again = encode({"suffix": "hidden", "seed": 1}, {"suffix"})

    assert again == wire({"suffix": {SIGNATURE: SECRET, "value": "hidden"}, "seed": 1})


@pytest.mark.parametrize("sentinel", [UNKNOWN_STRING, UNKNOWN_NUMBER])
def test_an_unknown_value_of_any_type_is_unknown(sentinel: str) -> None:
    assert decode(wire({"seed": sentinel, "metadata": {"a": sentinel}})).values == {
        "seed": UNKNOWN,
        "metadata": {"a": UNKNOWN},
    }


def test_unknown_goes_back_as_the_unknown_value() -> None:
    assert encode({"seed": UNKNOWN}) == wire({"seed": UNKNOWN_STRING})


def test_a_resource_that_does_not_exist_yet_is_a_reference_with_an_unknown_id() -> None:
    sent = wire({"trainingData": {SIGNATURE: REFERENCE, "urn": "urn:x", "id": ""}})

    values = decode(sent).values

    assert values == {"training_data": Reference("urn:x", UNKNOWN)}
    assert encode(values) == sent


def test_whole_numbers_are_integers_and_nulls_are_absent() -> None:
    found = decode(wire({"seed": 3.0, "suffix": None, "maxEstimatedCostUsd": 1.5})).values

    assert found == {"seed": 3, "max_estimated_cost_usd": 1.5}
    assert isinstance(found["seed"], int)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(_[a-z][a-z0-9]{0,8}){0,3}", fullmatch=True),
        st.recursive(
            st.booleans() | st.integers(-(2**40), 2**40) | st.text() | st.floats(allow_nan=False, width=32),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_plain_data_survives_the_wire(values: dict[str, Any]) -> None:
    assert decode(encode(values)).values == values


@pytest.mark.parametrize(
    ("inside", "outside"),
    [("model", "model"), ("training_file", "trainingFile"), ("__record", "__record"), ("a_b_c", "aBC")],
)
def test_a_name_has_one_form_on_each_side(inside: str, outside: str) -> None:
    assert (camel(inside), snake(outside)) == (outside, inside)
