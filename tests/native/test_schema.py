"""The schema: what code generators, `pulumi import` and the YAML host read."""

import inspect
import json
from typing import Any

import pytest

from pulumi_ftjobs import (
    CheckpointPermission,
    FineTunedModel,
    FineTuningFile,
    FineTuningJob,
    get_fine_tuning_job,
    get_fine_tuning_job_checkpoints,
    get_fine_tuning_job_events,
    get_fine_tuning_jobs,
    get_model,
)
from pulumi_ftjobs.lifecycle.property_names import snake
from pulumi_ftjobs.native.functions import FUNCTIONS
from pulumi_ftjobs.native.resource_tables import SETTINGS
from pulumi_ftjobs.native.schema import schema
from pulumi_ftjobs.native.servicer import RESOURCES

SCHEMA = schema()
INSTEAD: dict[str, tuple[set[str], set[str]]] = {
    "FineTuningJob": ({"training_data", "validation_data"}, set()),
    "FineTunedModel": ({"job_id"}, {"job"}),
}
"""Inputs that only the plugin has, and those that only Python has."""


@pytest.mark.parametrize("kind", [FineTuningJob, FineTuningFile, FineTunedModel, CheckpointPermission])
def test_a_resource_takes_what_its_python_class_takes(kind: Any) -> None:
    declared = set(inspect.signature(kind.__init__).parameters) - {"self", "resource_name", "opts"}
    native, python = INSTEAD.get(kind.__name__, (set(), set()))

    found = {snake(name) for name in SCHEMA["resources"][f"ftjobs:index:{kind.__name__}"]["inputProperties"]}

    assert found - native == declared - python


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("getFineTuningJob", get_fine_tuning_job),
        ("getFineTuningJobs", get_fine_tuning_jobs),
        ("getFineTuningJobEvents", get_fine_tuning_job_events),
        ("getFineTuningJobCheckpoints", get_fine_tuning_job_checkpoints),
        ("getModel", get_model),
    ],
)
def test_a_function_takes_what_its_python_twin_takes(name: str, function: Any) -> None:
    declared = set(inspect.signature(function).parameters) - {"opts"}

    arguments = SCHEMA["functions"][f"ftjobs:index:{name}"]["inputs"]["properties"]

    assert {snake(argument) for argument in arguments} == declared


def test_everything_in_the_schema_is_served_and_the_other_way_round() -> None:
    assert set(SCHEMA["resources"]) == set(RESOURCES)
    assert set(SCHEMA["functions"]) == set(FUNCTIONS)


def test_every_resource_takes_over_the_state_of_its_dynamic_sibling() -> None:
    for token, resource in SCHEMA["resources"].items():
        kind = token.rpartition(":")[2]
        assert resource["aliases"] == [{"type": f"pulumi-python:dynamic/ftjobs:{kind}"}]


def test_every_setting_may_be_given_in_the_config_and_to_a_provider_and_keys_are_secret() -> None:
    declared = SCHEMA["config"]["variables"]

    assert declared == SCHEMA["provider"]["inputProperties"]
    assert {name for name, shape in declared.items() if shape.get("secret")} == {
        "adToken",
        "adminKey",
        "apiKey",
        "headers",
    }
    assert len(declared) == len(SETTINGS)


def test_every_property_is_described_and_every_reference_leads_somewhere() -> None:
    known = {f"#/resources/{token}" for token in SCHEMA["resources"]}
    known |= {f"#/types/{token}" for token in SCHEMA["types"]} | {"pulumi.json#/Any"}

    references = {part.split('"')[0] for part in json.dumps(SCHEMA).split('"$ref": "')[1:]}

    assert references <= known
    for resource in SCHEMA["resources"].values():
        for shape in (resource["properties"] | resource["inputProperties"]).values():
            assert shape["description"]
        assert set(resource["required"]) <= set(resource["properties"])
        assert set(resource["requiredInputs"]) <= set(resource["inputProperties"])
