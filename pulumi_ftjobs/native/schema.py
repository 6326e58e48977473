"""The package's schema, generated from the tables of properties."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final

from pulumi_ftjobs.lifecycle.property_names import camel
from pulumi_ftjobs.native.resource_properties import FILE, JOB, MODEL
from pulumi_ftjobs.native.resource_tables import FUNCTIONS, PERMISSION, SETTINGS, TYPES
from pulumi_ftjobs.native.resource_urns import DYNAMIC, NATIVE, PACKAGE
from pulumi_ftjobs.native.schema_property import Property

_ANY: Final = {"$ref": "pulumi.json#/Any"}
_SHAPES: Final[dict[str, dict[str, Any]]] = {
    "any": _ANY,
    "boolean": {"type": "boolean"},
    "bounds": {"type": "object", "additionalProperties": {"type": "number"}},
    "file": {"$ref": f"#/resources/{NATIVE}FineTuningFile"},
    "integer": {"type": "integer"},
    "list": {"type": "array", "items": _ANY},
    "number": {"type": "number"},
    "object": {"type": "object", "additionalProperties": _ANY},
    "pairs": {"type": "object", "additionalProperties": {"type": "string"}},
    "string": {"type": "string"},
    "strings": {"type": "array", "items": {"type": "string"}},
}
_JOB_TEXT: Final = (
    "A fine-tuning job: creating it submits the job, deleting it cancels an unfinished one. A job cannot be changed: "
    "another model, method, data or seed trains again, and the preview says why. One declaration is one job, through "
    "crashes and lost answers."
)
_FILE_TEXT: Final = (
    "A JSONL file of training rows, uploaded once and recognised by its rows. The preview reads the file, so its "
    "problems, tokens and cost are known before anything is uploaded. The rows never enter the state."
)
_MODEL_TEXT: Final = (
    "The model that a job trains, and the record of how the job ended. Creating it waits for the job; a failed job "
    "fails the update, and what uses an earlier model keeps it."
)
_PERMISSION_TEXT: Final = (
    "A project's permission to use a checkpoint of a fine-tuned model. Needs an admin key."
)
RESOURCES: Final = {
    "FineTuningJob": (_JOB_TEXT, JOB),
    "FineTuningFile": (_FILE_TEXT, FILE),
    "FineTunedModel": (_MODEL_TEXT, MODEL),
    "CheckpointPermission": (_PERMISSION_TEXT, PERMISSION),
}
"""Every resource: its description and its properties."""


def package_version() -> str:
    """Return the version of this distribution, which is the plugin's and the schema's."""
    return version("pulumi-ftjobs")


def schema() -> dict[str, Any]:
    """Return the schema."""
    return {
        "name": PACKAGE,
        "displayName": "Fine-tuning jobs",
        "version": package_version(),
        "description": "Fine-tuning jobs as infrastructure: OpenAI, Azure OpenAI and compatible services.",
        "keywords": ["category/ai", "kind/native", "fine-tuning", "openai"],
        "license": "Apache-2.0",
        "config": {"variables": _properties(SETTINGS)},
        "provider": {"description": "An account at a service.", "inputProperties": _properties(SETTINGS)},
        "types": {
            f"{NATIVE}{name}": {"type": "object", "description": text, **_object(table)}
            for name, (text, table) in TYPES.items()
        },
        "resources": {
            f"{NATIVE}{name}": _resource(name, text, table) for name, (text, table) in RESOURCES.items()
        },
        "functions": {
            f"{NATIVE}{function.name}": {
                "description": function.text,
                "inputs": {"type": "object", **_object(function.arguments)},
                "outputs": {"type": "object", **_object(function.results)},
            }
            for function in FUNCTIONS
        },
        "language": {
            "csharp": {"rootNamespace": "Ftjobs.Pulumi", "respectSchemaVersion": True},
            "go": {"generateResourceContainerTypes": True, "respectSchemaVersion": True},
            "java": {"basePackage": "ftjobs"},
            "nodejs": {"packageName": "pulumi-ftjobs", "respectSchemaVersion": True},
            # `pulumi_ftjobs` is the dynamic provider's package.
            "python": {
                "packageName": "pulumi_ftjobs_native",
                "respectSchemaVersion": True,
                "pyproject": {"enabled": True},
            },
        },
    }


def _resource(name: str, text: str, table: Iterable[Property]) -> dict[str, Any]:
    inputs, outputs = [p for p in table if p.is_input], [p for p in table if p.is_output]
    return {
        "description": text,
        "aliases": [{"type": f"{DYNAMIC}{name}"}],
        "inputProperties": _properties(inputs),
        "requiredInputs": _required(inputs),
        **_object(outputs),
    }


def _object(table: Iterable[Property]) -> dict[str, Any]:
    table = list(table)
    return {"properties": _properties(table), "required": _required(table)}


def _properties(table: Iterable[Property]) -> dict[str, Any]:
    return {camel(one.name): _shape(one) for one in table}


def _required(table: Iterable[Property]) -> list[str]:
    return [camel(one.name) for one in table if one.required]


def _shape(one: Property) -> dict[str, Any]:
    shape = _SHAPES[one.type]
    if one.items:
        shape = {"type": "array", "items": {"$ref": f"#/types/{NATIVE}{one.items}"}}
    return {**shape, "description": one.text, **({"secret": True} if one.secret else {})}
