"""Declarations and states of jobs as plain data."""

from __future__ import annotations

from typing import Any

from pulumi_ftjobs.lifecycle.identity import declared_digests
from pulumi_ftjobs.lifecycle.job_outputs import job_outputs
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/ftjobs:FineTuningJob::support"
MODEL = "gpt-4.1-mini-2025-04-14"
ROWS = "v1:" + "a" * 64
OTHER_ROWS = "v1:" + "b" * 64
JOB_ID = "ftjob-abc123"

EVERYTHING: dict[str, Any] = {
    "model": MODEL,
    "training_file": "file-train",
    "training_file_digest": ROWS,
    "validation_file": "file-valid",
    "validation_file_digest": OTHER_ROWS,
    "method": {
        "type": "supervised",
        "supervised": {"hyperparameters": {"n_epochs": 3, "batch_size": "auto"}},
    },
    "suffix": "support",
    "seed": 7,
    "metadata": {"team": "support"},
    "integrations": [{"type": "wandb", "wandb": {"project": "tuning"}}],
    "extra_body": {"priority": 1},
    "triggers": ["first"],
    "paused": False,
    "max_estimated_cost_usd": 20.5,
    "adopt_job_id": JOB_ID,
    "estimated_tokens": 1000,
    "estimated_cost_usd": "0.90 to 1.10",
    "estimated_cost_usd_low": 0.9,
    "estimated_cost_usd_high": 1.1,
}
"""A declaration that uses every input (legacy hyperparameters exclude `method`, see LEGACY)."""

LEGACY: dict[str, Any] = {
    "model": MODEL,
    "training_file": "file-train",
    "hyperparameters": {"n_epochs": 3},
}


def answered(props: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """The job as the service shows it for a declaration: values resolved, further fields added."""
    method = props.get("method") or {"type": "supervised"}
    kind = method.get("type", "supervised")
    settings = dict(method.get(kind) or {})
    chosen = {**(props.get("hyperparameters") or {}), **(settings.get("hyperparameters") or {})}
    numbers = {name: 5 if value == "auto" else value for name, value in chosen.items()}
    for name, value in (("n_epochs", 3), ("batch_size", 1), ("learning_rate_multiplier", 1.8)):
        numbers.setdefault(name, value)
    metadata = {**(props.get("metadata") or {}), "ftjobs_stack": "v1:o/p/s", "ftjobs_declaration": "v1:a:b"}
    return {
        "id": JOB_ID,
        "object": "fine_tuning.job",
        "created_at": 1_700_000_000,
        "status": "running",
        "model": props.get("model"),
        "training_file": props.get("training_file"),
        "validation_file": props.get("validation_file"),
        "method": {"type": kind, kind: {**settings, "hyperparameters": numbers}},
        "hyperparameters": numbers if kind == "supervised" else None,
        "seed": props.get("seed", 123_456),
        "metadata": metadata,
        "integrations": [{**item, "run_id": "x1"} for item in props.get("integrations") or []],
        "error": {},
        "result_files": [],
        "organization_id": "org-1",
        "user_provided_suffix": props.get("suffix"),
        "usage_metrics": None,
        "shared_with_openai": False,
        "eval_id": None,
        **facts,
    }


def state(props: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """What is stored in the state after the declaration was created and read back."""
    record = {"declared": declared_digests(props), "target": "https://api.openai.com/v1"}
    declared = {**props, PROGRAM: {"urn": URN, "stack": "v1:o/p/s"}}
    outs = job_outputs(answered(props, **facts), declared, record)  # type: ignore[arg-type]
    return dict(outs)
