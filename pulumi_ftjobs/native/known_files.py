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
_digests: dict[str, str] = {}
"""Rows digests by file id, as jobs were recorded with them: a file that is not targeted is not checked, and what is
replaced is checked again without what was recorded.
"""
_uses: dict[str, dict[str, str]] = {}
"""The URNs of the FineTuningFiles that a job refers to, by the job's URN and property."""
_lock = threading.Lock()


def note(urn: str, inputs: Mapping[str, Any]) -> None:
    """Remember the checked inputs of a FineTuningFile."""
    with _lock:
        _files[urn] = dict(inputs)


def note_use(job_urn: str, file: str, reference: Reference) -> None:
    """Remember which FineTuningFile a job's property refers to."""
    with _lock:
        _uses.setdefault(job_urn, {})[file] = reference.urn


def unknown_file(job_urn: str, inputs: Mapping[str, Any]) -> str | None:
    """The URN of a file that a job refers to and whose rows are not known here, as under `--target`."""
    with _lock:
        used = _uses.get(job_urn, {})
    return next((urn for file, urn in used.items() if inputs.get(f"{file}_digest") is None), None)


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
    with _lock:
        if olds.get(file) and olds.get(digest):
            _digests[olds[file]] = olds[digest]
    if not isinstance(reference, Reference):
        # Recorded with the same file: `ignoreChanges`, and a program that now names the id.
        same = file_id is not UNKNOWN and file_id is not None and olds.get(file) == file_id
        return ({digest: olds.get(digest)} if same else {}), {}
    with _lock:
        found = _files.get(reference.urn) or {"rows_digest": _digests.get(reference.id)}
    figures = {name: found[name] for name in FIGURES if found.get(name) is not None}
    return {file: reference.id, digest: found.get("rows_digest")}, figures
