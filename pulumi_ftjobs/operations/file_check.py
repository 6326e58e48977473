"""check() and diff() of a training file: local, offline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pulumi_ftjobs.dataset import (
    LFS_POINTER,
    MISSING,
    DataFileError,
    FileReport,
    check_figures,
    has_bytes,
    scan,
)
from pulumi_ftjobs.lifecycle.change_table import Change
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic, Severity, has_errors
from pulumi_ftjobs.lifecycle.file_fields import FIGURES
from pulumi_ftjobs.lifecycle.profiles import Profile
from pulumi_ftjobs.lifecycle.values import UNKNOWN

DELETE: Final = "delete"
"""The default `deletion_policy`: an upload can be made again from the same bytes."""
EXPIRY: Final = (3600, 2_592_000)
"""Seconds after which the service can delete an upload: an hour to thirty days, its own bounds."""


def check_file(
    props: dict[str, Any], olds: Mapping[str, Any], profile: Profile
) -> tuple[dict[str, Any], list[Diagnostic]]:
    """The inputs with the file's figures added, and what is wrong with them."""
    inputs, diagnostics = _read(props, olds, profile)
    return inputs, [*diagnostics, *_expiry(props.get("expires_after"))]


def _expiry(seconds: Any) -> list[Diagnostic]:
    if seconds is None or seconds is UNKNOWN:
        return []
    whole = isinstance(seconds, int) and not isinstance(seconds, bool)
    if whole and EXPIRY[0] <= seconds <= EXPIRY[1]:
        return []
    message = f"must be a whole number of seconds from {EXPIRY[0]} to {EXPIRY[1]} (30 days)"
    return [Diagnostic("error", Code.RANGE.value, "expires_after", message)]


def _read(
    props: dict[str, Any], olds: Mapping[str, Any], profile: Profile
) -> tuple[dict[str, Any], list[Diagnostic]]:
    """What the local file says."""
    path = props.get("path")
    if path is UNKNOWN:
        return {**props, **dict.fromkeys(FIGURES, UNKNOWN)}, []
    if not isinstance(path, str) or not path:
        message = "is required, the path of a JSONL file"
        return props, [Diagnostic("error", Code.REQUIRED.value, "path", message)]
    recorded = {name: olds[name] for name in FIGURES if olds.get(name) is not None}
    try:
        # Counting again would load the tokenizer; an estimate costs nothing, and may become a count.
        counted = recorded.get("tokens_exact") and has_bytes(
            path, recorded["bytes"], recorded["bytes_digest"]
        )
        report = None if counted else scan(path)
    except DataFileError as error:
        if error.code in {MISSING, LFS_POINTER} and recorded and olds.get("path") == path:
            message = f"{error}; what was recorded at the last upload stands"
            return {**props, **recorded}, [Diagnostic("warning", Code.DATA.value, "path", message)]
        return props, [Diagnostic("error", Code.DATA.value, "path", str(error))]
    if report is None or olds.get("bytes_digest") == report.bytes_digest:
        # These very bytes were checked when they were uploaded.
        return {**props, **(figures(report) if report else recorded)}, []
    found = [
        replace(one, path="path", file=path)
        for one in (
            *report.diagnostics,
            *check_figures(format=None, rows=None, bom=report.bom, method=None, profile=profile),
        )
    ]
    if report.more:
        severity: Severity = "error" if has_errors(found) else "warning"
        message = f"{path} has {report.more:,} more problems like these"
        found.append(Diagnostic(severity, Code.DATA.value, "path", message))
    return {**props, **figures(report)}, found


def figures(report: FileReport) -> dict[str, Any]:
    """The computed inputs of a file."""
    values = {name: getattr(report, "size" if name == "bytes" else name) for name in FIGURES}
    values["images"] = report.images or None
    return {name: value for name, value in values.items() if value is not None}


def file_changes(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[Change]:
    """What replaces the upload, and what only changes the record. Equal rows, whatever the path: nothing."""
    new = news.get("rows_digest")
    if new is UNKNOWN or new != olds.get("rows_digest"):
        return [Change("rows_digest", "replace", "path", "contents changed")]
    policies = [props.get("deletion_policy") or DELETE for props in (olds, news)]
    names = ["deletion_policy"] if policies[0] != policies[1] else []
    if news.get("expires_after") != olds.get("expires_after"):
        names.append("expires_after")
    return [Change(name, "update", name, "changed") for name in names]
