"""Rules of a declared job, checked offline before any request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic
from pulumi_ftjobs.lifecycle.job_fields import FILES, SENT
from pulumi_ftjobs.lifecycle.method_rules import check_hyperparameters, check_method
from pulumi_ftjobs.lifecycle.model_names import is_known_base
from pulumi_ftjobs.lifecycle.profiles import Profile
from pulumi_ftjobs.lifecycle.state_schema import OWN_METADATA, program_of
from pulumi_ftjobs.lifecycle.value_rules import DiagnosticList, Range
from pulumi_ftjobs.lifecycle.values import UNKNOWN, one_line

PAIRS: Final = 16 - len(OWN_METADATA)
"""Metadata pairs a user may set: the service allows 16."""
_PATH: Final = re.compile(r"^[^:]*[/\\][^:]*$|^[A-Za-z]:[/\\]|^[^:/]+\.(jsonl|json|csv|txt|parquet)$")
_SEED: Final = Range(0, 2147483647)
_BUDGET: Final = Range(0, whole=False, open=True, ours=True)


def check_job(props: Mapping[str, Any], profile: Profile) -> list[Diagnostic]:
    """Every problem of the declared inputs, by the rules of `profile`.

    Unknown values are never wrong. Sources of the limits: the service's published API description
    and guides.
    """
    found = DiagnosticList(profile)
    _required(found, props, "model", "gpt-4.1-mini-2025-04-14")
    _required(found, props, "training_file", "a FineTuningFile, or file-abc123")
    found.text("validation_file", props.get("validation_file"))
    for name in FILES:
        _check_file_id(found, name, props.get(name))
    _suffix(found, props.get("suffix"))
    found.number("seed", props.get("seed"), _SEED)
    check_method(found, props.get("method"))
    check_hyperparameters(found, "hyperparameters", props.get("hyperparameters"), "supervised")
    if props.get("method") not in (None, UNKNOWN) and props.get("hyperparameters") not in (None, UNKNOWN):
        found.error("hyperparameters", "is the older form of method; declare one of the two", Code.CONFLICT)
    _metadata(found, props.get("metadata"))
    secret = program_of(props).get("secret") or ()
    if "suffix" in secret:
        found.error(
            "suffix",
            "must not be a secret: it becomes part of the model's name, which everyone who lists models sees",
            Code.IN_CLEAR,
        )
    if "metadata" in secret:
        found.warn(
            "metadata",
            "contains a secret value: the service stores metadata, and shows it, unencrypted. Use a value that may be "
            "read by everyone who sees the job",
            Code.IN_CLEAR,
        )
    _integrations(found, props.get("integrations"))
    _extra_body(found, props.get("extra_body"))
    check_job_id(found, "adopt_job_id", props.get("adopt_job_id"))
    found.number("max_estimated_cost_usd", props.get("max_estimated_cost_usd"), _BUDGET)
    if props.get("paused") not in (None, UNKNOWN, True, False):
        found.error("paused", "must be True, False, or absent (then the service decides)", Code.TYPE)
    return found.items


def _required(found: DiagnosticList, props: Mapping[str, Any], name: str, example: str) -> None:
    value = props.get(name)
    if value is None or value == "":
        found.error(name, f"is required, e.g. {example}", Code.REQUIRED)
    else:
        found.text(name, value)


def _check_file_id(found: DiagnosticList, name: str, value: Any) -> None:
    """Check for a path, or a resource's name, where a file id belongs; a compatible server might take one."""
    if not isinstance(value, str) or not value:
        return
    if _PATH.search(value):
        message = f"is a path, not a file id: upload the file with {name}=ft.FineTuningFile(..., path=...)"
        wrong = message if found.profile.strict else f"{message}, if this server does not take paths"
    elif not re.search(r"^file-|[\d:]", value):
        wrong = "is not a file id (such as file-abc123); a file of this program is given as the FineTuningFile itself"
    else:
        return
    found.suspect(name, wrong, Code.FORMAT)


def check_job_id(found: DiagnosticList, name: str, value: Any) -> None:
    """Check that `value` may be a job's id: no model's name, and no word such as a resource's name."""
    if not found.text(name, value):
        return
    if value.startswith("ft:") or is_known_base(value):
        found.error(name, "is the name of a model, not the id of a job (such as ftjob-abc123)", Code.FORMAT)
    elif not re.search(r"^ftjob-|\d", value):
        message = "is not the id of a job (such as ftjob-abc123); a job of this program is given as the object itself"
        found.suspect(name, message, Code.FORMAT)


def _suffix(found: DiagnosticList, value: Any) -> None:
    own = found.profile.suffix
    if found.text("suffix", value, high=64) and own and not re.fullmatch(own.pattern, value):
        found.error("suffix", own.rule, Code.FORMAT)


def _metadata(found: DiagnosticList, value: Any) -> None:
    pairs = found.mapping("metadata", value, "a dict of strings")
    if pairs is None:
        return
    if len(pairs) > PAIRS:
        message = f"must have at most {PAIRS} pairs (the service allows 16, two are this provider's)"
        found.error("metadata", message, Code.RANGE)
    for key, text in pairs.items():
        path = f'metadata["{one_line(key, 70)}"]'
        if key in OWN_METADATA:
            found.error(path, "is set by this provider; choose another key", Code.RESERVED)
        elif len(key) > 64 or not key:
            found.limit(path, "the key must have 1 to 64 characters")
        found.text(path, text, low=0, high=512)


def _integrations(found: DiagnosticList, value: Any) -> None:
    if value is None or value is UNKNOWN:
        return
    if not isinstance(value, list):
        message = 'must be a list, e.g. [{"type": "wandb", "wandb": {"project": "..."}}]'
        found.error("integrations", message, Code.TYPE)
        return
    if len(value) > 5:
        found.limit("integrations", "must have at most 5 items")
    for number, item in enumerate(value):
        path = f"integrations[{number}]"
        entry = found.mapping(path, item)
        if entry is None:
            continue
        kinds = found.profile.integrations
        found.keys(path, entry, ("type", *kinds))
        found.choice(f"{path}.type", entry.get("type"), kinds, required=True)
        if entry.get("type") not in (None, "wandb"):
            continue
        if entry.get("wandb") is None:
            found.error(f"{path}.wandb", "is required", Code.REQUIRED)
        _wandb(found, f"{path}.wandb", entry.get("wandb"))


def _wandb(found: DiagnosticList, path: str, value: Any) -> None:
    wandb = found.mapping(path, value)
    if wandb is None:
        return
    found.keys(path, wandb, ("project", "name", "entity", "tags"))
    found.text(f"{path}.project", wandb.get("project"), required=True)
    for name in ("name", "entity"):
        found.text(f"{path}.{name}", wandb.get(name))
    tags = wandb.get("tags")
    if tags is None or tags is UNKNOWN:
        return
    if not isinstance(tags, list):
        found.error(f"{path}.tags", "must be a list of strings", Code.TYPE)
        return
    for number, tag in enumerate(tags):
        found.text(f"{path}.tags[{number}]", tag, high=50)


def _extra_body(found: DiagnosticList, value: Any) -> None:
    body = found.mapping("extra_body", value)
    for key in body or {}:
        if key == "metadata" or (key in SENT and found.profile.strict):
            message = f"is a separate property: declare {key}=... instead"
            found.error(f"extra_body.{key}", message, Code.RESERVED)
        elif key in SENT:
            found.warn(f"extra_body.{key}", f"replaces {key}, unchecked", Code.RESERVED)
    for advice in found.profile.extra_advice:
        if value is not UNKNOWN and advice.field not in (body or {}):
            found.warn("extra_body", advice.message, Code.ADVICE)
