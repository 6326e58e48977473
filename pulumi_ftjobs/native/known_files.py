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
    file: str, file_id: Any, reference: Any, olds: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Find what takes the place of a job's reference to a file.

    Args:
        file: the job's property, `training_file` or `validation_file`.
        file_id: the file's id where the job names it instead.
        reference: the reference, UNKNOWN, or None.
        olds: the job's earlier checked inputs.

    Returns:
        The file's id and digest by property name, and the figures for the data and cost checks.
    """
    digest = f"{file}_digest"
    if reference is UNKNOWN:
        return {file: UNKNOWN, digest: UNKNOWN}, {}
    if not isinstance(reference, Reference):
        # Recorded with the same file: `ignoreChanges`, and a program that now names the id.
        same = file_id is not UNKNOWN and file_id is not None and olds.get(file) == file_id
        return ({digest: olds.get(digest)} if same else {}), {}
    with _lock:
        found = _files.get(reference.urn, {})
    figures = {name: found[name] for name in FIGURES if found.get(name) is not None}
    return {file: reference.id, digest: found.get("rows_digest")}, figures
