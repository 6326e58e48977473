"""Attributes that tell the truth in a preview too: None where the service had nothing to say."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.output import Unknown

from pulumi_ftjobs.lifecycle.values import whole_numbers


def settle(resource: pulumi.Resource, known_by: str, names: tuple[str, ...], missing: Any = None) -> None:
    """Replace the attributes `names`: None whenever `known_by` is known and they are missing.

    Nulls are not kept in the state, and the engine calls whatever is missing there unknown in every
    preview: without this a finished job's `error` would make everything after it unknown.
    """
    attributes = vars(resource)
    anchor: pulumi.Output[Any] = attributes[known_by]
    for name in names:
        attributes[name] = _settled(anchor, attributes[name], missing)


def _settled(anchor: pulumi.Output[Any], raw: pulumi.Output[Any], missing: Any) -> pulumi.Output[Any]:
    def known(value: Any) -> Any:
        return missing if value is None or isinstance(value, Unknown) else whole_numbers(value)

    return anchor.apply(lambda _known: raw.apply(known, run_with_unknowns=True))
