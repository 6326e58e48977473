"""A program with one mistake in each line that says so: every type checker must find each, and nothing else."""

from __future__ import annotations

import pulumi

import pulumi_ftjobs as ft

data = ft.FineTuningFile("data", path="data.jsonl")

ft.FineTuningFile("a", path="data.jsonl", deletion_policy="keep")  # wrong: the policy's word
ft.FineTuningFile("a", paths="data.jsonl")  # wrong: an argument that does not exist
ft.supervised(n_epoch=3)  # wrong: a hyperparameter that does not exist
ft.dpo(beta="strong")  # wrong: a word that is not "auto"
ft.FineTuningJob("a", model="m", training_file=data, hyperparamters={})  # wrong: no such argument
ft.FineTuningJob("a", model="m")  # wrong: no training file
ft.FineTuningJob("a", model="m", training_file=data, paused="yes")  # wrong: not a bool
ft.FineTuningJob("a", model="m", training_file=data, method={"type": "sft"})  # wrong: the type of method

ft.FineTuningJob(
    "a",
    model="m",
    training_file=data,
    method={"type": "supervised", "supervised": {"hyperparameters": {"n_epoch": 3}}},  # wrong: a typo, nested
)
ft.FineTuningJob(
    "a", model="m", training_file=data,
    method={"type": "dpo", "dpo": {"hyperparameters": {"beta": [1]}}},  # wrong: a list
)  # fmt: skip
ft.FineTuningJob(
    "a", model="m", training_file=data,
    integrations=[{"type": "wandb", "wandb": {"projekt": "p"}}],  # wrong: a typo
)  # fmt: skip

job = ft.FineTuningJob("a", model="m", training_file=data)
ft.FineTunedModel("a", job=job, deletion_policy="never")  # wrong: the policy's word
ft.FineTunedModel("a", jobs=job)  # wrong: an argument that does not exist
model = ft.FineTunedModel("a", job=job)
pulumi.export("name", model.nmae)  # wrong: an output that does not exist
tokens: pulumi.Output[str] = job.trained_tokens  # wrong: a number, or None
policy: pulumi.Output[int] = model.deletion_policy  # wrong: a word
over = job.status.apply(lambda status: status == "succeded")  # wrong: a status that no job has
ft.Provider("a", auth="basic")  # wrong: the way of authentication
