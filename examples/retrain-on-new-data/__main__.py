import json
from pathlib import Path

import pulumi

import pulumi_ftjobs as ft

WORST_LOSS = 2.5

rows = [
    json.loads(line)
    for file in sorted(Path("data").glob("*.jsonl"))
    for line in file.read_text("utf-8").splitlines()
]

# Rows are known by their content: a renamed file or other line ends train nothing, one more row does.
data = ft.FineTuningFile("all", content=rows)

job = ft.FineTuningJob(
    "support",
    model="gpt-4.1-mini-2025-04-14",
    training_file=data,
    method=ft.supervised(n_epochs=3),
    seed=7,
    suffix="support",
    max_estimated_cost_usd=5,
)

# A model that did not learn is recorded with its job, but what uses the model stays on the one before.
model = ft.FineTunedModel("support", job=job, accept=lambda m: (m.train_loss or 0) < WORST_LOSS)

pulumi.export("rows", data.rows)
pulumi.export("fine_tuned_model", model.name)
