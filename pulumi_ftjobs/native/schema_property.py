"""One property in the schema, and how a row of the field tables becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pulumi_ftjobs.lifecycle.field_table import Field, FieldType

Type = Literal[
    "any", "boolean", "file", "integer", "number", "object", "pairs", "string", "strings", "list", "bounds"
]

Use = Literal["input", "output", "both"]

_TYPES: Final[Mapping[FieldType, Type]] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "file": "string",
    "job": "string",
    "object": "object",
    "strings": "pairs",
    "objects": "list",
    "list": "strings",
    "bounds": "bounds",
    "any": "any",
}


@dataclass(frozen=True)
class Property:
    """One property of a resource, function or configuration."""

    name: str
    """In snake_case; the schema and the wire have it in camelCase."""
    type: Type
    text: str
    """The description in the schema."""
    use: Use = "output"
    required: bool = False
    secret: bool = False
    items: str = ""
    """For a list of objects: the name of their schema type."""

    @property
    def is_input(self) -> bool:
        """Whether it may be declared."""
        return self.use != "output"

    @property
    def is_output(self) -> bool:
        """Whether the resource has it as an output."""
        return self.use != "input"


def property_of(field: Field, *, required: bool = False, text: str = "") -> Property:
    """The property of a field; `text` replaces its description."""
    output = field.output or field.echoed or field.computed
    use: Use = "both" if field.input and output else "input" if field.input else "output"
    return Property(field.name, _TYPES[field.type], text or field.description, use, required)
