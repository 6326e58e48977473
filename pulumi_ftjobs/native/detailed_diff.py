"""Changes in the form in which the engine draws them: by property path, with what each one does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.runtime.proto import provider_pb2

from pulumi_ftjobs.lifecycle.change_table import Change
from pulumi_ftjobs.lifecycle.property_names import camel

_DIFF = provider_pb2.PropertyDiff


def diff_response(
    changes: list[Change], olds: Mapping[str, Any], news: Mapping[str, Any]
) -> provider_pb2.DiffResponse:
    """Return the answer to Diff; `olds` and `news` are the inputs, by snake_case name."""
    replaced = dict.fromkeys(camel(change.property) for change in changes if change.effect == "replace")
    some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if changes else none,
        replaces=list(replaced),
        diffs=list(dict.fromkeys(camel(change.property) for change in changes)),
        detailedDiff={_path(change): _property_diff(change, olds, news) for change in changes},
        hasDetailedDiff=True,
    )


def _path(change: Change) -> str:
    first, dot, rest = change.path.partition(".")
    return f"{camel(first)}{dot}{rest}" if first == change.property else camel(change.property)


def _property_diff(
    change: Change, olds: Mapping[str, Any], news: Mapping[str, Any]
) -> provider_pb2.PropertyDiff:
    before, after = _at(olds, change.path), _at(news, change.path)
    kind = "UPDATE"
    if before is None and after is not None:
        kind = "ADD"
    elif after is None and before is not None:
        kind = "DELETE"
    if change.effect == "replace":
        kind += "_REPLACE"
    return _DIFF(kind=_DIFF.Kind.Value(kind), inputDiff=True)


def _at(values: Mapping[str, Any], path: str) -> Any:
    found: Any = values
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found
