"""Properties on the wire: protobuf structs with secrets, unknowns and resource references, and plain dicts.

Names at the top level are camelCase on the wire and snake_case inside. What lies deeper (a method, metadata) has the
API's own names and is not touched. States that the dynamic provider wrote have snake_case names and read the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf.struct_pb2 import Struct, Value

from pulumi_ftjobs.lifecycle.property_names import camel, snake
from pulumi_ftjobs.lifecycle.values import UNKNOWN, contains_unknown, whole_numbers

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that makes a struct a special value; these and the next ones are part of Pulumi's protocol."""
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark of the protocol
_REFERENCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS: Final = frozenset(
    {
        _UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)
_PROVIDER: Final = "__provider"
"""What the dynamic provider's states carry and nothing needs here."""


@dataclass(frozen=True)
class Reference:
    """A resource given as a value: `trainingData: ${rows}`."""

    urn: str
    id: Any
    """The id, or UNKNOWN for a resource that does not exist yet."""


@dataclass(frozen=True)
class Properties:
    """Plain values by snake_case name, and which of them hold a secret."""

    values: dict[str, Any] = field(repr=False, default_factory=dict)
    secret: frozenset[str] = frozenset()


def decode(struct: Struct) -> Properties:
    """Read properties off the wire: whole floats as ints, unknowns as `UNKNOWN`, secrets unwrapped and noted."""
    values, secret = {}, set()
    for name, value in struct.fields.items():
        if name == _PROVIDER:
            continue
        found: list[bool] = []
        plain = whole_numbers(_plain(value, found))
        if plain is not None:
            values[snake(name)] = plain
        if found:
            secret.add(snake(name))
    return Properties(values, frozenset(secret))


def is_dynamic_state(struct: Struct) -> bool:
    """Whether the dynamic provider wrote this state: its names are those of Python."""
    return _PROVIDER in struct.fields


def encode(values: Mapping[str, Any], secret: Iterable[str] = ()) -> Struct:
    """Write properties for the wire; nulls are left out, and the names in `secret` become secrets."""
    marked, wire = set(secret), {}
    for name, value in values.items():
        if value is None:
            continue
        sent = _sendable(value)
        wire[camel(name)] = {_SIGNATURE: _SECRET, "value": sent} if name in marked else sent
    struct = Struct()
    struct.update(wire)
    return struct


def _plain(value: Value, secret: list[bool]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _plain_struct(value.struct_value, secret)
    if kind == "list_value":
        return [_plain(item, secret) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
    return None if kind in {None, "null_value"} else getattr(value, str(kind))


def _plain_struct(struct: Struct, secret: list[bool]) -> Any:
    signature = struct.fields.get(_SIGNATURE)
    if signature is None:
        return {name: _plain(item, secret) for name, item in struct.fields.items()}
    if signature.string_value == _SECRET:
        secret.append(True)
        return _plain(struct.fields["value"], secret)
    if signature.string_value == _REFERENCE:
        # In a preview the id of a resource that does not exist yet is empty, and not the unknown value.
        identity = _plain(struct.fields["id"], secret) if "id" in struct.fields else None
        return Reference(struct.fields["urn"].string_value, identity or UNKNOWN)
    return {name: _plain(item, secret) for name, item in struct.fields.items() if name != _SIGNATURE}


def _sendable(value: Any) -> Any:
    if value is UNKNOWN:
        return _UNKNOWN
    if isinstance(value, Reference):
        identity = "" if contains_unknown(value.id) else value.id
        return {_SIGNATURE: _REFERENCE, "urn": value.urn, "id": identity}
    if isinstance(value, Mapping):
        return {str(name): _sendable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_sendable(item) for item in value]
    return value
