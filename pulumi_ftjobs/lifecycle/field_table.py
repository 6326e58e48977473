"""The columns of the field tables: everything the code needs to know about one property of a resource."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

FieldType = Literal[
    "string",
    "integer",
    "number",
    "boolean",
    "file",
    "job",
    "object",
    "strings",
    "objects",
    "list",
    "bounds",
    "any",
]
"""`file` and `job`: an id, or the resource; `strings`: a mapping of strings; `objects` and `list`: lists of mappings
and of strings; `bounds`: a mapping of numbers."""

Effect = Literal["replace", "update", "nothing"]
"""What a changed input does: create another object, change this one in place, or only record it."""

Comparison = Literal["value", "model", "rows", "method", "status"]
"""How diff() compares an input: by its value; a model also by the snapshot its alias stands for; files by their
rows; the method one hyperparameter at a time; `paused` with the status of the job."""


@dataclass(frozen=True)
class Field:
    """One property.

    Attributes:
        name: the property, under the API's own name where it has one.
        type: the type of its values.
        description: one sentence for generated pages and schemas.
        input: users declare it.
        required: it must be declared.
        computed: check() adds it to the inputs, so that a preview shows it.
        output: the service reports it, or the provider does.
        nullable: the output may be absent.
        sent: a field of the create call's body, under the same name.
        identity: part of the declaration: another value is another training.
        effect: what a change of the input does; None for what is no input.
        compared: how diff() compares the input; None where it does not.
        echoed: an input that the service does not report; it is copied to the outputs.
        secret: values may be secret.
    """

    name: str
    type: FieldType
    description: str
    input: bool = False
    required: bool = False
    computed: bool = False
    output: bool = False
    nullable: bool = False
    sent: bool = False
    identity: bool = False
    effect: Effect | None = None
    compared: Comparison | None = None
    echoed: bool = False
    secret: bool = False


def names(fields: Iterable[Field]) -> tuple[str, ...]:
    """The names of these fields, in their order."""
    return tuple(field.name for field in fields)
