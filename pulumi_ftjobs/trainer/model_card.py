"""The card of a trained model: what it was trained on, from what, and how well it went."""

from __future__ import annotations

import json
from pathlib import Path

from .job_folder import JobFolder, Json


def write_card(target: Path, folder: JobFolder, request: Json, plan: Json, until: int | None = None) -> None:
    """Write `README.md` and `training.json` into a model's folder; `until`: the step of a checkpoint."""
    reports = [json.loads(line) for line in folder.reports.read_text().splitlines()]
    data = [r["data"] for r in reports if until is None or r["step"] <= until]
    last = data[-1] if data else {}
    facts: Json = {
        "job": request["job"],
        "base_model": request["base_model"],
        "method": request["method"],
        "hyperparameters": request["hyperparameters"],
        "seed": request["seed"],
        "training_data": {"digest": request.get("data_digest"), "rows": plan["rows"]},
        "validation_rows": request.get("validation_rows", 0),
        "trained_tokens": plan["trained_tokens"],
        "truncated_rows": plan["truncated_rows"],
        "dropped_rows": plan["dropped_rows"],
        "context": plan["max_length"],
        "final_metrics": last,
        "losses": [[d["step"], d.get("train_loss"), d.get("valid_loss")] for d in data if "train_loss" in d],
    }
    (target / "training.json").write_text(json.dumps(facts, indent=1))
    (target / "README.md").write_text(_card(request, facts, last))


def _card(request: Json, facts: Json, last: Json) -> str:
    numbers = "\n".join(f"| {name} | {value} |" for name, value in request["hyperparameters"].items())
    metrics = "\n".join(f"| {name} | {value} |" for name, value in last.items())
    return f"""---
base_model: {request["base_model"]}
library_name: {"transformers" if request["hyperparameters"].get("tuning") == "full" else "peft"}
tags: [fine-tuning, {request["method"]}]
---
# {request.get("model_name") or request["job"]}

Trained by job `{request["job"]}` ({request["method"]}) from `{request["base_model"]}`, seed {request["seed"]}.

Training data: {facts["training_data"]["rows"]} rows, digest `{facts["training_data"]["digest"]}`, \
{facts["trained_tokens"]} tokens trained; {facts["truncated_rows"]} rows truncated, {facts["dropped_rows"]} left out. \
Validation: {facts["validation_rows"]} rows.

| hyperparameter | value |
|---|---|
{numbers}

| last metric | value |
|---|---|
{metrics}

Losses of every step: `training.json`.
"""
