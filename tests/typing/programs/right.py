"""A program that every type checker must accept: it uses every resource, argument form and output."""

from __future__ import annotations

from typing import Any

import pulumi

import pulumi_ftjobs as ft

eu = ft.Provider("eu", api_key=pulumi.Output.secret("k"), base_url="https://eu.example.com/v1", auth="bearer")
opts = pulumi.ResourceOptions(provider=eu)
data = ft.FineTuningFile("data", path="data.jsonl", deletion_policy="retain", opts=opts)
inline = ft.FineTuningFile("inline", content=[{"messages": []}], expires_after=3600)

job = ft.FineTuningJob(
    "a",
    model="gpt-4.1-mini-2025-04-14",
    training_file=data,
    validation_file=inline.id,
    method=ft.supervised(n_epochs=3, learning_rate_multiplier=0.5),
    metadata={"team": "a", "owner": data.id},
    integrations=[{"type": "wandb", "wandb": {"project": "p"}}],
    paused=False,
    max_estimated_cost_usd=20,
    opts=opts,
)
verbatim = ft.FineTuningJob(
    "b",
    model=pulumi.Output.from_input("m"),
    training_file="file-1",
    method={"type": "dpo", "dpo": {"hyperparameters": {"beta": "auto", "n_epochs": 2}}},
)
graded = ft.FineTuningJob(
    "c",
    model="o4-mini-2025-04-16",
    training_file=data,
    method={"type": "reinforcement", "reinforcement": {"grader": {"type": "string_check"}}},
)
legacy = ft.FineTuningJob("d", model="m", training_file=data, hyperparameters={"n_epochs": "auto"})
read = ft.FineTuningJob.get("read", "ftjob-1")

model = ft.FineTunedModel("a", job=job, accept={"valid_loss_below": 0.9}, deletion_policy="delete")
judged = ft.FineTunedModel("b", job=job.id, accept=lambda metrics: metrics.valid_loss < 0.9)
permission = ft.CheckpointPermission("p", checkpoint="ft:x:ckpt-1", project_id="proj_a")


def texts(*_outputs: pulumi.Output[str]) -> None:
    """Takes outputs that hold text."""


def numbers(*_outputs: pulumi.Output[int | None]) -> None:
    """Takes outputs that may hold a whole number."""


texts(model.name, job.model, job.training_file, data.rows_digest, job.id)
numbers(job.trained_tokens, job.created_at, job.estimated_tokens, model.finished_at, data.tokens)
cost: pulumi.Output[float | None] = job.estimated_cost_usd_high
words: pulumi.Output[str | None] = job.suffix
over: pulumi.Output[bool] = job.status.apply(lambda status: status == "succeeded")
error: pulumi.Output[dict[str, Any] | None] = job.error
found = ft.get_fine_tuning_jobs(status="running", limit=3)
names: list[str] = [one.id for one in found.jobs]
later: pulumi.Output[str] = ft.get_model_output(model.name).apply(lambda one: one.id)
