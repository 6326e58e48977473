from typing import Any

import pulumi

import pulumi_ftjobs as ft

config = pulumi.Config()
worst = config.get_float("worstLoss") or 3.5  # nats per token on rows that were not trained

train = ft.FineTuningFile("train", path="data/train.jsonl")
valid = ft.FineTuningFile("valid", path="data/valid.jsonl")

numbers: dict[str, Any] = {
    "n_epochs": config.get_int("epochs") or 3,
    "batch_size": 4,
    "learning_rate_multiplier": config.get_float("rate") or 100.0,
}
if tuning := config.get(
    "tuning"
):  # the server's own: "full" trains all weights, for a base that has learned nothing
    numbers["tuning"] = tuning
method: Any = {"type": "supervised", "supervised": {"hyperparameters": numbers}}

job = ft.FineTuningJob(
    "stdlib",
    model=config.get("baseModel") or "tiny",
    training_file=train,
    validation_file=valid,
    method=method,
    suffix="stdlib",
    seed=7,
)

# A training whose loss on the validation rows is too high fails the update; consumers keep the model they have.
model = ft.FineTunedModel("stdlib", job=job, accept={"valid_loss_below": worst})

pulumi.export("status", model.status)
pulumi.export("fine_tuned_model", model.name)
