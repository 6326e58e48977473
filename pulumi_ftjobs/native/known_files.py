"""What the checks of this process found in local files, for the jobs that refer to them by resource reference."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from pulumi_ftjobs.lifecycle.values import UNKNOWN
from pulumi_ftjobs.native.property_values import Reference

FIGURES: Final = ("path", "rows", "tokens", "tokens_exact", "format", "images")
"""What a job's check needs to know about its data."""

_files: dict[str, dict[str, Any]] = {}
_lock = threading.Lock()


def note(urn: str, inputs: Mapping[str, Any]) -> None:
    """Remember the checked inputs of a FineTuningFile."""
    with _lock:
        _files[urn] = dict(inputs)


def resolve(
    name: str, inputs: Mapping[str, Any], olds: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Replace a job's reference to a file (`training_data`) by the file's id and digest (`training_file`).

    Args:
        name: `training` or `validation`.
        inputs: the job's inputs.
        olds: its earlier checked inputs.

    Returns:
        The inputs that take the reference's place, and the file's figures for the data and cost checks.
    """
    reference = inputs.get(f"{name}_data")
    if not isinstance(reference, Reference):
        if reference is UNKNOWN:
            return {f"{name}_file": UNKNOWN, f"{name}_file_digest": UNKNOWN}, {}
        return _unchanged_digest(name, inputs, olds), {}
    with _lock:
        found = _files.get(reference.urn, {})
    figures = {figure: found[figure] for figure in FIGURES if found.get(figure) is not None}
    digest = found.get("rows_digest")
    return {f"{name}_file": reference.id, f"{name}_file_digest": digest}, figures


def _unchanged_digest(name: str, inputs: Mapping[str, Any], olds: Mapping[str, Any]) -> dict[str, Any]:
    """The digest that was recorded with the same file: `ignoreChanges`, and a program that now names the id."""
    file, digest = f"{name}_file", f"{name}_file_digest"
    if olds.get(digest) and olds.get(file) == inputs.get(file) and inputs.get(file) is not UNKNOWN:
        return {digest: olds[digest]}
    return {}
