"""What can be known to be wrong with a declared job before anything is asked or bought."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pulumi_ftjobs.lifecycle.diagnostics import Findings, Range
from pulumi_ftjobs.lifecycle.job_request import SENT
from pulumi_ftjobs.lifecycle.method_rules import check_hyperparameters, check_method
from pulumi_ftjobs.lifecycle.profiles import Profile
from pulumi_ftjobs.lifecycle.state_schema import OWN_METADATA
from pulumi_ftjobs.lifecycle.values import UNKNOWN, one_line

PAIRS: Final = 16 - len(OWN_METADATA)
"""Metadata pairs a user may set: the service allows 16."""
_AZURE_SUFFIX: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SEED: Final = Range(0, 2147483647)


def check_job(props: Mapping[str, Any], profile: Profile) -> tuple[list[str], list[str]]:
    """Every problem of the declared inputs: (errors, warnings).

    Each is one line that begins with its property path and ends with the rule. Unknown values are
    never wrong. Sources of the limits: the service's published API description and guides.
    """
    findings = Findings(profile)
    _required(findings, props, "model", "gpt-4.1-mini-2025-04-14")
    _required(findings, props, "training_file", "a FineTuningFile, or file-abc123")
    findings.text("validation_file", props.get("validation_file"))
    _suffix(findings, props.get("suffix"))
    findings.number("seed", props.get("seed"), _SEED)
    check_method(findings, props.get("method"))
    check_hyperparameters(findings, "hyperparameters", props.get("hyperparameters"), "supervised")
    if props.get("method") not in (None, UNKNOWN) and props.get("hyperparameters") not in (None, UNKNOWN):
        findings.error("hyperparameters", "is the older form of method; declare one of the two")
    _metadata(findings, props.get("metadata"))
    _integrations(findings, props.get("integrations"))
    _extra_body(findings, props.get("extra_body"))
    findings.text("adopt_job_id", props.get("adopt_job_id"))
    findings.number(
        "max_estimated_cost_usd",
        props.get("max_estimated_cost_usd"),
        Range(0, whole=False, open=True, ours=True),
    )
    if props.get("paused") not in (None, UNKNOWN, True, False):
        findings.error(
            "paused", "must be True, False, or absent (the service may then pause and resume by itself)"
        )
    return findings.errors, findings.warnings


def _required(findings: Findings, props: Mapping[str, Any], name: str, example: str) -> None:
    value = props.get(name)
    if value is None or value == "":
        findings.error(name, f"is required, e.g. {example}")
    else:
        findings.text(name, value)


def _suffix(findings: Findings, value: Any) -> None:
    if not findings.text("suffix", value, high=64) or findings.profile != "azure":
        return
    if not _AZURE_SUFFIX.fullmatch(value):
        findings.error("suffix", "must have at most 40 characters, letters, digits, - and _ (Azure OpenAI)")


def _metadata(findings: Findings, value: Any) -> None:
    pairs = findings.mapping("metadata", value, "a dict of strings")
    if pairs is None:
        return
    if len(pairs) > PAIRS:
        findings.error(
            "metadata", f"must have at most {PAIRS} pairs (the service allows 16, two are this provider's)"
        )
    for key, text in pairs.items():
        path = f'metadata["{one_line(key, 70)}"]'
        if key in OWN_METADATA:
            findings.error(path, "is set by this provider; choose another key")
        elif len(key) > 64 or not key:
            findings.limit(path, "the key must have 1 to 64 characters")
        findings.text(path, text, low=0, high=512)


def _integrations(findings: Findings, value: Any) -> None:
    if value is None or value is UNKNOWN:
        return
    if not isinstance(value, list):
        findings.error(
            "integrations", 'must be a list, e.g. [{"type": "wandb", "wandb": {"project": "..."}}]'
        )
        return
    if len(value) > 5:
        findings.limit("integrations", "must have at most 5 items")
    for number, item in enumerate(value):
        path = f"integrations[{number}]"
        entry = findings.mapping(path, item)
        if entry is None:
            continue
        findings.keys(path, entry, ("type", "wandb"), strict=findings.profile != "compatible")
        findings.choice(f"{path}.type", entry.get("type"), ("wandb",), required=True)
        if entry.get("wandb") is None:
            findings.error(f"{path}.wandb", "is required")
        _wandb(findings, f"{path}.wandb", entry.get("wandb"))


def _wandb(findings: Findings, path: str, value: Any) -> None:
    wandb = findings.mapping(path, value)
    if wandb is None:
        return
    findings.keys(path, wandb, ("project", "name", "entity", "tags"), strict=findings.profile != "compatible")
    findings.text(f"{path}.project", wandb.get("project"), required=True)
    for name in ("name", "entity"):
        findings.text(f"{path}.{name}", wandb.get(name))
    tags = wandb.get("tags")
    if tags is None or tags is UNKNOWN:
        return
    if not isinstance(tags, list):
        findings.error(f"{path}.tags", "must be a list of strings")
        return
    for number, tag in enumerate(tags):
        findings.text(f"{path}.tags[{number}]", tag, high=50)


def _extra_body(findings: Findings, value: Any) -> None:
    body = findings.mapping("extra_body", value)
    for key in body or {}:
        if key in SENT or key == "metadata":
            findings.error(f"extra_body.{key}", f"is a property of its own: declare {key}=... instead")
    if findings.profile == "azure" and value is not UNKNOWN and "trainingType" not in (body or {}):
        findings.warn(
            "extra_body",
            'Azure OpenAI decides where and at which price it trains by {"trainingType": "Standard", '
            '"GlobalStandard" or "Developer"}; none is given, so Azure uses its default',
        )
